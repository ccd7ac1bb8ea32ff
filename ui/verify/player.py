"""A scene to look at: its film with a numbered box round each person, a lane of time for each, a click chooses."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from reid_core.video import Tracklet
from ui.footage import FRAMES_PER_SECOND, Footage
from ui.people import choice_of, choose
from ui.pictures import frame_uri
from ui.player import Film, Lane, play
from ui.verify.words import JUMPS


def player(found: Footage, jumps: Sequence[Sequence[float]] = ()) -> None:
    """Show a scene frame by frame, who is in it and when; a click on a person or on his lane chooses him.

    Args: jumps: of each person the times at which the looks change, s.
    """
    height, width = found.picture.shape[:2]
    film = Film(found.source.title, found.film, found.times_s, (width, height), FRAMES_PER_SECOND)
    lanes = [_lane(found, place, jumps[place] if jumps else ()) for place in range(found.count)]
    play(film, lanes, player_of(found), lambda place: choose(found, place))
    if any(jumps):
        st.caption(JUMPS)


def player_of(found: Footage) -> str:
    """The name by which a player says in the browser who was clicked."""
    return f"player {found.source.side}"


def _lane(found: Footage, place: int, jumps: Sequence[float]) -> Lane:
    tracklet = found.scene.tracklets[place]
    height, width = found.picture.shape[:2]
    title, spans = f"Person {place + 1}", seen_spans(tracklet, found.times_s)
    when = " and ".join(f"{start:.1f} to {stop:.1f} s" for start, stop in spans)
    told = f"; the looks change at {', '.join(f'{jump:.1f}' for jump in jumps)} s" if jumps else ""
    return Lane(
        place=place,
        mark=str(place + 1),
        title=title,
        seen=f"{sum(stop - start for start, stop in spans):.1f} s",
        told=f"{title} is seen from {when}{told}",
        thumbnail=frame_uri(tracklet.thumbnail),
        frames=frames_of(tracklet, found.times_s).tolist(),
        boxes=(tracklet.boxes / np.array([width, height, width, height])).clip(0, 1).round(4).tolist(),
        spans=spans,
        jumps=list(jumps),
        chosen=choice_of(found) == place,
    )


def frames_of(tracklet: Tracklet, times_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which frames of the video a tracklet has, (T,). Args: times_s: of all frames of the video."""
    return np.searchsorted(times_s, tracklet.times_s)


def seen_spans(tracklet: Tracklet, times_s: NDArray[np.float64]) -> list[tuple[float, float]]:
    """From when to when somebody is seen without a gap, s."""
    gaps = np.flatnonzero(np.diff(frames_of(tracklet, times_s)) > 1) + 1
    parts = np.split(tracklet.times_s, gaps)
    return [(round(float(part[0]), 3), round(float(part[-1]), 3)) for part in parts]

"""Tracks put right by hand: one that holds two persons is split, two that hold one person are joined."""

from dataclasses import replace

import numpy as np

from .scene import Scene
from .track import Tracklet


def split(scene: Scene, place: int, frame: int) -> Scene:
    """From a frame of a track on it is somebody else, who comes last among the people.

    Args: place: of the track. frame: of the track's, the first of the second person.
    Raises: ValueError: one of the two would have no frame.
    """
    whole = scene.tracklets[place]
    if not 0 < frame < len(whole):
        raise ValueError(f"frame must be from 1 to {len(whole) - 1}, so that both parts have one, got {frame}")
    first, second = (whole.at(part) for part in (np.arange(frame), np.arange(frame, len(whole))))
    kept = scene.tracklets[:place], scene.tracklets[place + 1 :]
    return replace(scene, tracklets=(*kept[0], first, *kept[1], second))


def join(scene: Scene, place: int, other: int) -> Scene:
    """Two tracks are one person, who stays where the first stood.

    Args: place, other: of the two tracks.
    Raises: ValueError: one track twice, or two that were seen at one time.
    """
    if not may_be_one(scene, place, other):
        raise ValueError(f"tracks must be two that are never seen at one time, got {place + 1} and {other + 1}")
    one, two = scene.tracklets[place], scene.tracklets[other]
    both = Tracklet(
        np.concatenate([one.frames, two.frames]),
        np.concatenate([one.times_s, two.times_s]),
        np.concatenate([one.boxes, two.boxes]),
        (*_flaws(one), *_flaws(two)) if one.flaws or two.flaws else (),
        one.detail,
    )
    tracklets = list(scene.tracklets)
    tracklets[place] = both.at(np.argsort(both.times_s))
    del tracklets[other]
    return replace(scene, tracklets=tuple(tracklets))


def may_be_one(scene: Scene, place: int, other: int) -> bool:
    """Whether two tracks are different ones and never seen at one time."""
    one, two = scene.tracklets[place], scene.tracklets[other]
    return place != other and not len(np.intersect1d(one.times_s, two.times_s))


def _flaws(tracklet: Tracklet) -> tuple[str, ...]:
    return tracklet.flaws or ("",) * len(tracklet)

"""What a training shows of people held out of it: rank 1 so far, the hardest pairs, the attention on one clip."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from reid_core.explain import shares
from reid_core.runs import HardPair, LiveRun, Watched
from ui.curves import held_out_chart
from ui.pictures import frame_uri
from ui.rows import BAR_PX, STRIP_PX, Rows
from ui.style import Look, look_of, model_of
from ui.words import plain

SHOWN = 4  # frames of a tracklet of a pair
PAIR_PX, RANK_PX = 150, 300
PAIRS = {False: "Two people, nearest to each other", True: "One person, farthest apart"}
HELD_OUT = "held out of training for the threshold; nothing is learned from them, and they are not those of the test"

Frames = NDArray[np.uint8]


def show_watched(run: LiveRun) -> None:
    """What was seen so far, if anything."""
    seen = run.watched
    if seen is None or not seen.looks:
        return
    model = model_of(run.info.head, run.info.variant) if run.info else run.name
    last = seen.looks[-1]
    with st.expander(f"On people held out: rank 1 {100 * last.rank_1:.0f} % after epoch {last.epoch}", expanded=True):
        st.caption(f"{seen.persons} people {HELD_OUT}. While the encoder learns it is looked at without the head.")
        _rank(run.name, seen, look_of(model))
        attended = [seen.attended.tracklet] if seen.attended else []
        strips = run.strips([*attended, *(name for pair in seen.pairs for name in (pair.probe, pair.other))])
        _attention(run.name, seen, strips, look_of(model))
        _pairs(seen.pairs, strips)


def _rank(name: str, seen: Watched, look: Look) -> None:
    looks = pd.DataFrame([(one.epoch, one.part, one.rank_1, 0.0) for one in seen.looks])
    history = looks.set_axis(["epoch", "part", "mean", "sd"], axis=1)
    figure = held_out_chart({name: history}, {name: look}).update_layout(height=RANK_PX)
    alt = f"Rank 1 of {name} on people held out, over its epochs so far: {looks[2].iloc[-1]:.0%} at last"
    st.plotly_chart(figure, key=f"rank {name}", alt=alt)


def _attention(name: str, seen: Watched, strips: Mapping[str, Frames], look: Look) -> None:
    """As the page Attention draws it: the frames, and under them alpha in times an even share."""
    one = seen.attended
    if one is None or len(strips.get(one.tracklet, ())) != len(one.alpha):
        return
    rows, places = Rows([STRIP_PX, BAR_PX], len(one.alpha)), np.array(one.places)
    rows.thumbnails(0, strips[one.tracklet], places)
    rows.bars(1, shares(np.array(one.alpha)), look.colour, places)
    rows.title(1, f"attention of each frame of {one.tracklet}, × an even share")
    most = places[int(np.argmax(one.alpha))]
    alt = f"Attention on the frames of {one.tracklet}, most on frame {most}"
    st.plotly_chart(rows.figure(), key=f"attention {name}", alt=alt)


def _pairs(pairs: tuple[HardPair, ...], strips: Mapping[str, Frames]) -> None:
    for same, title in PAIRS.items():
        found = [pair for pair in pairs if pair.same == same]
        if found:
            st.markdown(f"**{title}**")
        with st.container(horizontal=True, gap="medium"):
            for pair in found:
                with st.container(width=PAIR_PX):
                    for name in (pair.probe, pair.other):
                        if name in strips:
                            st.image(frame_uri(_row(strips[name])), width=PAIR_PX, alt=f"Frames of {name}")
                    st.caption(f"distance {pair.distance:.2f}: {plain(pair.probe)} and {plain(pair.other)}")


def _row(frames: Frames) -> Frames:
    """Some frames side by side. Args: frames: (T, H, W, 3)."""
    shown = np.linspace(0, len(frames) - 1, min(len(frames), SHOWN)).round().astype(int)
    return np.hstack(list(frames[shown]))

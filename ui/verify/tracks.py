"""Tracks that went to somebody else, or that are one person's: marked, split and joined."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from reid_core.evaluation import calibration_of, chosen_frames, jumps
from reid_core.video import Subject, Tracklet, may_be_one
from ui.corrections import changes, put_right, take_back
from ui.footage import Footage, remembered
from ui.loaders import all_checkpoints
from ui.people import choice_of, known_people, people_of
from ui.pictures import frame_uri
from ui.verify.words import AT_ONE_TIME, SAME_FRAMES

SPLIT_PX = 96
ONE_PLACE = 0.5  # of the area of two boxes in common, from which on they are round one person


def jump_times(found: Footage) -> tuple[tuple[float, ...], ...]:
    """When the looks of each person change as if it were another one from then on, s."""
    of = (found.source,)
    return remembered("jumps", found.scene, lambda: tuple(_jumps(subject) for subject in people_of(found)), of=of)


def known_anyway(footage: tuple[Footage, Footage], subjects: tuple[Subject, Subject]) -> str:
    """What is certain of two people without any model, as they are seen at one time of one file; else nothing."""
    one, other = (subject.whole for subject in subjects)
    times, at, also = np.intersect1d(one.times_s, other.times_s, return_indices=True)
    if footage[0].source.file != footage[1].source.file or not len(times):
        return ""
    import supervision  # here, since importing it takes a second; a search has done so

    overlaps = supervision.box_iou_batch(one.boxes[at], other.boxes[also]).diagonal()
    return SAME_FRAMES if float(overlaps.mean()) > ONE_PLACE else AT_ONE_TIME


def correct(found: Footage) -> None:
    """Offer to split the track of who is chosen, to join it with another one, and to take all of that back."""
    place, changed = choice_of(found), bool(changes(found))
    if not isinstance(place, int) and not changed:
        return
    suspicious = isinstance(place, int) and bool(jump_times(found)[place])
    with st.expander("Put the tracks right", expanded=suspicious):
        if isinstance(place, int):
            _offer_split(found, place)
            _offer_join(found, place)
        if changed:
            key = f"as found {found.source.side}"
            st.button("Take back all changes", key=key, on_click=take_back, args=(found,))


def _jumps(subject: Subject) -> tuple[float, ...]:
    main, tracklet = all_checkpoints()[0], subject.tracklet
    features = known_people().features(main.network, subject)
    seen = chosen_frames(len(tracklet), "spread")
    told = jumps(main.network.head, features, calibration_of(main).threshold)
    return tuple(round(float(tracklet.times_s[seen[t]]), 3) for t in told)


def _offer_split(found: Footage, place: int) -> None:
    times = found.scene.tracklets[place].times_s
    told = jump_times(found)[place]
    if told:
        st.caption(
            f"Person {place + 1} looks like somebody else from {' and from '.join(f'{t:.1f}' for t in told)} s on."
        )
    if len(times) < 2:
        return
    key = f"split {found.source.side} {place} {len(times)}"
    middle = int((times < told[0]).sum()) if told else len(times) // 2
    frame = 1 if len(times) == 2 else _pick_frame(f"Person {place + 1} is somebody else from", times, middle, key)
    _before_and_after(found.scene.tracklets[place], frame)
    label, told_then = f"Split at {times[frame]:.1f} s", f"What comes then becomes person {found.count + 1}."
    st.button(label, key=f"do {key}", on_click=_split, args=(found, place, frame), help=told_then)


def _pick_frame(label: str, times: NDArray[np.float64], first: int, key: str) -> int:
    """A frame of a track but its first, by its time. Args: times: of all, s. first: where the choice begins."""
    return st.select_slider(
        label,
        range(1, len(times)),
        min(max(first, 1), len(times) - 1),
        format_func=lambda frame: f"{times[frame]:.1f} s",
        key=key,
    )


def _before_and_after(tracklet: Tracklet, frame: int) -> None:
    """The last picture before a split and the first after it."""
    with st.container(horizontal=True, gap="small"):
        for at, where in ((frame - 1, "before"), (frame, "after")):
            words = f"{where}, {tracklet.times_s[at]:.1f} s"
            st.image(frame_uri(tracklet.frames[at]), caption=words, width=SPLIT_PX, alt=f"At the split: {words}")


def _offer_join(found: Footage, place: int) -> None:
    others = [other for other in range(found.count) if may_be_one(found.scene, place, other)]
    if not others:
        return
    key = f"join {found.source.side} {place} {found.count}"
    other = st.selectbox(
        f"Person {place + 1} is also", others, format_func=lambda other: f"person {other + 1}", key=key
    )
    st.button(f"Join person {place + 1} and {other + 1}", key=f"do {key}", on_click=_join, args=(found, place, other))


def _split(found: Footage, place: int, frame: int) -> None:
    put_right(found, "split", place, frame, {at: at for at in range(found.count)})


def _join(found: Footage, place: int, other: int) -> None:
    moved = {at: at - (at > other) for at in range(found.count) if at != other}
    put_right(found, "join", place, other, moved | {other: moved[place]})

"""Tracks that went to somebody else, or that are one person's: marked, split and joined."""

import streamlit as st

from reid_core.evaluation import calibration_of, chosen_frames, jumps
from reid_core.video import Subject, may_be_one
from ui.corrections import are_changed, put_right, take_back
from ui.footage import Footage, remembered
from ui.loaders import all_checkpoints
from ui.people import choice_of, known_people, people_of


def jump_times(found: Footage) -> tuple[tuple[float, ...], ...]:
    """When the looks of each person change as if it were another one from then on, s."""
    return remembered("jumps", found.scene, lambda: tuple(_jumps(subject) for subject in people_of(found)))


def correct(found: Footage) -> None:
    """Offer to split the track of who is chosen, to join it with another one, and to take all of that back."""
    place, changed = choice_of(found), are_changed(found)
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
    frame = (
        st.slider(
            f"Frame from which person {place + 1} is somebody else",
            1,
            len(times) - 1,
            min(max(middle, 1), len(times) - 1),
            key=key,
        )
        if len(times) > 2
        else 1
    )
    st.button(f"Split at {times[frame]:.1f} s", key=f"do {key}", on_click=_split, args=(found, place, frame))


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

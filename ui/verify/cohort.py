"""Where the user hands in more videos of the two cameras, whose people the pair is held against."""

from collections.abc import Sequence

import streamlit as st

from reid_core.evaluation import Others, longest_seen
from reid_core.model import Checkpoint
from reid_core.video import Tracklet, VideoError
from ui.footage import Source, is_stopped, read_upload, remembered, resume
from ui.own import SIDES
from ui.people import Look, known_people, look_at
from ui.pickers import SUFFIXES
from ui.verify.further import everybody_in
from ui.verify.words import COHORT, cohort_in_words
from ui.work import Crowded

TITLES = {"a": "Videos of the first camera", "b": "Videos of the second camera"}
UPLOAD = "upload_cohort"


def cohort_of(checkpoints: Sequence[Checkpoint]) -> Others | None:
    """The people of the videos that were handed in, looked at by every model; None where there are none.

    A camera without videos of its own is taken to be the other one.
    """
    if is_stopped() or not any(_videos().values()):
        return None
    given = {side: tuple(source.key for source in _videos().get(side, ())) for side in SIDES}
    cohort = remembered("cohorts", tuple(given.values()), _read, 1)
    looks: list[Look] = [(known_people().other, one) for one in dict.fromkeys((*cohort.first, *cohort.second))]
    look_at("describe cohort", f"Looking at {len(looks)} people of these cameras", looks, checkpoints)
    return cohort


def pick_cohort() -> None:
    """Take videos of either camera, and say how many people of them there are."""
    with st.expander("Hold the pair against more people of these cameras", expanded=any(_videos().values())):
        st.markdown(COHORT)
        for side, column in zip(SIDES, st.columns(2), strict=True):
            with column:
                key = f"{UPLOAD}_{side}"
                st.file_uploader(
                    TITLES[side], SUFFIXES, accept_multiple_files=True, key=key, on_change=_take, args=(side,)
                )
                for source in _videos().get(side, ()):
                    st.caption(cohort_in_words(source.name, _found().get(source.key)))
        if any(_videos().values()):
            st.button("Forget these videos", key="forget cohort", on_click=_videos().clear)


def _read() -> Others:
    """Everybody in the videos."""
    people = {side: [one for source in _videos().get(side, ()) for one in _people(source)] for side in SIDES}
    count = sum(map(len, _videos().values()))
    source = f"people of {count} other {'video' if count == 1 else 'videos'} of these cameras"
    return longest_seen(source, people["a"] or people["b"], people["b"] or people["a"])


def _videos() -> dict[str, list[Source]]:
    """What was handed in in this session, by camera; it stays when the page changes."""
    kept: dict[str, list[Source]] = st.session_state.setdefault("cohort videos", {})
    return kept


def _take(side: str) -> None:
    uploaded = st.session_state[f"{UPLOAD}_{side}"] or []
    _videos()[side] = [read_upload(side, file.name, file.getvalue()) for file in uploaded]
    resume()


def _found() -> dict[str, int | str]:
    """How many people of a video are used, or why none are, by its key."""
    kept: dict[str, int | str] = st.session_state.setdefault("cohort found", {})
    return kept


def _people(source: Source) -> tuple[Tracklet, ...]:
    """Everybody in a video; nobody where it cannot be read, which is noted."""
    try:
        people = everybody_in(source)
    except (VideoError, Crowded) as error:
        _found()[source.key] = str(error)
        return ()
    _found()[source.key] = len(people)
    return people

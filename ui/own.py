"""Own videos in the links of all pages: what is gone when a page is loaded anew is asked for, and no example shown."""

import streamlit as st

from ui.carried import left_out

EXAMPLE, OWN, BROUGHT = "example", "own", "run"  # which pair: one that ships, by its name, or one of these
SIDES = ("a", "b")
OF_A_VIDEO = ("person", "part", "tracks", "file")  # what a link says of one, with its side


def name_own_videos() -> None:
    """Let the link of any page say whether no bundled pair is looked at, and name the own videos that are instead."""
    chosen = st.query_params.get(EXAMPLE, st.session_state.get(EXAMPLE))
    if chosen not in (OWN, BROUGHT):
        return
    st.session_state[EXAMPLE] = chosen
    missing = {} if EXAMPLE in st.query_params else {EXAMPLE: chosen}
    if chosen == OWN:
        for side in SIDES:
            missing |= left_out(_kept(side), _keys(side))
    st.query_params.update(missing)  # at once: the browser keeps a page for each change of its link


def leave_choice(side: str) -> None:
    """Another video stands on this side from now on: the link names nobody, and nothing else of the one before."""
    for key in _keys(side):
        st.query_params.pop(key, None)


def forget_own(side: str) -> None:
    """The own video of this side is not to be asked for again."""
    st.session_state.pop(_kept(side), None)
    leave_choice(side)


def is_of_the_pair(key: str) -> bool:
    """Whether it is of the two videos that a key of the link says something."""
    return key == EXAMPLE or any(key in _keys(side) for side in SIDES)


def _keys(side: str) -> list[str]:
    return [f"{name}_{side}" for name in OF_A_VIDEO]


def _kept(side: str) -> str:
    return f"own video {side}"

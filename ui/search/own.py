"""Which index is looked through, and how the user's own videos become one."""

import os
from pathlib import Path

import streamlit as st

from reid_core.search import Index, delete, is_index
from ui.allowed import SETTING, may_name
from ui.pickers import linked_select
from ui.search import link
from ui.search.indexes import BUNDLED, index_at
from ui.search.jobs import Job, State, begin, forget, job_at, state_of, stop
from ui.search.words import HOW_TO_INDEX, NOT_HERE, at_in_words, folder_name, progress_in_words

KEY, FIRST, LOOKED_AT, REFUSED = "index", "bundled", "index looked at", "indexing refused"
EVERY_S = 2.0


def pick_index() -> Index | None:
    """The index, or None after saying in one sentence why it cannot be used."""
    _take_link()
    titles = {FIRST: "Two rendered street cameras, two minutes each"}
    titles |= {place: folder_name(place) for place in own_places() if is_index(place)}
    chosen = linked_select("Footage", titles, KEY) if len(titles) > 1 else FIRST
    if st.session_state.setdefault(LOOKED_AT, chosen) != chosen:
        link.forget()  # numbers of tracklets are an index's own
    st.session_state[LOOKED_AT] = chosen
    try:
        return index_at(str(BUNDLED) if chosen == FIRST else chosen)
    except ValueError as error:
        st.error(str(error))
        return None


def own_places() -> list[str]:
    """The user's own indexes in this session."""
    places: list[str] = st.session_state.setdefault("own indexes", [])
    return places


def index_own() -> None:
    """Ask for videos and for a folder, and show what is being indexed."""
    with st.expander("Index your own videos", expanded=bool(own_places() or st.session_state.get(REFUSED))):
        if not may_name(os.environ.get(SETTING) or "."):
            st.markdown(NOT_HERE)
            return
        st.markdown(HOW_TO_INDEX)
        with st.form("index own", border=False):
            st.text_input("A video or a folder of videos, on the machine that the app runs on", key="own videos")
            st.text_input("Camera", key="own camera", help="By default the folder that a video is in, or its own name.")
            st.text_input("Folder for the index", key="own folder", help="A new one, or that of an index to add to.")
            st.form_submit_button("Index", icon=":material/play_arrow:", on_click=_begin)
        if refused := st.session_state.get(REFUSED):
            st.error(refused)
        for place in own_places():
            _job(place)


def _take_link() -> None:
    """An index that the link names is one of the user's own, if he may name it."""
    place = st.query_params.get(KEY, FIRST)
    if place != FIRST and place not in own_places() and may_name(place):
        if is_index(place):
            own_places().append(place)
        else:
            st.error(f"{place} must be an index, made here or by reid index, and it is none")


def _begin() -> None:
    """Start a process, or say in one sentence why not."""
    videos, camera, folder = (st.session_state[f"own {name}"].strip() for name in ("videos", "camera", "folder"))
    st.session_state[REFUSED] = None
    try:
        if not videos or not folder:
            raise ValueError("Name the videos and a folder for their index.")
        for place in (videos, folder):
            if not may_name(place):
                raise ValueError(f"{place} must be below {os.environ.get(SETTING)}")
        _start(str(Path(folder).resolve()), (videos,), camera or None)
    except (ValueError, OSError) as error:
        st.session_state[REFUSED] = str(error)


def _start(place: str, videos: tuple[str, ...], camera: str | None) -> None:
    begin(Path(place), videos, camera)
    if place not in own_places():
        own_places().append(place)


def _job(place: str) -> None:
    """One index: how far it is, what may be done with it."""
    job = job_at(Path(place))
    with st.container(border=True):
        st.markdown(f"**{folder_name(place)}** `{place}`")
        if job is not None:
            _watch(job)
        if is_index(place):
            with st.popover("Delete", icon=":material/delete:"):
                st.markdown("The index goes; the videos stay.")
                st.button("Delete the index", key=f"delete {place}", on_click=_delete, args=(place,))


def _watch(job: Job) -> None:
    """How far a job is, told anew for as long as it runs."""
    try:
        state = state_of(job)
    except ValueError as error:
        st.error(str(error))
        return
    st.fragment(_progress, run_every=EVERY_S if state.running else None)(job, state.running)
    _run_buttons(job, state)


def _progress(job: Job, running: bool) -> None:
    """Args: running: when the page was drawn."""
    state = state_of(job)
    st.progress(state.share, progress_in_words(state.done, state.of, state.people, state.left_s))
    if state.at is not None:
        st.caption(at_in_words(state.at))
    if state.problem:
        st.warning(state.problem)
    if running and not state.running:
        st.rerun()  # other buttons, and the index is among the footage


def _run_buttons(job: Job, state: State) -> None:
    with st.container(horizontal=True):
        if state.running:
            st.button("Stop", key=f"stop {job.place}", icon=":material/stop_circle:", on_click=stop, args=(job,))
        elif not state.finished:
            again = (job.place, job.videos, job.camera)
            st.button("Go on", key=f"go on {job.place}", icon=":material/play_arrow:", on_click=_start, args=again)


def _delete(place: str) -> None:
    job = job_at(Path(place))
    if job is not None:
        stop(job)
    try:
        delete(place)
    except ValueError as error:  # the process has not ended yet
        st.session_state[REFUSED] = str(error)
        return
    forget(Path(place))
    own_places().remove(place)
    if st.query_params.get(KEY) == place:
        st.query_params.pop(KEY)
        st.session_state.pop(KEY, None)

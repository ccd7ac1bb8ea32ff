"""Which index is looked through, and how the user's own videos become one."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from reid_core import jobs as runner
from reid_core.jobs import Job
from reid_core.search import Index, delete, is_index, open_index
from ui.allowed import SETTING, may_name, named
from ui.jobs import STATES, ask, asked, job_buttons, place, show_refused
from ui.pickers import linked_select
from ui.search import link
from ui.search.indexes import BUNDLED, index_at
from ui.search.progress import index_command, jobs_by_place, progress_of
from ui.search.words import HOW_TO_INDEX, NOT_HERE, at_in_words, folder_name, progress_in_words, video_in_words
from ui.words import plain

KEY, FIRST, LOOKED_AT, REFUSED = "index", "bundled", "index looked at", "indexing refused"
EVERY_S = 2.0
ACTIVE = ("waiting", "running", "paused")

Jobs = Mapping[str, Job]  # by the place of the index


def indexing() -> Jobs:
    """The last job of each index, for one run of the page."""
    return jobs_by_place(asked())


def pick_index(jobs: Jobs) -> Index | None:
    """The index, or None after saying in one sentence why it cannot be used."""
    _take_link(jobs)
    titles = {FIRST: "Two rendered street cameras, two minutes each"}
    titles |= {place: folder_name(place) for place in own_places(jobs) if is_index(place)}
    chosen = linked_select("Footage", titles, KEY) if len(titles) > 1 else FIRST
    if st.session_state.setdefault(LOOKED_AT, chosen) != chosen:
        link.forget()  # numbers of tracklets are an index's own
    st.session_state[LOOKED_AT] = chosen
    try:
        return index_at(str(BUNDLED) if chosen == FIRST else chosen)
    except ValueError as error:
        st.error(str(error))
        return None


def own_places(jobs: Jobs) -> list[str]:
    """The user's own indexes: those of this session, and those that the queue knows and he may name."""
    known = (where for where, job in jobs.items() if may_name(where) and (job.state != "done" or is_index(where)))
    return list(dict.fromkeys([*_named(), *known]))


def _named() -> list[str]:
    """Those of this session."""
    places: list[str] = st.session_state.setdefault("own indexes", [])
    return places


def index_own(jobs: Jobs) -> None:
    """Ask for videos and for a folder, and show what is being indexed."""
    begun = _named() or any(job.state in ACTIVE for job in jobs.values())
    with st.expander("Index your own videos", expanded=bool(begun or st.session_state.get(REFUSED))):
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
        show_refused()
        for where in own_places(jobs):
            _index(where, jobs.get(where))


def _take_link(jobs: Jobs) -> None:
    """An index that the link names is one of the user's own, if he may name it."""
    place = st.query_params.get(KEY, FIRST)
    if place != FIRST and place not in own_places(jobs) and may_name(place):
        try:
            if not is_index(named(place)):
                raise ValueError(f"{place} must be an index, made here or by reid index, and it is none")
            _named().append(place)
        except ValueError as error:
            st.error(str(error))


def _begin() -> None:
    """Put the command into the queue, or say in one sentence why not."""
    videos, camera, folder = (st.session_state[f"own {name}"].strip() for name in ("videos", "camera", "folder"))
    st.session_state[REFUSED] = None
    try:
        if not videos or not folder:
            raise ValueError("Name the videos and a folder for their index.")
        _submit(named(folder).resolve(), (str(named(videos)),), camera or None)
    except ValueError as error:
        st.session_state[REFUSED] = str(error)


def _submit(where: Path, videos: tuple[str, ...], camera: str | None) -> None:
    before = indexing().get(str(where))
    if before is not None and before.state in ACTIVE:
        raise ValueError(f"{where} is being indexed already")
    ask(f"index {where.name}", index_command(where, videos, camera))
    if str(where) in indexing() and str(where) not in _named():
        _named().append(str(where))


def _index(where: str, job: Job | None) -> None:
    """One index: how far it is, what may be done with it."""
    with st.container(border=True, key=f"own index {where}"):
        st.markdown(f"**{plain(folder_name(where))}** `{where}`")
        if job is not None:
            st.fragment(_progress, run_every=EVERY_S if job.state in ACTIVE else None)(where, job.state)
        if is_index(where):
            with st.popover("Delete", icon=":material/delete:"):
                _deletions(where)


def _deletions(where: str) -> None:
    """Take one video out of an index, or delete it."""
    st.markdown("What is deleted is gone from the index; the videos stay where they are.")
    if videos := {video_in_words(video): video.digest for video in open_index(where).videos()}:
        st.selectbox("Video", list(videos), key=f"removed {where}")
        st.button("Remove the video", key=f"remove {where}", on_click=_remove, args=(where, videos))
    st.button("Delete the index", key=f"delete {where}", on_click=_delete, args=(where,))


def _progress(where: str, drawn: str) -> None:
    """How far its job is, told anew for as long as it goes on. Args: drawn: its state when the page was drawn."""
    job = indexing().get(where)
    if job is None or job.state != drawn:
        st.rerun()  # when it has ended the index is among the footage
    st.markdown(STATES[job.state])
    try:
        found = progress_of(job)
    except ValueError as error:
        st.error(str(error))
        return
    st.progress(found.share, progress_in_words(found.done, found.of, found.people, _left_s(job, found.share)))
    if found.at is not None:
        st.caption(at_in_words(found.at))
    if job.said.startswith(("error: ", "warning: ")):
        st.warning(job.said)
    job_buttons(job)


def _left_s(job: Job, share: float) -> float | None:
    """At the pace since this session first saw the job running."""
    key = f"pace {job.key}"
    if job.state != "running":
        st.session_state.pop(key, None)
        return None
    since, before = st.session_state.setdefault(key, (time.time(), share))
    return (time.time() - since) * (1 - share) / (share - before) if share > before else None


def _remove(where: str, videos: Mapping[str, str]) -> None:
    """Args: videos: digests, by what stands in the list."""
    index = open_index(where)
    try:
        with index.writing():
            index.remove(videos[st.session_state[f"removed {where}"]])
    except ValueError as error:  # it is being indexed
        st.session_state[REFUSED] = str(error)


def _delete(where: str) -> None:
    job = indexing().get(where)
    if job is not None:
        runner.stop(place(), job.key)
    try:
        delete(where)
    except ValueError as error:  # the process has not ended yet
        st.session_state[REFUSED] = str(error)
        return
    if job is not None:
        runner.clear(place(), job.key)
    if where in _named():
        _named().remove(where)
    if st.query_params.get(KEY) == where:
        st.query_params.pop(KEY)
        st.session_state.pop(KEY, None)

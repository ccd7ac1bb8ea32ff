"""Whom one looks for: a tracklet of the index, a picture or clip of one's own, or somebody of the page Verify."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st

from reid_core.model import Checkpoint
from reid_core.search import Index, Query, changes, refined, span, stored
from reid_core.video import (
    PersonDetector,
    Subject,
    cut_out,
    decode,
    find_people,
    is_picture,
    person_of,
    picture,
    stood_in,
)
from ui.corrections import all_corrected
from ui.footage import Source, is_stopped, read_upload, resume, told_of, waiting
from ui.loaders import detector
from ui.people import known_people, people_of
from ui.pickers import say_lost
from ui.pictures import frame_uri
from ui.search import link
from ui.search.hits import show_strip
from ui.search.indexes import model_of, tracklet_of
from ui.search.words import BROUGHT_GONE, BROUGHT_UNSURE, OTHER_WAYS
from ui.words import plain
from ui.work import Tell, waited_for

SUFFIXES = ["jpg", "jpeg", "png", "webp", "mp4", "mov", "mkv", "webm", "avi", "ts", "gif", "zip"]
UPLOAD, REFUSED, PEOPLE, PICTURE = "upload query", "query refused", "query people", "query picture"
TAKEN = "query taken"  # what was uploaded and is still being read
FACE_PX = 72


def query_of(index: Index, asked: link.Asked) -> Query:
    """What is looked for after all that the user has said; who was seen beside a confirmed one is somebody else."""
    if isinstance(asked.query, int):
        first = stored(index, asked.query)
    else:
        _, _, doubts = st.session_state.get(PICTURE, ("", "", (BROUGHT_UNSURE,) if asked.unsure else ()))
        first = Query("the person of a picture or clip", np.asarray(asked.query, np.float32), doubts=doubts)
    right, wrong = (
        [tracklet_of(index, number).embedding for number in numbers] for numbers in (asked.confirmed, asked.rejected)
    )
    beside = [stored(index, number).leave_out - {(index.place, number)} for number in asked.confirmed]
    return replace(refined(first, right, wrong), leave_out=first.leave_out.union(*beside))


def show_query(index: Index, asked: link.Asked) -> None:
    """Show whom one looks for."""
    st.header("Looking for", anchor=False)
    if isinstance(asked.query, int):
        one = tracklet_of(index, asked.query)
        told = f"{one.camera}, {span(one.start_s, one.end_s)}"
        show_strip(index, asked.query, f"The person looked for: {told}")
        st.caption("; ".join([told, *changes(one.jumps_s)]))
    elif picture := st.session_state.get(PICTURE):
        name, address, _ = picture
        st.image(address, caption=name, width=2 * FACE_PX, alt=f"The person looked for, from {name}")
    else:
        st.caption(BROUGHT_GONE)


def pick_query(index: Index) -> None:
    """Ask for a picture or clip, or for somebody whom the page Verify has found."""
    checkpoint = model_of(index)
    st.file_uploader("A picture or a clip of somebody else", SUFFIXES, key=UPLOAD, on_change=_take)
    if refused := st.session_state.get(REFUSED):
        st.error(refused)
    brought = st.session_state.get(PEOPLE, ())
    if len(brought) > 1:
        st.caption(f"{len(brought)} people are in it. Who is looked for?")
        _offer(brought, "brought", checkpoint)
    if known := tuple(_of_verify()):
        st.caption("Or somebody of the page Verify:")
        _offer(known, "verify", checkpoint)
    else:
        st.caption(OTHER_WAYS)


def look_for(subject: Subject, checkpoint: Checkpoint) -> None:
    """Look for a person of a video or picture."""
    link.ask(known_people().output(checkpoint.network, subject).embedding[0].numpy(), bool(subject.doubts))
    st.session_state[PICTURE] = (subject.name, frame_uri(subject.whole.thumbnail), subject.doubts)


def _take() -> None:
    """Something was uploaded, or taken away again."""
    uploaded = st.session_state[UPLOAD]
    st.session_state[REFUSED], st.session_state[PEOPLE] = None, ()
    st.session_state[TAKEN] = uploaded and read_upload("query", uploaded.name, uploaded.getvalue())
    link.read(uploaded.name if uploaded else "")
    resume()


def ask_again(index: Index, file: str) -> None:
    """Ask for a picture or clip that was not read to its end, and show nobody else in the place of who is in it."""
    if st.session_state.get(TAKEN) is None:
        say_lost(file)
    else:
        st.info(f"{plain(file)} has not been read to its end.", icon=":material/stop_circle:")
        st.button("Go on", on_click=resume)
    pick_query(index)
    st.button("Look for somebody of the index instead", on_click=_leave)


def _leave() -> None:
    st.session_state[TAKEN] = None
    link.forget()


def read_taken(checkpoint: Checkpoint) -> None:
    """Look for the person of what was uploaded; of several the user is asked. It goes on while the page is left."""
    with waiting("query") as tell:
        source = st.session_state.get(TAKEN)
        if source is None or is_stopped():
            return
        finder, told = detector(), f"Looking for people in {source.name}"
        try:
            work = (("query", source.key), told, lambda tell: brought_people(source, finder, tell))
            people = waited_for(*work, tell)
        except ValueError as error:
            st.session_state[TAKEN], st.session_state[REFUSED] = None, str(error)
            link.read("")
            return
    st.session_state[TAKEN], st.session_state[PEOPLE] = None, people
    look_for(people[0], checkpoint)


def brought_people(source: Source, finder: PersonDetector, tell: Tell) -> tuple[Subject, ...]:
    """The people of a picture or clip, or the whole of it where nobody is found. Raises: VideoError: not readable."""
    progress, (content, name) = told_of(source, tell), (source.content, source.name)
    video = picture(content, name) if is_picture(Path(name)) else decode(content, name, progress=progress)
    scene = find_people(video, finder, progress)
    if scene.kind == "nobody":
        return (stood_in(cut_out(video, "full")),)
    return tuple(person_of(scene, place) for place in range(len(scene.tracklets)))


def _offer(people: Sequence[Subject], key: str, checkpoint: Checkpoint) -> None:
    with st.container(horizontal=True, gap="small"):
        for number, subject in enumerate(people, 1):
            with st.container(width=FACE_PX + 30):
                told = f"Person {number}"
                st.image(frame_uri(subject.whole.thumbnail), width=FACE_PX, alt=f"{told}, {subject.name}")
                st.button(told, key=f"{key} {number}", on_click=look_for, args=(subject, checkpoint))


def _of_verify() -> Iterator[Subject]:
    """The people of the videos that were searched on the page Verify in this session."""
    for found in all_corrected():
        yield from people_of(found)

"""Where the user hands in a calibration on own pairs, or asks for one without labels."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from reid_core.evaluation import calibrate_unlabelled, videos_in
from ui.allowed import SETTING, may_name, named
from ui.calibrations import REFUSED, keep_calibration, own_calibrations
from ui.downloads import offer
from ui.footage import Footage, Source, read_upload, waiting
from ui.loaders import checkpoint
from ui.own import SIDES
from ui.pickers import SUFFIXES
from ui.verify.further import everybody_in
from ui.verify.words import OWN_PAIRS, WITHOUT_LABELS, calibration_in_words, looking_in_words, sources_in_words
from ui.words import model_title
from ui.work import stop_work

UPLOAD, VIDEOS, FOLDER, ASKED = "upload_calibration", "upload_unlabelled", "folder unlabelled", "calibration asked"


@dataclass(frozen=True)
class Asked:
    """What a calibration without labels is to be made of. model: which. name: of the videos; none: the two at hand."""

    model: str
    name: str
    videos: tuple[Source, ...]


def pick_calibration(footage: Sequence[Footage], name: str) -> None:
    """Take a file that ``calibrate`` wrote, or videos; say what is in use, or why it cannot be.

    Args: footage: the two videos at hand. name: of the model that is calibrated on videos.
    """
    asked: Asked | None = st.session_state.get(ASKED)
    given = any(st.session_state.get(key) for key in (ASKED, REFUSED, VIDEOS, FOLDER))
    with st.expander("Calibrate on your own pairs", expanded=bool(given or own_calibrations())):
        st.markdown(OWN_PAIRS)
        st.file_uploader("Calibration", ["json"], key=UPLOAD, on_change=_take)
        st.markdown(WITHOUT_LABELS)
        st.file_uploader("Videos of your cameras", SUFFIXES, accept_multiple_files=True, key=VIDEOS)
        if may_name(os.environ.get(SETTING) or "."):
            st.text_input("A folder of videos, on the machine that the app runs on", key=FOLDER)
        st.button(
            f"Calibrate {model_title(name)} without labels", key="calibrate unlabelled", on_click=_ask, args=(name,)
        )
        if asked is not None:
            _calibrate(asked, footage)
            st.rerun()  # the verdict stands above
        if _refused():
            st.error(_refused())
        _in_use(name)


def _in_use(name: str) -> None:
    """The user's calibrations, of which that of the model may be taken along."""
    for model, own in own_calibrations().items():
        st.markdown(f"**{model_title(model)}** {calibration_in_words(own)}")
    if name in own_calibrations():
        content = own_calibrations()[name].to_json()
        offer("Calibration of this model", content, f"{name}.calibration.json", "application/json")
    if own_calibrations():
        st.button("Use the calibrations that ship", key="forget calibrations", on_click=own_calibrations().clear)


def _refused() -> str | None:
    return st.session_state.get(REFUSED)


def _take() -> None:
    uploaded = st.session_state[UPLOAD]
    st.session_state[REFUSED] = None
    if uploaded is None:
        return
    try:
        keep_calibration(uploaded.name, uploaded.getvalue())
    except ValueError as error:
        st.session_state[REFUSED] = str(error)


def _ask(model: str) -> None:
    """Note what was asked for, or why it cannot be; it is done where its progress can be shown."""
    st.session_state[REFUSED] = None
    uploaded = [read_upload(SIDES[0], file.name, file.getvalue()) for file in st.session_state[VIDEOS] or ()]
    folder = st.session_state.get(FOLDER, "").strip()
    try:
        videos = (*uploaded, *(_in_folder(folder) if folder else ()))
    except ValueError as error:
        st.session_state[REFUSED] = str(error)
        return
    told = sources_in_words([video.name for video in uploaded], Path(folder).resolve().name if folder else "")
    st.session_state[ASKED] = Asked(model, told, videos)


def _in_folder(folder: str) -> list[Source]:
    """Raises: ValueError: it is not one to name, or holds no videos."""
    videos = videos_in(named(folder))
    return [Source(path.name, path, f"{path} {path.stat().st_mtime_ns}", SIDES[0]) for path in videos]


def _calibrate(asked: Asked, footage: Sequence[Footage]) -> None:
    """Do what was asked for, or note why it cannot be done; while it goes on it may be stopped, which forgets it."""
    try:
        people = [everybody_in(video, _stop) for video in asked.videos] or [found.scene.tracklets for found in footage]
        with waiting("calibrate", _stop) as tell:
            own_calibrations()[asked.model] = calibrate_unlabelled(
                checkpoint(asked.model),
                people,
                asked.name or " and ".join(dict.fromkeys(found.source.name for found in footage)),
                lambda stage, done, of: tell(done / of if of else 0, looking_in_words(stage, done, of)),
            )
    except ValueError as error:
        st.session_state[REFUSED] = str(error)
    _forget()


def _stop() -> None:
    _forget()
    stop_work()


def _forget() -> None:
    st.session_state.pop(ASKED, None)

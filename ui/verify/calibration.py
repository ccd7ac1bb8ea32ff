"""Where the user hands in a calibration on own pairs, or asks for one without labels."""

from collections.abc import Sequence

import streamlit as st

from reid_core.evaluation import calibrate_unlabelled
from ui.calibrations import REFUSED, keep_calibration, own_calibrations
from ui.footage import Footage
from ui.loaders import checkpoint
from ui.verify.words import OWN_PAIRS, WITHOUT_LABELS, calibration_in_words
from ui.words import model_title

UPLOAD = "upload_calibration"


def pick_calibration(footage: Sequence[Footage], name: str) -> None:
    """Take a file that ``calibrate`` wrote, or the people of the two videos; say what is in use, or why it cannot be.

    Args: name: of the model that is calibrated on the videos.
    """
    refused = st.session_state.get(REFUSED)
    with st.expander("Calibrate on your own pairs", expanded=bool(refused or own_calibrations())):
        st.markdown(OWN_PAIRS)
        st.file_uploader("Calibration", ["json"], key=UPLOAD, on_change=_take)
        st.markdown(WITHOUT_LABELS)
        text = f"Calibrate {model_title(name)} on these videos"
        st.button(text, key="calibrate unlabelled", on_click=_calibrate, args=(footage, name))
        if refused:
            st.error(refused)
        for name, own in own_calibrations().items():
            st.markdown(f"**{model_title(name)}** {calibration_in_words(own)}")
        if own_calibrations():
            st.button("Use the calibrations that ship", key="forget calibrations", on_click=own_calibrations().clear)


def _take() -> None:
    uploaded = st.session_state[UPLOAD]
    st.session_state[REFUSED] = None
    if uploaded is None:
        return
    try:
        keep_calibration(uploaded.name, uploaded.getvalue())
    except ValueError as error:
        st.session_state[REFUSED] = str(error)


def _calibrate(footage: Sequence[Footage], name: str) -> None:
    st.session_state[REFUSED] = None
    videos = {found.source.key: found.scene.tracklets for found in footage}
    names = " and ".join(dict.fromkeys(found.source.name for found in footage))
    try:
        own_calibrations()[name] = calibrate_unlabelled(checkpoint(name), videos.values(), names)
    except ValueError as error:
        st.session_state[REFUSED] = str(error)

"""Where the user hands in a calibration on own pairs."""

import streamlit as st

from ui.calibrations import keep_calibration, own_calibrations
from ui.verify.words import OWN_PAIRS, calibration_in_words
from ui.words import model_title

UPLOAD = "upload_calibration"
REFUSED = "calibration_refused"


def pick_calibration() -> None:
    """Take a file that ``calibrate`` wrote; say what is in use, or in one sentence why it cannot be."""
    refused = st.session_state.get(REFUSED)
    with st.expander("Calibrate on your own pairs", expanded=bool(refused or own_calibrations())):
        st.markdown(OWN_PAIRS)
        st.file_uploader("Calibration", ["json"], key=UPLOAD, on_change=_take)
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

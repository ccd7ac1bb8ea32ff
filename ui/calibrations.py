"""The user's own calibrations: uploaded once, kept in the session, each used for the model that it was made with."""

import streamlit as st

from reid_core.evaluation import OwnCalibration, fits, read_calibration, with_calibration
from reid_core.model import Checkpoint
from ui.loaders import all_checkpoints, checkpoint
from ui.words import OWN_PAIRS, calibration_in_words, model_title

UPLOAD = "upload_calibration"
REFUSED = "calibration_refused"


def own_calibrations() -> dict[str, OwnCalibration]:
    """The calibrations in use instead of those that ship, by checkpoint; they stay when the page changes."""
    kept: dict[str, OwnCalibration] = st.session_state.setdefault("calibrations", {})
    return kept


def keep_calibration(name: str, content: bytes) -> None:
    """Use an uploaded calibration. Raises: ValueError: damaged, or made with none of the models that ship."""
    own = read_calibration(content, name)
    fitting = [known.name for known in all_checkpoints() if fits(known, own)]
    if not fitting:
        raise ValueError(
            f"calibration {name} must be made with a model of this app, it was made with {own.checkpoint} of "
            f"fingerprint {own.fingerprint}"
        )
    own_calibrations().update(dict.fromkeys(fitting, own))


def calibrated(name: str) -> Checkpoint:
    """A checkpoint with the user's calibration of it, or with the one that it ships with."""
    own = own_calibrations().get(name)
    return with_calibration(checkpoint(name), own) if own else checkpoint(name)


def calibrated_checkpoints() -> tuple[Checkpoint, ...]:
    """Every checkpoint that ships, as ``calibrated``, in the order of ``checkpoint_names``."""
    return tuple(calibrated(known.name) for known in all_checkpoints())


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

"""The user's own calibrations: uploaded once, kept in the session, each used for the model that it was made with."""

import json

import streamlit as st

from reid_core.evaluation import OwnCalibration, fits, read_calibration, with_calibration
from reid_core.model import Checkpoint
from ui.carried import carry, taken
from ui.loaders import all_checkpoints, checkpoint

LINKED = "calibration"
REFUSED = "calibration_refused"


def own_calibrations() -> dict[str, OwnCalibration]:
    """The calibrations in use instead of those that ship, by checkpoint; they stay when the page changes."""
    kept: dict[str, OwnCalibration] = st.session_state.setdefault("calibrations", {})
    return kept


def link_calibrations() -> None:
    """Use those that the link brings, and let it say which are in use."""
    for content in taken(LINKED):
        try:
            keep_calibration("of the link", json.dumps(content).encode())
        except ValueError as error:
            st.session_state[REFUSED] = str(error)
    carry(LINKED, [json.loads(own.to_json()) for own in own_calibrations().values()])


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

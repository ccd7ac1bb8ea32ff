"""Pairs that the user knows: collected here, and the models calibrated on them without a command."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from reid_core.evaluation import FEWEST_PAIRS, Comparison, calibrate_own
from reid_core.video import Subject
from ui.calibrations import own_calibrations
from ui.downloads import offer
from ui.loaders import all_checkpoints
from ui.verify.words import LABELLED, LABELLING, labels_in_words

FAILED = "labelling failed"


@dataclass(frozen=True)
class Label:
    """What the user says of two people, and how far apart each model sees them, by checkpoint."""

    same: bool
    distances: Mapping[str, float]


def labels() -> dict[frozenset[str], Label]:
    """The pairs that the user labelled in this session, by the two people."""
    kept: dict[frozenset[str], Label] = st.session_state.setdefault("labels", {})
    return kept


def label_pair(subjects: tuple[Subject, Subject], results: Mapping[str, Comparison], name: str) -> None:
    """Ask whether two people are one, and offer to calibrate on all pairs that were answered.

    Args: name: of the model whose calibration can be taken along.
    """
    pair, said = frozenset(map(_known_by, subjects)), labels()
    distances = {model: result.distance for model, result in results.items()}
    with st.expander("Do you know whether they are one person?", expanded=bool(said)):
        st.caption(LABELLING)
        with st.container(horizontal=True, vertical_alignment="center"):
            for same, text in ((True, "They are the same person"), (False, "They are two persons")):
                chosen = pair in said and said[pair].same == same
                st.button(
                    text,
                    key=f"label {same}",
                    type="primary" if chosen else "secondary",
                    on_click=said.__setitem__,
                    args=(pair, Label(same, distances)),
                )
            if pair in said:
                st.button("I do not know", key="label none", on_click=said.__delitem__, args=(pair,))
        alike = sum(label.same for label in said.values())
        st.markdown(labels_in_words(alike, len(said) - alike))
        enough = len(said) >= FEWEST_PAIRS and 0 < alike < len(said)
        st.button("Calibrate on these pairs", key="calibrate", disabled=not enough, on_click=_calibrate)
        for sentence in st.session_state.get(FAILED, ()):
            st.error(sentence)
        own = own_calibrations().get(name)
        if own is not None and own.name == LABELLED:
            offer("Calibration of this model", own.to_json(), f"{name}.calibration.json", "application/json")


def _known_by(subject: Subject) -> str:
    """Equal for equal people, however often they are cut out."""
    return hashlib.sha256(subject.whole.times_s.tobytes() + subject.whole.frames[0].tobytes()).hexdigest()


def _calibrate() -> None:
    said = [*labels().values()]
    same, failed = np.array([label.same for label in said]), []
    for known in all_checkpoints():
        distances = np.array([label.distances[known.name] for label in said])
        try:
            own_calibrations()[known.name] = calibrate_own(distances, same, known, LABELLED, "auto")
        except ValueError as error:
            failed.append(str(error))
    st.session_state[FAILED] = failed

"""Pairs that the user knows: collected here, and the models calibrated on them without a command."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import streamlit as st

from reid_core.evaluation import FEWEST_PAIRS, Comparison, calibrate_own
from reid_core.video import Subject
from ui.calibrations import own_calibrations
from ui.carried import carry, taken
from ui.loaders import all_checkpoints
from ui.verify.words import LABELLED, LABELLING, TOO_MANY, labels_in_words

FAILED, LINKED = "labelling failed", "labels"
DIGITS = 12  # of a person's digest


@dataclass(frozen=True)
class Label:
    """What the user says of two people, and how far apart each model sees them, by checkpoint."""

    same: bool
    distances: Mapping[str, float]


def labels() -> dict[frozenset[str], Label]:
    """The pairs that the user labelled in this session, by the two people."""
    kept: dict[frozenset[str], Label] = st.session_state.setdefault("labels", {})
    return kept


def link_labels() -> None:
    """Take the labels that the link brings, and let it say all."""
    with suppress(ValueError, TypeError, AttributeError):
        for people, same, distances in taken(LINKED):
            known = {str(model): float(distance) for model, distance in distances.items()}
            labels().setdefault(frozenset(map(str, people)), Label(bool(same), known))
    rounded = [
        (sorted(pair), label.same, {model: round(distance, 4) for model, distance in label.distances.items()})
        for pair, label in labels().items()
    ]
    if not carry(LINKED, rounded):
        st.caption(TOO_MANY)


def label_pair(subjects: tuple[Subject, Subject], results: Mapping[str, Comparison]) -> None:
    """Ask whether two people are one, and offer to calibrate on all pairs that were answered."""
    link_labels()
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


def _known_by(subject: Subject) -> str:
    """Equal for equal people, however often they are cut out."""
    return hashlib.sha256(subject.whole.times_s.tobytes() + subject.whole.frames[0].tobytes()).hexdigest()[:DIGITS]


def _calibrate() -> None:
    said = [*labels().values()]
    same, failed = np.array([label.same for label in said]), []
    for known in all_checkpoints():
        try:
            distances = np.array([label.distances[known.name] for label in said])
            own_calibrations()[known.name] = calibrate_own(distances, same, known, LABELLED, "auto")
        except KeyError:
            failed.append(f"pairs must be labelled with {known.name} too, some were not")
        except ValueError as error:
            failed.append(str(error))
    st.session_state[FAILED] = failed

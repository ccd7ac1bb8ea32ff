"""A verdict as a table of all models and as a file to download."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from reid_core.evaluation import Comparison, weights_fingerprint
from reid_core.model import Checkpoint
from reid_core.runs import package_versions
from reid_core.video import Subject
from ui.footage import Footage
from ui.provenance import video_facts
from ui.verify.words import agreement
from ui.words import WHAT_IT_KEEPS, model_title


def verdict_table(results: Mapping[str, Comparison]) -> pd.DataFrame:
    """One row a model: its answer, how sure it is, distance and threshold, and where that is from."""
    rows = [
        {
            "Model": model_title(name),
            "Verdict": result.answer,
            "Same person": 100 * result.probability_same,
            "Distance": result.distance,
            "Threshold": result.threshold,
            "What it does": WHAT_IT_KEEPS.get(name, ""),
            "Calibrated on": result.calibration,
        }
        for name, result in results.items()
    ]
    return pd.DataFrame(rows)


def show_table(table: pd.DataFrame) -> None:
    """The table of ``verdict_table`` with units."""
    st.dataframe(
        table,
        hide_index=True,
        alt="What every model says about this pair",
        column_config={
            "Same person": st.column_config.ProgressColumn(
                "Same person, %", format="%.0f", min_value=0, max_value=100, help="Probability of the same person"
            ),
            "Distance": st.column_config.NumberColumn(format="%.3f", help="Each model has a scale of its own"),
            "Threshold": st.column_config.NumberColumn(format="%.3f"),
        },
    )


@dataclass(frozen=True)
class Case:
    """What a report is about: the person chosen in each of two videos, and what every model says, by checkpoint.

    checkpoints: with the calibrations that were used. model: the one that is told first. seconds: what it took.
    created: when, ISO 8601.
    """

    footage: tuple[Footage, Footage]
    subjects: tuple[Subject, Subject]
    results: Mapping[str, Comparison]
    checkpoints: Mapping[str, Checkpoint]
    model: str
    seconds: float
    created: str

    @property
    def result(self) -> Comparison:
        """What the model says that is told first."""
        return self.results[self.model]

    @property
    def checkpoint(self) -> Checkpoint:
        """That model."""
        return self.checkpoints[self.model]


def report(case: Case) -> str:
    """JSON with the keys of ``compare --json`` for one checkpoint, what it was made from, and the same of every one."""
    content = case.result.to_dict() | {
        "agreement": agreement(tuple(case.results.values()))[0],
        "created": case.created,
        "seconds": round(case.seconds, 3),
        "versions": package_versions(),
        "videos": [video_facts(*side) for side in zip(case.footage, case.subjects, strict=True)],
        "heads": [
            result.to_dict() | {"fingerprint": weights_fingerprint(case.checkpoints[name])}
            for name, result in case.results.items()
        ],
    }
    return json.dumps(content, indent=2)


def provenance(known: Checkpoint) -> str:
    """What a checkpoint learned from, as one sentence."""
    return f"Trained on {known.trained_on or 'data that its card does not name'}."


def show_card(known: Checkpoint) -> None:
    """The model card as a table of names and values."""
    values = {key.replace("_", " "): _plain(value) for key, value in known.card.items()}
    st.table(pd.DataFrame({"": values}))


def _plain(value: object) -> str:
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)

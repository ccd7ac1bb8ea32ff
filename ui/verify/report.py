"""A verdict as a table of all models and as a file to download."""

import json
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from reid_core.evaluation import Comparison
from reid_core.model import Checkpoint
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


def report(results: Mapping[str, Comparison], name: str, seconds: float) -> str:
    """JSON with the keys of ``compare --json`` for one checkpoint, and ``heads``: the same for every one."""
    content = results[name].to_dict() | {"seconds": round(seconds, 3)}
    return json.dumps(content | {"heads": [result.to_dict() for result in results.values()]}, indent=2)


def provenance(checkpoint: Checkpoint) -> str:
    """What a checkpoint learned from, as one sentence."""
    return f"Trained on {checkpoint.trained_on or 'data that its card does not name'}."


def show_card(checkpoint: Checkpoint) -> None:
    """The model card as a table of names and values."""
    values = {key.replace("_", " "): _plain(value) for key, value in checkpoint.card.items()}
    st.table(pd.DataFrame({"": values}))


def _plain(value: object) -> str:
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)

"""What is loaded once and shared by all sessions: examples, checkpoints, the detector."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from reid_core.evaluation import Comparison, compare_all
from reid_core.model import CHECKPOINT_FOLDER, Checkpoint, load_checkpoint
from reid_core.video import PersonDetector, find_subject
from ui.words import MODELS, WHAT_IT_KEEPS, model_title

EXAMPLES_FOLDER = Path(__file__).resolve().parents[1] / "assets" / "examples"


@dataclass(frozen=True)
class Example:
    """A bundled pair of videos with its poster and plain words.

    truth: same, different or choose. covered: which share of the second, its end, is covered.
    """

    key: str
    title: str
    story: str
    truth: str
    a: Path
    b: Path
    covered: float = 0.0

    @property
    def poster(self) -> Path:
        """Some frames of both videos side by side."""
        return self.a.parent / f"{self.key}.jpg"


@st.cache_data
def examples(folder: Path = EXAMPLES_FOLDER) -> dict[str, Example]:
    """The bundled pairs by their key, in the order of their list."""
    listed: list[dict[str, Any]] = json.loads((folder / "examples.json").read_text())
    return {row["key"]: Example(**{**row, "a": folder / row["a"], "b": folder / row["b"]}) for row in listed}


@st.cache_data
def checkpoint_names(folder: Path = CHECKPOINT_FOLDER) -> list[str]:
    """The checkpoints that ship, the main one first."""
    known = list(MODELS)
    found = [path.stem for path in folder.glob("*.safetensors")]
    return sorted(found, key=lambda name: (known.index(name) if name in known else len(known), name))


@st.cache_resource(max_entries=12, show_spinner="Loading a model")
def checkpoint(name: str) -> Checkpoint:
    """A checkpoint by its name; shared, so never changed."""
    found = load_checkpoint(name)
    found.network.freeze_encoder()  # so that encoders are told apart without reading their weights again
    return found


@st.cache_resource(show_spinner="Loading the person detector")
def detector() -> PersonDetector:
    """The person detector; shared, so never changed."""
    return PersonDetector()


def all_checkpoints() -> tuple[Checkpoint, ...]:
    """Every checkpoint that ships, in the order of ``checkpoint_names``."""
    return tuple(checkpoint(name) for name in checkpoint_names())


@st.cache_data(max_entries=8, show_spinner="Comparing the bundled pair")
def example_verdicts(key: str) -> tuple[Comparison, ...]:
    """What every model says about a bundled pair of person crops."""
    example = examples()[key]
    a, b = (find_subject(path, path.name, "full") for path in (example.a, example.b))
    return compare_all(a, b, all_checkpoints())


def model_table() -> pd.DataFrame:
    """What ships: one row a model, from the model cards."""
    shipped = {name: checkpoint(name) for name in checkpoint_names()}
    rows = [
        {
            "Model": model_title(name),
            "What it does": WHAT_IT_KEEPS.get(name, ""),
            "Trained on": one.trained_on or "unknown",
            "Persons": str(one.card.get("persons", "")),
        }
        for name, one in shipped.items()
    ]
    return pd.DataFrame(rows, columns=["Model", "What it does", "Trained on", "Persons"])

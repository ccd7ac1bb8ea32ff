"""What is loaded once and shared by all sessions: examples, checkpoints, the detector."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from reid_core.evaluation import Comparison, compare_all
from reid_core.model import CHECKPOINT_FOLDER, Checkpoint, load_checkpoint
from reid_core.video import PersonDetector, find_subject
from ui.library import roots
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


def checkpoint_names() -> list[str]:
    """The checkpoints that ship, and those of the user's own runs that a link brought to this session."""
    return [*shipped_names(), *_own_names()]


def _own_names() -> list[str]:
    kept: list[str] = st.session_state.setdefault("own checkpoints", [])
    linked = st.query_params.get("own", "")
    if linked not in kept and _own_file(linked) is not None:
        kept.append(linked)
    return kept


def _own_file(name: str) -> Path | None:
    """The weights that a run kept of a split, named as RUN/split_K."""
    run, _, split = name.partition("/")
    path = roots()[1] / run / f"{split}.safetensors"
    return path if run and path.parent.parent == roots()[1] and path.is_file() else None


@st.cache_data
def shipped_names(folder: Path = CHECKPOINT_FOLDER) -> list[str]:
    """The checkpoints that ship, the main one first."""
    known = list(MODELS)
    found = [path.stem for path in folder.glob("*.safetensors")]
    return sorted(found, key=lambda name: (known.index(name) if name in known else len(known), name))


@st.cache_resource(max_entries=12, show_spinner="Loading a model")
def checkpoint(name: str) -> Checkpoint:
    """A checkpoint by its name; shared, so never changed."""
    own = _own_file(name)
    found = load_checkpoint(name) if own is None else replace(load_checkpoint(own), name=name)
    found.network.freeze_encoder()  # so that encoders are told apart without reading their weights again
    return found


@st.cache_resource(show_spinner="Loading the person detector")
def detector() -> PersonDetector:
    """The person detector; shared, so never changed."""
    return PersonDetector()


def all_checkpoints() -> tuple[Checkpoint, ...]:
    """Every checkpoint that there is, in the order of ``checkpoint_names``."""
    return tuple(checkpoint(name) for name in checkpoint_names())


@st.cache_data(max_entries=8, show_spinner="Comparing the bundled pair")
def example_verdicts(key: str) -> tuple[Comparison, ...]:
    """What every model says about a bundled pair of person crops."""
    example = examples()[key]
    a, b = (find_subject(path, path.name, "full") for path in (example.a, example.b))
    return compare_all(a, b, tuple(checkpoint(name) for name in shipped_names()))


def model_table() -> pd.DataFrame:
    """What ships: one row a model, from the model cards."""
    shipped = {name: checkpoint(name) for name in shipped_names()}
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

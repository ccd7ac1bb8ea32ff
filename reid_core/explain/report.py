"""Importances as tables and plain values, to store and to download; the page and the command write the same ones."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reid_core.explain.importance import Importance, hops
from reid_core.explain.summary import profiles

HOPS = 12

Ints = NDArray[np.int64]


def importance_table(found: Mapping[str, Importance], frames: Ints, times_s: NDArray[np.float64]) -> pd.DataFrame:
    """A row a frame: frame, time_s, and a column MODEL_MEASURE for each measure of each model.

    Args: found: importances of T frames by model. frames: their places in the tracklet, (T,). times_s: (T,).
    """
    columns: dict[str, NDArray[Any]] = {"frame": frames, "time_s": times_s}
    for model, importance in found.items():
        for measure, values in importance.measures.items():
            columns[f"{model}_{measure}"] = values
        if importance.distance_change is not None:
            columns[f"{model}_distance_change"] = importance.distance_change
    return pd.DataFrame(columns)


def step_names(frames: Ints, steps: int) -> list[Any]:
    """What the steps of a clip are called: by their frame, and those that close it "reading 1", "reading 2", ..."""
    return [*frames.tolist(), *(f"reading {c}" for c in range(1, steps - len(frames) + 1))]


def attention_table(attention: NDArray[np.float64], frames: Ints) -> pd.DataFrame:
    """alpha with a row for each step, named by its frame or "reading 1", ..., and a column for each frame looked at."""
    index = pd.Index(step_names(frames, len(attention)), name="step")
    return pd.DataFrame(attention, index=index, columns=[str(frame) for frame in frames])


def summary(importance: Importance) -> dict[str, Any]:
    """Each measure's profile, how well alpha agrees with it (Spearman), and the ways back; plain values for JSON."""
    attends = importance.attention is not None
    result: dict[str, Any] = {
        name: asdict(of) | ({"agreement": agrees} if attends and name != "attention" else {})
        for name, (of, agrees) in profiles(importance.measures).items()
    }
    if importance.attention is not None:
        result["hops"] = [asdict(hop) for hop in hops(importance.attention, HOPS)]
    return result

"""Importances as tables and plain values, to store and to download; the page and the command write the same ones."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reid_core.explain.importance import Importance, hops, walks
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


def steps_that_attend(attention: NDArray[np.float64], frames: Ints) -> tuple[NDArray[np.float64], list[Any]]:
    """alpha and the names of its steps: of all, or of the readings alone where no frame attends.

    Args: attention: (T + C, T). frames: places of the T frames. Returns: (S, T), and S names.
    """
    names = step_names(frames, len(attention))
    first = 0 if walks(attention) or len(attention) == len(frames) else len(frames)
    return attention[first:], names[first:]


def attention_table(attention: NDArray[np.float64], frames: Ints) -> pd.DataFrame:
    """alpha with a row for each step that attends, named by its frame or "reading 1", and a column for each frame."""
    rows, names = steps_that_attend(attention, frames)
    return pd.DataFrame(rows, index=pd.Index(names, name="step"), columns=[str(frame) for frame in frames])


def summary(importance: Importance) -> dict[str, Any]:
    """Each measure's profile, how well alpha agrees with it (Spearman), and the ways back, if
    there are any; plain values for JSON."""
    attends = importance.attention is not None
    result: dict[str, Any] = {
        name: asdict(of) | ({"agreement": agrees} if attends and name != "attention" else {})
        for name, (of, agrees) in profiles(importance.measures).items()
    }
    if importance.attention is not None and walks(importance.attention):
        result["hops"] = [asdict(hop) for hop in hops(importance.attention, HOPS)]
    return result

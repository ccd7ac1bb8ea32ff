"""What the Bias lab shows: features once a video and once a cover, then heads only."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray
from torch import Tensor

from reid_core.data import Measured, measure
from reid_core.data.synthetic import cover
from reid_core.evaluation import Comparison, comparison
from reid_core.explain import (
    Edit,
    PairSweep,
    arranged,
    attention_of,
    cover_place,
    edited,
    embed_many,
    frame_features,
    gradient_norms,
    leave_one_out,
    sweep_pair,
    visits,
)
from reid_core.model import HeadOutput
from reid_core.runs import BIAS_TABLE, RunError, bias_curve, read_bias, task_of
from ui.attention.data import has_attention
from ui.calibrations import calibrated
from ui.clips import Clip, features_of
from ui.footage import remembered
from ui.library import library
from ui.loaders import checkpoint, checkpoint_names
from ui.words import model_title

SEED = 0  # of who steps in front, and of the shuffling
POSITIONS = 17

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Covered:
    """A clip with all of its frames covered: as seen, uint8 (T, 128, 64, 3), and as each model makes of them."""

    frames: NDArray[np.uint8]
    features: Mapping[str, Tensor]


@dataclass(frozen=True)
class Experiment:
    """A pair of which one clip was edited.

    frames: of the edited clip, uint8 (T', 128, 64, 3); places: in the tracklet, (T',); start, count: of the cover.
    before, after: verdicts on the pair as filmed and as edited. importance: (T',) by model, of the crop that is not
    mirrored, so that it follows a cover that is dragged. sweeps: the distance over the position of the cover by
    model, none without a cover.
    """

    clip: Clip
    edit: Edit
    measure: str
    frames: NDArray[np.uint8]
    places: NDArray[np.int64]
    start: int
    count: int
    before: tuple[Comparison, ...]
    after: tuple[Comparison, ...]
    importance: dict[str, Floats]
    sweeps: dict[str, PairSweep]


def experiment(clip: Clip, partner: Clip, edit: Edit, measured: str) -> Experiment:
    """Edit a clip of a pair and ask every model, with progress where something is computed for the first time.

    Args: measured: the importance, of ``MEASURE_TITLES``. Raises: ValueError for a clip of a single frame.
    """
    covered = None if edit.cover is None else _covered(clip, edit.cover)
    before, after, importance, sweeps = [], [], {}, {}
    for name in checkpoint_names():
        head = checkpoint(name).network.head
        now = embed_many(head, _edited(name, clip, edit, covered)[None])
        before.append(_comparison(name, _output(name, clip), clip, partner))
        after.append(_comparison(name, now, clip, partner))
        if measured not in ("attention", "visits") or has_attention(name):
            importance[name] = _importance(name, clip, edit, covered, measured)
        if covered is not None:
            sweeps[name] = _sweep(name, clip, partner, edit, covered)
    shown = arranged(len(clip), edit)
    start, count = cover_place(len(shown), edit)
    frames = clip.frames[shown]
    if covered is not None:
        frames[start : start + count] = covered.frames[shown[start : start + count]]
    return Experiment(
        clip, edit, measured, frames, clip.places[shown], start, count, tuple(before), tuple(after), importance, sweeps
    )


def relative_sweeps(shown: Experiment) -> dict[str, Floats]:
    """Distance / threshold over the position of the cover, (K,), by model."""
    return {
        result.checkpoint: shown.sweeps[result.checkpoint].distances / result.threshold
        for result in shown.after
        if result.checkpoint in shown.sweeps
    }


def sweep_positions(sweep: PairSweep, length: int) -> Floats:
    """Where the covers of a sweep are, in percent of the way from the start of the clip to its end, (K,)."""
    return 100 * sweep.starts / max(length - sweep.count, 1)


def stored_curves(kind: str) -> dict[str, dict[str, pd.DataFrame]]:
    """Rank-1 over the position of a cover, a table position and rank_1, by task and run of those that have stored it.

    A run whose table is damaged is told and left out.
    """
    curves: dict[str, dict[str, pd.DataFrame]] = {}
    models = {name: number for number, name in enumerate(checkpoint_names())}
    # in the order of the models, so that a head has its model's colour
    for run in sorted(library().runs.values(), key=lambda run: models.get(run.info.head, len(models))):
        try:
            curve = _stored_curve(str(run.folder), _stamp(run.folder / BIAS_TABLE), kind)
        except RunError as error:
            st.warning(str(error))
            continue
        if curve is not None and len(curve):
            curves.setdefault(str(task_of(run)), {})[run.info.name] = curve
    return curves


def verdict_numbers(shown: Experiment) -> pd.DataFrame:
    """A row a model: distances, threshold, probabilities and answers, as filmed and as edited."""
    rows = [
        {
            "model": after.checkpoint,
            "distance_filmed": before.distance,
            "distance": after.distance,
            "threshold": after.threshold,
            "distance_over_threshold": after.distance / after.threshold,
            "probability_same_filmed": before.probability_same,
            "probability_same": after.probability_same,
            "verdict_filmed": before.verdict,
            "verdict": after.verdict,
        }
        for before, after in zip(shown.before, shown.after, strict=True)
    ]
    return pd.DataFrame(rows)


def frame_numbers(shown: Experiment) -> pd.DataFrame:
    """A row a frame of the edited clip: which it is in the video, whether it is covered, its importance by model."""
    at = np.arange(len(shown.places))
    covered = (at >= shown.start) & (at < shown.start + shown.count)
    columns = {"frame": at, "frame_in_video": shown.places, "covered": covered}
    return pd.DataFrame(columns | {f"{name}_{shown.measure}": one for name, one in shown.importance.items()})


def sweep_numbers(shown: Experiment) -> pd.DataFrame:
    """A row a position of the cover: its first frame, and the distance by model; empty without a cover."""
    if not shown.sweeps:
        return pd.DataFrame()
    starts = next(iter(shown.sweeps.values())).starts
    return pd.DataFrame(
        {"first_covered_frame": starts} | {f"{name}_distance": one.distances for name, one in shown.sweeps.items()}
    )


def _stamp(path: Path) -> int:
    """Changes with the file; 0 without one."""
    return path.stat().st_mtime_ns if path.exists() else 0


@st.cache_data(max_entries=4096, show_spinner=False)
def _stored_curve(folder: str, stamp: int, kind: str) -> pd.DataFrame | None:
    bias = read_bias(Path(folder))
    return None if bias is None else bias_curve(bias, kind)


def _covered(clip: Clip, kind: str) -> Covered:
    return remembered(f"covered {kind}", clip.key, lambda: _cover(clip, kind))


def _cover(clip: Clip, kind: str) -> Covered:
    """Cover all frames of the tracklet and encode them, once for each model; as ``covered_features`` does."""
    place, whole = st.empty(), clip.subject.tracklet.frames
    place.progress(0.0, f"Covering {len(whole)} frames")
    frames = cover(whole, 0, len(whole), kind, SEED)
    measured = measure(frames)
    place.empty()
    return Covered(frames[clip.places], {name: _read(name, clip, measured) for name in checkpoint_names()})


def _features(name: str, clip: Clip) -> Tensor:
    return features_of(name, clip, partial(_read, name, clip))


def _read(name: str, clip: Clip, measured: Measured) -> Tensor:
    """The features that a model makes of a clip's frames, with progress."""
    names = checkpoint_names()
    place = st.progress(names.index(name) / len(names), f"{model_title(name)}: reading {len(clip)} frames")
    features = frame_features(checkpoint(name).network, measured)
    place.empty()
    return features


def _edited(name: str, clip: Clip, edit: Edit, covered: Covered | None) -> Tensor:
    return edited(_features(name, clip), None if covered is None else covered.features[name], edit)


def _output(name: str, clip: Clip) -> HeadOutput:
    head = checkpoint(name).network.head
    return remembered(f"lab output {name}", clip.key, lambda: embed_many(head, _features(name, clip)[None]))


def _comparison(name: str, output: HeadOutput, clip: Clip, partner: Clip) -> Comparison:
    distance = float(checkpoint(name).network.head.distance(output, _output(name, partner)))
    frames = int(output.lengths[0]), len(partner)
    return comparison(distance, clip.subject, partner.subject, frames, calibrated(name))


def _importance(name: str, clip: Clip, edit: Edit, covered: Covered | None, measured: str) -> Floats:
    def compute() -> Floats:
        head, features = checkpoint(name).network.head, _edited(name, clip, edit, covered)[:1]
        if measured == "gradient":
            return gradient_norms(head, features)
        if measured == "left_out":
            return leave_one_out(head, features)[0]
        attention = attention_of(head, features)
        assert attention is not None
        last: Floats = attention[-1]
        return visits(attention) if measured == "visits" else last

    key: Hashable = (clip.key, edit, measured)
    return remembered(f"lab importance {name}", key, compute)


def _sweep(name: str, clip: Clip, partner: Clip, edit: Edit, covered: Covered) -> PairSweep:
    def compute() -> PairSweep:
        frames = arranged(len(clip), edit).tolist()
        plain, hidden = _features(name, clip)[:, frames], covered.features[name][:, frames]
        head = checkpoint(name).network.head
        return sweep_pair(head, plain, hidden, _output(name, partner), edit.share, POSITIONS)

    key = (clip.key, partner.key, edit.cover, edit.share, edit.order, edit.length, edit.longer)
    return remembered(f"lab sweep {name}", key, compute)

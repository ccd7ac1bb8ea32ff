"""What the Bias lab shows: features once a video and once a cover, then heads only."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    COVERED_SHARE,
    Edit,
    EditedClip,
    Outcome,
    edit_frames,
    edited,
    embed_many,
    frame_features,
    importance_by,
    sweep_edited,
    sweep_shares,
)
from reid_core.model import HeadOutput
from reid_core.runs import BIAS_TABLE, RunError, bias_curve, read_bias, task_of
from ui.calibrations import calibrated
from ui.clips import Clip, features_of, held
from ui.footage import remembered
from ui.library import library
from ui.loaders import checkpoint, checkpoint_names
from ui.words import model_title

SEED = 0  # of who steps in front, and of the shuffling
POSITIONS = 17


@dataclass(frozen=True)
class Covered:
    """A clip with all of its frames covered: as seen, uint8 (T, 128, 64, 3), and as each model makes of them."""

    frames: NDArray[np.uint8]
    features: Mapping[str, Tensor]


@dataclass(frozen=True)
class Shown:
    """A pair of which one clip was edited, with what every model makes of it.

    measure: the importance that was asked for. Outcomes: importance is that of the crop that is not mirrored, so that
    it follows a cover that is dragged.
    """

    clip: Clip
    edit: Edit
    measure: str
    edited: EditedClip
    outcomes: tuple[Outcome, ...]

    @property
    def before(self) -> tuple[Comparison, ...]:
        """The verdicts on the pair as filmed."""
        return tuple(one.before for one in self.outcomes)

    @property
    def after(self) -> tuple[Comparison, ...]:
        """The verdicts on the pair as edited."""
        return tuple(one.after for one in self.outcomes)


def edited_pair(clip: Clip, partner: Clip, edit: Edit, measure: str) -> Shown:
    """Edit a clip of a pair and ask every model, with progress where something is computed for the first time.

    Args: measure: of ``MEASURES``. Raises: ValueError for a clip of a single frame.
    """
    covered = None if edit.cover is None else _covered(clip, edit.cover)
    outcomes = tuple(_outcome(name, clip, partner, edit, covered, measure) for name in checkpoint_names())
    frames = edit_frames(clip.frames, None if covered is None else covered.frames, clip.places, edit)
    return Shown(clip, edit, measure, frames, outcomes)


def stored_curves(kind: str) -> dict[str, dict[str, pd.DataFrame]]:
    """Rank-1 over the position of a cover, a table position and rank_1, by task and run of those that have stored it.

    A run whose table is damaged is told and left out.
    """
    curves: dict[str, dict[str, pd.DataFrame]] = {}
    for run in library().runs.values():
        try:
            curve = _stored_curve(str(run.folder), _stamp(run.folder / BIAS_TABLE), kind)
        except RunError as error:
            st.warning(str(error))
            continue
        if curve is not None and len(curve):
            curves.setdefault(str(task_of(run)), {})[run.info.name] = curve
    return curves


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
    seen = {name: checkpoint(name).network.config.input for name in checkpoint_names()}
    measured = {config: measure(frames, config) for config in set(seen.values())}
    place.empty()
    return Covered(frames[clip.places], {name: _read(name, clip, measured[seen[name]]) for name in seen})


def _features(name: str, clip: Clip) -> Tensor:
    return features_of(name, clip, partial(_read, name, clip))


def _read(name: str, clip: Clip, measured: Measured) -> Tensor:
    """The features that a model makes of a clip's frames, with progress."""
    names = checkpoint_names()
    place = st.progress(names.index(name) / len(names), f"{model_title(name)}: reading {len(clip)} frames")
    features = frame_features(checkpoint(name).network, measured)
    place.empty()
    return features


def _output(name: str, clip: Clip) -> HeadOutput:
    head = checkpoint(name).network.head
    return remembered(f"lab output {name}", clip.key, lambda: embed_many(head, _features(name, clip)[None]))


def _outcome(name: str, clip: Clip, partner: Clip, edit: Edit, covered: Covered | None, measured: str) -> Outcome:
    """A cover that is dragged leaves its sweep as it was, and a new measure all but the importance: they are kept."""
    head, plain = checkpoint(name).network.head, _features(name, clip)
    hidden = None if covered is None else covered.features[name]
    features = edited(plain, hidden, edit)
    told, importance = _importance(name, clip, edit, features[:1], measured)
    sweep = fooled = None
    if hidden is not None:
        key = (clip.key, partner.key, replace(edit, position=0.0))
        sweep = remembered(
            f"lab sweep {name}",
            key,
            lambda: sweep_edited(head, plain, hidden, _output(name, partner), edit, POSITIONS),
        )
        anywhere = replace(edit, position=0.0, share=COVERED_SHARE)
        fooled = remembered(
            f"lab shares {name}",
            (clip.key, partner.key, anywhere),
            lambda: sweep_shares(head, plain, hidden, _output(name, partner), anywhere),
        )
    before = _comparison(name, _output(name, clip), clip, partner)
    after = _comparison(name, embed_many(head, features[None]), clip, partner)
    return Outcome(before, after, told, importance, sweep, fooled)


def _importance(
    name: str, clip: Clip, edit: Edit, features: Tensor, measured: str
) -> tuple[str, NDArray[np.float64] | None]:
    """What was asked for and its name; leaving out in the place of an attention that a model does not have."""
    head = checkpoint(name).network.head
    found = remembered(
        f"lab importance {name}", (clip.key, edit, measured), lambda: importance_by(measured, head, features)
    )
    if found is None and measured == "attention":
        return _importance(name, clip, edit, features, "left_out")
    return measured, found


def _comparison(name: str, output: HeadOutput, clip: Clip, partner: Clip) -> Comparison:
    filmed = _output(name, clip), _output(name, partner)
    distance = float(checkpoint(name).network.head.distance(output, filmed[1]))
    frames = int(output.lengths[0]), len(partner)
    known = held(name, clip, partner, filmed)
    return comparison(distance, clip.subject, partner.subject, frames, calibrated(name), known)

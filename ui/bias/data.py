"""What the Bias lab shows: features once a video and once a cover, then heads only, once for all places of it."""

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
    arranged,
    edit_frames,
    edited,
    embed_many,
    frame_features,
    importance_by,
    sweep_cover,
    sweep_left_out,
)
from reid_core.model import HeadOutput
from reid_core.runs import BIAS_TABLE, RunError, bias_curve, read_bias, task_of
from ui.calibrations import calibrated
from ui.clips import Clip, features_of, held
from ui.footage import remembered
from ui.library import library
from ui.loaders import checkpoint, checkpoint_names
from ui.style import model_of
from ui.words import model_title

SEED = 0  # of who steps in front, and of the shuffling

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Covered:
    """A clip with all of its frames covered: as seen, uint8 (T, 128, 64, 3), and as each model makes of them."""

    frames: NDArray[np.uint8]
    features: Mapping[str, Tensor]


@dataclass(frozen=True)
class Shown:
    """A pair of which one clip was edited, with what every model makes of it.

    edited, covered: the clip's frames as they are, and were they all covered. left_out: for models without attention
    leaving out with the cover at every place, (K, T), by model; none without a cover. Outcomes: importance is that of
    the crop that is not mirrored, so that it follows a cover that is dragged.
    """

    clip: Clip
    partner: Clip
    edit: Edit
    edited: EditedClip
    covered: NDArray[np.uint8]
    outcomes: tuple[Outcome, ...]
    left_out: Mapping[str, Floats]

    @property
    def before(self) -> tuple[Comparison, ...]:
        """The verdicts on the pair as filmed."""
        return tuple(one.before for one in self.outcomes)

    @property
    def after(self) -> tuple[Comparison, ...]:
        """The verdicts on the pair as edited."""
        return tuple(one.after for one in self.outcomes)


def edited_pair(clip: Clip, partner: Clip, edit: Edit) -> Shown:
    """Edit a clip of a pair and ask every model, with progress where something is computed for the first time.

    Raises: ValueError for a clip of a single frame.
    """
    hidden = None if edit.cover is None else _covered(clip, edit.cover)
    found = {name: _outcome(name, clip, partner, edit, hidden) for name in checkpoint_names()}
    left_out = {name: swept for name, (_, swept) in found.items() if swept is not None}
    covered = None if hidden is None else hidden.frames
    everywhere = replace(edit, share=1.0, position=0.0)
    return Shown(
        clip,
        partner,
        edit,
        edit_frames(clip.frames, covered, clip.places, edit),
        edit_frames(clip.frames, covered, clip.places, everywhere).frames,
        tuple(outcome for outcome, _ in found.values()),
        left_out,
    )


def measured_by(shown: Shown, measured: str) -> tuple[Outcome, ...]:
    """The outcomes with another importance; leaving out in the place of an attention that a model does not have.

    Args: measured: one of ``MEASURES``.
    """
    if measured == "attention":
        return shown.outcomes
    return tuple(
        replace(one, measure=measured, importance=_importance(one.model, shown, measured)) for one in shown.outcomes
    )


def stored_curves(kind: str) -> dict[str, dict[str, pd.DataFrame]]:
    """Rank-1 over the position of a cover, a table position and rank_1, by task and run of those that have stored it.

    Of a model the first run stands for all: more lines than models could not be told apart, and the page Runs has them.
    A run whose table is damaged is told and left out.
    """
    curves: dict[str, dict[str, pd.DataFrame]] = {}
    told: set[tuple[str, str]] = set()
    for run in library().runs.values():
        one = str(task_of(run)), model_of(run.info.head, run.info.variant)
        if one in told:
            continue
        try:
            curve = _stored_curve(str(run.folder), _stamp(run.folder / BIAS_TABLE), kind)
        except RunError as error:
            st.warning(str(error))
            continue
        if curve is not None and len(curve):
            told.add(one)
            curves.setdefault(one[0], {})[run.info.name] = curve
    return curves


def _stamp(path: Path) -> int:
    """Changes with the file; 0 without one."""
    return path.stat().st_mtime_ns if path.exists() else 0


@st.cache_data(max_entries=4096, show_spinner=False)
def _stored_curve(folder: str, stamp: int, kind: str) -> pd.DataFrame | None:
    bias = read_bias(Path(folder))
    return None if bias is None else bias_curve(bias, kind)


def _covered(clip: Clip, kind: str) -> Covered:
    key = (clip.key, *checkpoint_names())
    return remembered(f"covered {kind}", key, lambda: _cover(clip, kind), of=(clip.footage.source,))


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
    head, of = checkpoint(name).network.head, (clip.footage.source,)
    return remembered(f"lab output {name}", clip.key, lambda: embed_many(head, _features(name, clip)[None]), of=of)


def _outcome(
    name: str, clip: Clip, partner: Clip, edit: Edit, covered: Covered | None
) -> tuple[Outcome, Floats | None]:
    """What a model makes of the edited pair, and leaving out at all places of the cover if it has no attention."""
    head, plain, own = checkpoint(name).network.head, _features(name, clip), (clip.footage.source,)
    before = _comparison(name, _distance(name, _output(name, clip), partner), clip, partner, Edit())
    if covered is None:
        features = edited(plain, None, edit)
        after = _comparison(name, _distance(name, embed_many(head, features[None]), partner), clip, partner, edit)
        measured = "attention" if head.config.attends else "left_out"
        asked = (clip.key, edit, measured)
        found = remembered(f"lab importance {name}", asked, lambda: importance_by(measured, head, features[:1]), of=own)
        return Outcome(before, after, measured, found, None), None
    hidden, anywhere = covered.features[name], replace(edit, position=0.0, share=COVERED_SHARE)
    pair = (clip.key, partner.key, anywhere)
    sweep = remembered(
        f"lab sweep {name}",
        pair,
        lambda: sweep_cover(head, plain, hidden, _output(name, partner), anywhere),
        of=(*own, partner.footage.source),
    )
    row, column = sweep.nearest(edit)
    after = _comparison(name, float(sweep.distances[row, column]), clip, partner, edit)
    if sweep.alpha is not None:
        return Outcome(before, after, "attention", sweep.alpha[row, column], sweep), None
    share = (clip.key, replace(edit, position=0.0))
    left_out = remembered(
        f"lab left out {name}", share, lambda: sweep_left_out(head, plain[:1], hidden[:1], edit), of=own
    )
    return Outcome(before, after, "left_out", left_out[column], sweep), left_out


def _importance(name: str, shown: Shown, measured: str) -> Floats | None:
    head, edit = checkpoint(name).network.head, shown.edit
    hidden = None if edit.cover is None else _covered(shown.clip, edit.cover).features[name]
    features = edited(_features(name, shown.clip), hidden, edit)[:1]
    key = (shown.clip.key, edit, measured)
    of = (shown.clip.footage.source,)
    return remembered(f"lab importance {name}", key, lambda: importance_by(measured, head, features), of=of)


def _distance(name: str, output: HeadOutput, partner: Clip) -> float:
    return float(checkpoint(name).network.head.distance(output, _output(name, partner)))


def _comparison(name: str, distance: float, clip: Clip, partner: Clip, edit: Edit) -> Comparison:
    filmed = _output(name, clip), _output(name, partner)
    frames = len(arranged(len(clip), edit)), len(partner)
    known = held(name, clip, partner, filmed)
    return comparison(distance, clip.subject, partner.subject, frames, calibrated(name), known)

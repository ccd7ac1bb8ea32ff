"""A pair of which one clip was edited: what models made of it as filmed, and what they make of it now."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from reid_core.evaluation import Comparison
from reid_core.explain.edit import NOT_COVERED, Edit, arranged, cover_place
from reid_core.explain.position_bias import POSITIONS, PairSweep, sweep_pair
from reid_core.explain.share_sweep import ShareSweep
from reid_core.model import Head, HeadOutput

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EditedClip:
    """The frames of a clip after an edit.

    frames: uint8 (T', H, W, 3). places: which frame of the tracklet each is, (T',). start, count: of the cover.
    """

    frames: NDArray[np.uint8]
    places: NDArray[np.int64]
    start: int
    count: int

    def __len__(self) -> int:
        return len(self.places)

    @property
    def covered(self) -> slice:
        """Where the cover is, ``NOT_COVERED`` without one."""
        return slice(self.start, self.start + self.count) if self.count else NOT_COVERED


@dataclass(frozen=True)
class Outcome:
    """What one model makes of a pair of which one clip was edited.

    before, after: as filmed and as edited. measure, importance: of the edited clip's frames, (T',), None where the
    model has no such measure. sweep, fooled: the distance over the position and over the share of the cover, None
    without a cover.
    """

    before: Comparison
    after: Comparison
    measure: str
    importance: Floats | None
    sweep: PairSweep | None
    fooled: ShareSweep | None = None

    @property
    def model(self) -> str:
        """Whose outcome it is."""
        return self.after.checkpoint

    @property
    def relative_distance(self) -> float:
        """Distance / threshold now: each model has a scale of distance of its own; 1 is as near to one as to two."""
        return self.after.distance / self.after.threshold


def edit_frames(
    frames: NDArray[np.uint8], covered: NDArray[np.uint8] | None, places: NDArray[np.int64], edit: Edit
) -> EditedClip:
    """What ``edited`` makes of the features, seen.

    Args: frames, covered: uint8 (T, H, W, 3), as filmed and all covered, None without a cover. places: of the frames
        in their tracklet, (T,).
    """
    shown = arranged(len(frames), edit)
    clip = EditedClip(frames[shown], places[shown], *cover_place(len(shown), edit))
    if covered is not None:
        clip.frames[clip.covered] = covered[shown[clip.covered]]
    return clip


def sweep_edited(
    head: Head, features: Tensor, covered: Tensor, partner: HeadOutput, edit: Edit, positions: int = POSITIONS
) -> PairSweep:
    """Move the cover of an edit over its clip, after order and length were changed.

    Args: features, covered: (V, T, q). partner: the other clip, an output of one clip.
    """
    frames = arranged(features.shape[1], edit).tolist()
    return sweep_pair(head, features[:, frames], covered[:, frames], partner, edit.share, positions)


def outcome_table(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """A row a model: distances, threshold, probabilities and answers, as filmed and as edited."""
    rows = [
        {
            "model": one.model,
            "distance_filmed": one.before.distance,
            "distance": one.after.distance,
            "threshold": one.after.threshold,
            "distance_over_threshold": one.relative_distance,
            "probability_same_filmed": one.before.probability_same,
            "probability_same": one.after.probability_same,
            "verdict_filmed": one.before.verdict,
            "verdict": one.after.verdict,
        }
        for one in outcomes
    ]
    return pd.DataFrame(rows)


def frame_table(clip: EditedClip, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """A row a frame of the edited clip: which it is in the video, whether it is covered, its importance by model."""
    frames = np.arange(len(clip))
    table = pd.DataFrame({"frame": frames, "frame_in_video": clip.places, "covered": False})
    table.loc[frames[clip.covered], "covered"] = True
    found = {f"{one.model}_{one.measure}": one.importance for one in outcomes if one.importance is not None}
    return table.assign(**found)


def sweep_table(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """A row a position of the cover: its first frame, and the distance by model; empty without a cover."""
    table = pd.DataFrame()
    for one in outcomes:
        if one.sweep is not None:
            table["first_covered_frame"] = one.sweep.starts
            table[f"{one.model}_distance"] = one.sweep.distances
    return table


def share_table(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """A row a share of the clip that is covered: by model the distance, mean over the positions; empty without any."""
    table = pd.DataFrame()
    for one in outcomes:
        if one.fooled is not None:
            table["share"] = one.fooled.shares
            table[f"{one.model}_distance"] = one.fooled.mean
    return table

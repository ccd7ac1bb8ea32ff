"""A pair of which one clip was edited: what models made of it as filmed, and what they make of it now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reid_core.evaluation import Comparison
from reid_core.explain.cover_sweep import CoverSweep
from reid_core.explain.edit import NOT_COVERED, Edit, arranged, cover_place

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
    model has no such measure. sweep: the distance over share and place of the cover, None without one.
    """

    before: Comparison
    after: Comparison
    measure: str
    importance: Floats | None
    sweep: CoverSweep | None

    @property
    def model(self) -> str:
        """Whose outcome it is."""
        return self.after.checkpoint

    def at(self, row: int, column: int) -> Comparison:
        """The verdict under another cover of the sweep. Raises: ValueError without a sweep, or a scale of distances."""
        if self.sweep is None or self.after.scale is None:
            raise ValueError(f"outcome of {self.model} must have a sweep and a scale to be read elsewhere, it has none")
        distance, scale = float(self.sweep.distances[row, column]), self.after.scale
        verdict, sure = scale.verdict(distance), scale.probability_same(distance)
        return replace(self.after, distance=distance, verdict=verdict, probability_same=sure)

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
    """A row a place of the cover, for each share that it hides: where it lies, and the distance by model.

    Returns: empty without a cover.
    """
    swept = {one.model: one.sweep for one in outcomes if one.sweep is not None}
    if not swept:
        return pd.DataFrame()
    first = next(iter(swept.values()))
    share, position = np.meshgrid(first.shares, first.places, indexing="ij")
    table: dict[str, NDArray[Any]] = {"share": share, "position": position}
    table |= {"first_covered_frame": first.covers[..., 0], "covered_frames": first.covers[..., 1]}
    table |= {f"{model}_distance": sweep.distances for model, sweep in swept.items()}
    return pd.DataFrame({name: values.ravel() for name, values in table.items()})

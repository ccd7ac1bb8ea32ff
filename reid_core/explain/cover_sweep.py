"""What a head makes of a pair wherever a cover lies on one clip, and however much it hides."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.evaluation import embed_views
from reid_core.explain.edit import Edit, arranged, cover_place
from reid_core.explain.importance import leave_one_out
from reid_core.explain.position_bias import splice
from reid_core.model import Head, HeadOutput

SHARES = tuple(step / 20 for step in range(20))  # that are covered
PLACES = tuple(step / 20 for step in range(21))  # of the cover, from the start of the clip to its end

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CoverSweep:
    """A pair over the share of one clip that is covered and the place of the cover.

    shares: (S,), ascending, the first 0. places: (K,), from 0, the start of the clip, to 1, its end. covers: the first
    covered frame and how many, (S, K, 2). distances: (S, K). alpha: attention on the T frames of the edited clip,
    (S, K, T), None for heads without.
    """

    shares: Floats
    places: Floats
    covers: NDArray[np.int64]
    distances: Floats
    alpha: Floats | None = None

    @property
    def mean(self) -> Floats:
        """The distance over the share, mean over the places, (S,)."""
        return np.asarray(self.distances.mean(1))

    def nearest(self, edit: Edit) -> tuple[int, int]:
        """The row and the column that are nearest to the cover of an edit."""
        return int(np.abs(self.shares - edit.share).argmin()), int(np.abs(self.places - edit.position).argmin())

    def turns(self, threshold: float) -> float | None:
        """The share at which the mean distance comes to the other side of the threshold; None: at none of them."""
        return crossing(self.shares, self.mean, threshold)

    def first_turn(self, threshold: float) -> float | None:
        """The same of the place where it happens first."""
        found = [crossing(self.shares, curve, threshold) for curve in self.distances.T]
        return min((share for share in found if share is not None), default=None)


@torch.no_grad()
def sweep_cover(head: Head, features: Tensor, covered: Tensor, partner: HeadOutput, edit: Edit) -> CoverSweep:
    """Let the cover of an edit hide ``SHARES`` of its clip at all ``PLACES``, after order and length were changed.

    Args: features, covered: (V, T, q), as filmed and all covered. partner: the other clip, an output of one clip.
    """
    plain, hidden = _arranged(features, covered, edit)
    covers = np.array([covers_of(plain.shape[1], replace(edit, share=share)) for share in SHARES[1:]])
    outputs = [embed_views(head, plain[None]), *(embed_views(head, _spliced(plain, hidden, row)) for row in covers)]
    distances = [_row(head.distance(output, partner)[:, 0].double().numpy()) for output in outputs]
    alpha = [_row(output.alpha.double().numpy()) for output in outputs if output.alpha is not None]
    covers = np.concatenate([np.zeros_like(covers[:1]), covers])
    return CoverSweep(
        np.array(SHARES), np.array(PLACES), covers, np.stack(distances), np.stack(alpha) if alpha else None
    )


def sweep_left_out(head: Head, features: Tensor, covered: Tensor, edit: Edit) -> Floats:
    """``leave_one_out`` of an edited clip with its cover at all ``PLACES``, (K, T).

    It takes T times as long as embedding, so it is done for the share of the edit alone.

    Args: features, covered: (V, T, q). Raises: ValueError for a clip of one frame.
    """
    plain, hidden = _arranged(features, covered, edit)
    covers, which = np.unique(covers_of(plain.shape[1], edit), axis=0, return_inverse=True)
    return np.stack([leave_one_out(head, clip)[0] for clip in _spliced(plain, hidden, covers)])[which]


def covers_of(length: int, edit: Edit) -> NDArray[np.int64]:
    """The first covered frame and how many, of T frames, at all ``PLACES``: (K, 2)."""
    return np.array([cover_place(length, replace(edit, position=place)) for place in PLACES])


def crossing(x: Floats, y: Floats, level: float) -> float | None:
    """Where a curve first comes to the other side of a level, straight from point to point; None: nowhere."""
    above = y > level
    turned = np.flatnonzero(above != above[0])
    if not len(turned):
        return None
    at = turned[0]
    return float(x[at - 1] + (x[at] - x[at - 1]) * (level - y[at - 1]) / (y[at] - y[at - 1]))


def _arranged(features: Tensor, covered: Tensor, edit: Edit) -> tuple[Tensor, Tensor]:
    frames = arranged(features.shape[1], edit).tolist()
    return features[:, frames], covered[:, frames]


def _spliced(plain: Tensor, hidden: Tensor, covers: NDArray[np.int64]) -> Tensor:
    """The clip with each of N covers, (N, V, T, q)."""
    return torch.stack([splice(plain, hidden, *cover) for cover in covers.tolist()])


def _row(values: Floats) -> Floats:
    """One for each place: nothing covered is the same at all, (1, ...) -> (K, ...)."""
    return np.broadcast_to(values, (len(PLACES), *values.shape[1:]))

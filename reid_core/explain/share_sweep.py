"""How much of a clip must be covered before the verdict turns: the share at which whoever steps in front takes over."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.explain.edit import Edit, arranged
from reid_core.explain.features import embed_many
from reid_core.explain.position_bias import POSITIONS, cover_starts, splice
from reid_core.model import Head, HeadOutput

SHARES = tuple(round(0.1 * step, 1) for step in range(10))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ShareSweep:
    """The distance of a pair over the share of one clip that is covered.

    shares: (S,), ascending, the first 0. distances: (S, K), at K positions of the cover from the start to the end.
    """

    shares: Floats
    distances: Floats

    @property
    def mean(self) -> Floats:
        """Over the positions, (S,)."""
        return np.asarray(self.distances.mean(1))

    def turns(self, threshold: float) -> float | None:
        """The share at which the mean distance comes to the other side of the threshold; None: at none of them."""
        return crossing(self.shares, self.mean, threshold)

    def first_turn(self, threshold: float) -> float | None:
        """The same of the position where it happens first."""
        found = [crossing(self.shares, curve, threshold) for curve in self.distances.T]
        return min((share for share in found if share is not None), default=None)


def sweep_shares(
    head: Head, features: Tensor, covered: Tensor, partner: HeadOutput, edit: Edit, positions: int = POSITIONS
) -> ShareSweep:
    """Let the cover of an edit hide ``SHARES`` of its clip, after order and length were changed, at every position.

    Args: features, covered: (V, T, q). partner: the other clip, an output of one clip.
    """
    frames = arranged(features.shape[1], edit).tolist()
    plain, hidden = features[:, frames], covered[:, frames]
    clips = [plain]
    for share in SHARES[1:]:
        starts, count = cover_starts(len(frames), share, positions)
        clips += [splice(plain, hidden, int(start), count) for start in starts]
    distances = head.distance(embed_many(head, torch.stack(clips)), partner)[:, 0].double().numpy()
    rows = np.vstack([np.full(positions, distances[0]), distances[1:].reshape(-1, positions)])
    return ShareSweep(np.array(SHARES), rows)


def crossing(x: Floats, y: Floats, level: float) -> float | None:
    """Where a curve first comes to the other side of a level, straight from point to point; None: nowhere."""
    above = y > level
    turned = np.flatnonzero(above != above[0])
    if not len(turned):
        return None
    at = turned[0]
    return float(x[at - 1] + (x[at] - x[at - 1]) * (level - y[at - 1]) / (y[at] - y[at - 1]))

"""Clips that begin alike, as do the copies of one clip from each of which another frame was left out."""

import numpy as np
from torch import Tensor

from reid_core.model.backtracking.compiled import Indices, array


class Beginnings:
    """Which clips of a batch, (B, T, q), begin alike. Those are computed once until they part.

    order: the clips by the step at which they part from their parent, (B,); back: where each is in it, (B,). In this
    order, starts: that step, (B,); parents: of each a clip that starts at step 0, (B,); roots: how many start there.
    """

    def __init__(self, features: Tensor) -> None:
        clips = array(features)
        starts = [start.tobytes() for start in clips[:, 0]]
        last = {start: clip for clip, start in enumerate(starts)}
        parents = np.array([last[start] for start in starts])
        same = np.zeros(len(clips), np.intp)
        for clip in np.flatnonzero(parents != np.arange(len(clips))):
            parted = (clips[clip] != clips[parents[clip]]).any(1)
            same[clip] = parted.argmax() or len(parted) - 1  # at least the last step is its own
        self.order: Indices = np.argsort(same, kind="stable")
        self.back: Indices = np.argsort(self.order)
        self.starts, self.parents = same[self.order], self.back[parents[self.order]]
        self.roots = int((same == 0).sum())

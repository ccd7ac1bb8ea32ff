"""Put an explanation to the test: leave out the frames that it calls important, and others."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.explain.features import embed_many, without_frames
from reid_core.model import Head, HeadOutput

DRAWS = 10


@dataclass(frozen=True)
class Deletion:
    """What leaving out frames does. frames: those left out, the first draw's of several.

    moved: how far the embedding moves. distance: to the partner afterwards, None without one. Both are means over the
    draws.
    """

    frames: tuple[int, ...]
    moved: float
    distance: float | None


@torch.no_grad()
def delete(
    head: Head,
    features: Tensor,
    importance: NDArray[np.float64],
    k: int,
    rng: np.random.Generator,
    partner: HeadOutput | None = None,
) -> dict[str, Deletion]:
    """Leave out the k most important frames, the k least, and k random ones (``DRAWS`` times).

    Of frames that count the same, the earlier is taken first.

    Args: features: (V, T, q). importance: (T,). partner: the other clip of a pair, an output of one clip.
    Returns: by what is left out: ``nothing``, ``most``, ``least``, ``random``.
    Raises: ValueError when k is not between 1 and T - 1.
    """
    length = features.shape[1]
    if not 1 <= k < length:
        raise ValueError(f"k must be between 1 and {length - 1}, got {k}")
    most = np.argsort(-importance, kind="stable")[:k]
    least = np.argsort(importance, kind="stable")[:k]
    draws = [rng.permutation(length)[:k] for _ in range(DRAWS)]
    dropped = [[], *(np.sort(some).tolist() for some in (most, least, *draws))]
    outputs = embed_many(head, *without_frames(features, dropped))
    moved = torch.linalg.vector_norm(outputs.embedding - outputs.embedding[0], dim=1)
    distance = None if partner is None else head.distance(outputs, partner)[:, 0]
    parts = {"nothing": slice(0, 1), "most": slice(1, 2), "least": slice(2, 3), "random": slice(3, None)}
    return {
        name: Deletion(
            tuple(dropped[part.start]),
            float(moved[part].mean()),
            None if distance is None else float(distance[part].mean()),
        )
        for name, part in parts.items()
    }

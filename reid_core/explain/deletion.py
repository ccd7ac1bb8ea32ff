"""Put an explanation to the test: leave out the frames that it calls important, and others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.explain.features import embed_many, without_frames
from reid_core.model import Head, HeadOutput

DRAWS = 10
DELETED = 10


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
    dropped = [[], _largest(importance, k), _largest(-importance, k), *_drawn(length, k, rng)]
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


@torch.no_grad()
def deletion_ratios(
    head: Head, features: Tensor, measures: Mapping[str, NDArray[np.float64]], rng: np.random.Generator
) -> dict[str, float]:
    """How many times as far the embedding moves without the ``DELETED`` most important frames as without random ones.

        ||f without the most - f|| / mean over DRAWS of ||f without random ones - f||

    Args: features: (V, T, q). measures: importances, (T,), by name. Returns: by name; NaN for a clip that would not
        keep a frame, and where nothing moves.
    """
    length = features.shape[1]
    if length <= DELETED:
        return dict.fromkeys(measures, np.nan)
    most = [_largest(values, DELETED) for values in measures.values()]
    dropped = [[], *_drawn(length, DELETED, rng), *most]
    embedding = embed_many(head, *without_frames(features, dropped)).embedding
    moved = torch.linalg.vector_norm(embedding[1:] - embedding[0], dim=1).double().numpy()
    random = moved[:DRAWS].mean()
    return {name: float(far / random) if random else np.nan for name, far in zip(measures, moved[DRAWS:], strict=True)}


def _largest(importance: NDArray[np.float64], k: int) -> list[int]:
    """The k frames that count most, in order; of equals the earlier."""
    frames: list[int] = np.sort(np.argsort(-importance, kind="stable")[:k]).tolist()
    return frames


def _drawn(length: int, k: int, rng: np.random.Generator) -> list[list[int]]:
    """``DRAWS`` times k random frames, in order."""
    return [np.sort(rng.permutation(length)[:k]).tolist() for _ in range(DRAWS)]

"""Does it matter where in a clip something went wrong? Cover a part of it, move the cover, and see (METHOD 7)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.data import measure
from reid_core.data.synthetic import cover
from reid_core.evaluation import Labels, distance_blocks, frame_features, rank
from reid_core.evaluation.embedding import Choice
from reid_core.explain.features import embed_many, stacked_clips
from reid_core.model import Head, HeadOutput, ReIdNetwork

POSITIONS = 9
COVERED_SHARE = 0.4

Floats = NDArray[np.float64]
Clips = Sequence[Tensor]


def cover_starts(
    length: int, share: float = COVERED_SHARE, positions: int = POSITIONS
) -> tuple[NDArray[np.int64], int]:
    """Where covers of a share of a clip begin, evenly from its start to its end, and how many frames they cover.

    Raises: ValueError for a share that is not between 0 and 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    count = max(1, round(share * length))
    return np.linspace(0, length - count, positions).round().astype(np.int64), count


def covered_features(
    network: ReIdNetwork, frames: NDArray[np.uint8], kind: str = "person", seed: int = 0, choice: Choice = "spread"
) -> Tensor:
    """Features of a clip all of whose frames are covered; ``splice`` takes from it what a cover of a part hides.

    Args: frames: uint8 (T, 128, 64, 3). kind: one of ``COVERS``. Returns: (V, T, q).
    """
    return frame_features(network, measure(cover(frames, 0, len(frames), kind, seed), network.config.input), choice)


def replaced_features(features: Tensor, other: Tensor) -> Tensor:
    """The frames of another clip, repeated until they are as many: (V, T, q), (V, S, q) -> (V, T, q)."""
    return other[:, torch.arange(features.shape[1]) % other.shape[1]]


def splice(features: Tensor, covered: Tensor, start: int, count: int) -> Tensor:
    """A clip whose frames from ``start`` on are taken from its covered version.

    Each frame keeps the flow that was measured within its own version, so that nothing has to be encoded again and the
    cover's edges are no frames of their own kind.

    Args: features, covered: (V, T, q). Raises: ValueError when shapes differ or the cover does not lie inside.
    """
    length = features.shape[1]
    if features.shape != covered.shape or not 0 <= start <= start + count <= length:
        raise ValueError(
            f"cover must lie inside {tuple(features.shape)}, got {tuple(covered.shape)} from {start} on, {count} frames"
        )
    return torch.cat([features[:, :start], covered[:, start : start + count], features[:, start + count :]], dim=1)


@dataclass(frozen=True)
class Gallery:
    """What probes are looked for in: an output of G clips, and whose they are."""

    output: HeadOutput
    labels: Labels


def rank_1(head: Head, probes: Clips, labels: Labels, gallery: Gallery) -> float:
    """Share of the probes, features (V, T, q) each, whose nearest in the gallery is their own person."""
    output = embed_many(head, *stacked_clips(probes))
    return float(rank(distance_blocks(head, output, gallery.output), labels, gallery.labels).cmc(1)[0])


def sweep_rank_1(
    head: Head, probes: Clips, covered: Clips, labels: Labels, gallery: Gallery, positions: int = POSITIONS
) -> Floats:
    """Rank-1 over the position of a cover of ``COVERED_SHARE`` of every probe; the gallery is left alone.

    Args: probes, covered: features (V, T, q) each. Returns: (K,), from the start of the clips to their end.
    """
    curve = []
    for position in range(positions):
        clips = []
        for features, hidden in zip(probes, covered, strict=True):
            starts, count = cover_starts(features.shape[1], positions=positions)
            clips.append(splice(features, hidden, int(starts[position]), count))
        curve.append(rank_1(head, clips, labels, gallery))
    return np.array(curve)


def position_bias(curve: Floats) -> float:
    """Best minus worst of a curve over positions: 0 when it does not matter where the cover is."""
    return float(np.max(curve) - np.min(curve))


def reversed_clip(features: Tensor) -> Tensor:
    """The frames in reverse order, (V, T, q)."""
    return features.flip(1)


def shuffled_clip(features: Tensor, rng: np.random.Generator) -> Tensor:
    """The frames in random order, all views alike, (V, T, q)."""
    return features[:, torch.from_numpy(rng.permutation(features.shape[1]))]

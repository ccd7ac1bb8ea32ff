"""Cumulative matching characteristics: how often the right person is among the k nearest (paper, section 4.2)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]


@dataclass(frozen=True)
class Labels:
    """Who and by which camera: pids and cameras, both of shape (N,)."""

    pids: Ints
    cameras: Ints

    def __post_init__(self) -> None:
        if self.pids.shape != self.cameras.shape or self.pids.ndim != 1:
            raise ValueError(f"pids and cameras must both be (N,), got {self.pids.shape} and {self.cameras.shape}")


@dataclass(frozen=True)
class Ranking:
    """What became of the P probes of which the gallery holds the person.

    first_match: rank of the first right one, from 1, shape (P,). average_precision: shape (P,). probes: their indices.
    """

    first_match: NDArray[np.int64]
    average_precision: NDArray[np.float64]
    probes: NDArray[np.int64]

    def cmc(self, ranks: int) -> NDArray[np.float64]:
        """Share of probes matched within k: ``cmc[k-1]`` for k = 1 ... ranks, shape (ranks,)."""
        if not len(self.first_match):
            raise ValueError("cmc needs a probe whose person is in the gallery, got none")
        matched = np.searchsorted(np.sort(self.first_match), np.arange(1, ranks + 1), side="right")
        return matched / len(self.first_match)

    @property
    def mean_reciprocal_rank(self) -> float:
        """Mean over the probes of 1 / first_match."""
        return float((1 / self.first_match).mean())

    @property
    def mean_average_precision(self) -> float:
        """Mean over the probes; with one right tracklet a person in the gallery it is the mean reciprocal rank."""
        return float(self.average_precision.mean())


def rank(blocks: Iterable[Floats], probe: Labels, gallery: Labels) -> Ranking:
    """Rank the gallery for each probe; ties count against the model.

    A gallery tracklet of the probe's own person and camera is passed over (Zheng et al., ICCV 2015). The rank of a
    right one at distance d: 1 + right ones before it + wrong ones at d or nearer. So constant embeddings put every
    right one last instead of first. No row is sorted: the wrong ones up to d are counted.

    Args: blocks: rows of the (P, G) distances in order, any number of rows each; only one block is held at a time.
    Returns: the ranks of the probes that can be matched at all.
    Raises: ValueError for wrong shapes and for distances that are not numbers.
    """
    order = np.argsort(gallery.pids)
    sorted_pids = gallery.pids[order]
    starts, stops = (np.searchsorted(sorted_pids, probe.pids, side=side) for side in ("left", "right"))
    first, precision, probes = [], [], []
    number = 0
    for block in blocks:
        if block.ndim != 2 or block.shape[1] != len(gallery.pids) or number + len(block) > len(probe.pids):
            raise ValueError(f"distances must be ({len(probe.pids)}, {len(gallery.pids)}), got a block {block.shape}")
        if np.isnan(block.min(initial=0)):
            raise ValueError(f"distances must be numbers, got NaN in the rows from {number}")
        for row in block:
            own = order[starts[number] : stops[number]]
            right = own[gallery.cameras[own] != probe.cameras[number]]
            if len(right):
                near = np.sort(row[right])
                passed_over = row[own[gallery.cameras[own] == probe.cameras[number]]]
                ranks = _ranks(row, near, passed_over)
                first.append(ranks[0])
                precision.append(np.mean(np.arange(1, len(ranks) + 1) / ranks))
                probes.append(number)
            number += 1
    if number != len(probe.pids):
        raise ValueError(f"distances must have {len(probe.pids)} rows, got {number}")
    return Ranking(np.array(first, np.int64), np.array(precision), np.array(probes, np.int64))


def _ranks(row: Floats, near: Floats, passed_over: Floats) -> NDArray[np.int64]:
    """Rank of each right one, given its sorted distances ``near`` and those of the tracklets that do not count."""
    within = np.array([np.count_nonzero(row <= d) for d in near])
    not_wrong = np.array([np.count_nonzero(near <= d) + np.count_nonzero(passed_over <= d) for d in near])
    ranks: NDArray[np.int64] = within - not_wrong + np.arange(1, len(near) + 1)
    return ranks

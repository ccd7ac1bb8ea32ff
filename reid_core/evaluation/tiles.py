"""The same ranking as ``rank``, of galleries of any size: tile by tile, with counts instead of a row of distances.

    d(p, g)^2 = ||p||^2 + ||g||^2 - 2 p.g             a matrix product a tile, on the device that is asked for
    rank of a right one at d = 1 + right ones before it + #{wrong g : d(p, g) <= d}

A tile is thrown away when its distances are counted, so memory does not grow with probes or gallery. Embeddings may lie
in files (``numpy.memmap``). Of several processes, as ``torchrun`` starts them, each takes every so manieth block of the
probes, and what they found is summed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.distributed as processes
from numpy.typing import NDArray
from torch import Tensor

from reid_core.evaluation.cmc import Labels, Ranking

ROUNDING = 8 * float(np.finfo(np.float32).eps)
"""Squared distances that differ by less than this share of the squared lengths are equal: a tie, against the model."""


@dataclass(frozen=True)
class Labelled:
    """Embeddings, float32 (N, n), and whose they are."""

    values: NDArray[np.float32]
    labels: Labels

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or len(self.values) != len(self.labels.pids):
            raise ValueError(
                f"values must be ({len(self.labels.pids)}, n), one for each label, got {self.values.shape}"
            )


@dataclass(frozen=True)
class Tiles:
    """How much is held at a time: rows of probes, and distances of a tile; device: as PyTorch names it."""

    rows: int = 1024
    distances: int = 4_000_000
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name in ("rows", "distances"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)}")


@dataclass(frozen=True)
class _Own:
    """All pairs of a probe of a block and a gallery tracklet of its person: row, place in the gallery, and whether the
    cameras differ, sorted by place."""

    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    right: NDArray[np.bool_]


def rank_tiles(probe: Labelled, gallery: Labelled, tiles: Tiles = Tiles()) -> Ranking:
    """Rank a gallery by Euclidean distance for each probe, as ``rank`` does, in constant memory.

    Distances that differ by less than ``ROUNDING`` allows are ties. In several processes every one gets the result.

    Raises: ValueError for embeddings of different sizes or that are not numbers.
    """
    if probe.values.shape[1] != gallery.values.shape[1]:
        raise ValueError(
            f"embeddings must be of one size, got {probe.values.shape[1]} of probes and {gallery.values.shape[1]}"
        )
    order = np.argsort(gallery.labels.pids, kind="stable")
    pids = gallery.labels.pids[order]
    first = np.zeros(len(probe.values), np.int64)  # 0: nobody to be found
    precision = np.zeros(len(probe.values))
    for rows in _share(len(probe.values), tiles.rows):
        own = _own_pairs(probe, gallery, rows, order, pids)
        first[rows], precision[rows] = _ranked_block(probe.values[rows], gallery.values, own, tiles)
    _sum_over_processes(first, precision)
    matched = np.flatnonzero(first)
    return Ranking(first[matched], precision[matched], matched)


def _share(probes: int, rows: int) -> Iterator[slice]:
    """The blocks of this process."""
    alone = not (processes.is_available() and processes.is_initialized())
    number, count = (0, 1) if alone else (processes.get_rank(), processes.get_world_size())
    for start in range(number * rows, probes, count * rows):
        yield slice(start, min(start + rows, probes))


def _sum_over_processes(*found: NDArray[np.int64] | NDArray[np.float64]) -> None:
    """In place; each process has zeros where the others worked."""
    if processes.is_available() and processes.is_initialized():
        for values in found:
            shared = torch.from_numpy(values)
            if processes.get_backend() == "nccl":
                shared = shared.cuda()
            processes.all_reduce(shared)
            values[:] = shared.cpu().numpy()


def _own_pairs(
    probe: Labelled, gallery: Labelled, rows: slice, order: NDArray[np.int64], pids: NDArray[np.integer]
) -> _Own:
    """Args: order: of the gallery by pid. pids: of the gallery in this order."""
    wanted, cameras = probe.labels.pids[rows], probe.labels.cameras[rows]
    starts, stops = (np.searchsorted(pids, wanted, side=side) for side in ("left", "right"))
    counts = stops - starts
    row = np.repeat(np.arange(len(wanted)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    place = order[np.repeat(starts, counts) + within]
    by_place = np.argsort(place, kind="stable")
    row, place = row[by_place], place[by_place]
    return _Own(row, place, gallery.labels.cameras[place] != cameras[row])


def _ranked_block(
    probes: NDArray[np.float32], gallery: NDArray[np.float32], own: _Own, tiles: Tiles
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """First right rank (0 where there is none) and average precision of each probe of a block."""
    near = _right_distances(probes, gallery, own)
    if not near.shape[1]:
        return np.zeros(len(probes), np.int64), np.zeros(len(probes))
    wrong = _wrong_within(probes, gallery, own, near, tiles)
    right = np.isfinite(near)
    number = np.cumsum(right, 1)
    ranks = np.where(right, wrong + number, np.iinfo(np.int64).max)
    matched = right.any(1)
    precision = np.where(right, number / ranks, 0).sum(1) / np.maximum(right.sum(1), 1)
    return np.where(matched, ranks.min(1), 0), precision


def _right_distances(probes: NDArray[np.float32], gallery: NDArray[np.float32], own: _Own) -> NDArray[np.float32]:
    """Squared distances of each probe's right ones, ascending after -inf where it has fewer: (R, m)."""
    rows, places = own.rows[own.right], own.places[own.right]
    squared = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), 100_000):
        part = slice(start, start + 100_000)
        squared[part] = np.square(probes[rows[part]] - gallery[places[part]]).sum(1)
    if np.isnan(probes).any():
        raise ValueError("embeddings must be numbers, got NaN in a probe")
    by_row = np.lexsort((squared, rows))
    counts = np.bincount(rows, minlength=len(probes))
    column = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    near = np.full((len(probes), int(counts.max(initial=0))), -np.inf, np.float32)
    near[rows[by_row], column + near.shape[1] - counts[rows[by_row]]] = squared[by_row]
    return near


def _wrong_within(
    probes: NDArray[np.float32], gallery: NDArray[np.float32], own: _Own, near: NDArray[np.float32], tiles: Tiles
) -> NDArray[np.int64]:
    """How many wrong ones are as near as each right one: (R, m)."""
    block, bound = (torch.from_numpy(np.array(values)).to(tiles.device) for values in (probes, near))  # copies
    lengths = block.square().sum(1, keepdim=True)
    counted = torch.zeros(bound.shape, dtype=torch.int64, device=block.device)
    width = max(tiles.distances // (len(probes) * (near.shape[1] + 1)), 1)
    for start in range(0, len(gallery), width):
        part = torch.from_numpy(np.array(gallery[start : start + width])).to(tiles.device)  # a copy
        others = part.square().sum(1)
        if others.isnan().any():
            raise ValueError(f"embeddings must be numbers, got NaN in the gallery from {start}")
        # what is compared is d^2 - ||p||^2 - (||p||^2 + ||g||^2) ROUNDING: two passes over the tile less
        tile = torch.addmm(others * (1 - ROUNDING), block, part.T, alpha=-2)
        low, high = np.searchsorted(own.places, [start, start + len(part)])
        tile[own.rows[low:high], own.places[low:high] - start] = torch.inf
        counted += _counts(tile, bound - lengths * (1 - ROUNDING))
    return counted.cpu().numpy()


def _counts(tile: Tensor, bounds: Tensor) -> Tensor:
    """How many numbers of each row are at most each of its bounds: (R, C) and ascending (R, m) -> (R, m)."""
    rows, columns = (tile <= bounds[:, -1:]).nonzero(as_tuple=True)
    place = torch.searchsorted(bounds[rows], tile[rows, columns][:, None])[:, 0]
    size = bounds.shape[1] + 1
    found = torch.bincount(rows * size + place, minlength=len(tile) * size).view(len(tile), size)
    return found.cumsum(1)[:, :-1]

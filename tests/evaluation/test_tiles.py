"""Ranking tile by tile is ranking, whatever the tiles, devices and processes."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp

from reid_core.evaluation import Labels, rank
from reid_core.evaluation.cmc import Ranking
from reid_core.evaluation.tiles import Labelled, Tiles, rank_tiles
from tests.oracles import slow_ranking


def crowd(count: int, seed: int, whole_numbers: bool = False, persons: int = 9) -> Labelled:
    """People of nine identities and three cameras; of whole numbers many are at one distance."""
    rng = np.random.default_rng(seed)
    labels = Labels(rng.integers(0, persons, count), rng.integers(1, 4, count))
    centres = np.random.default_rng(0).normal(size=(persons, 5))
    values = centres[labels.pids] + rng.normal(size=(count, 5))
    return Labelled((values.round() if whole_numbers else values).astype(np.float32), labels)


def plain(probe: Labelled, gallery: Labelled) -> Ranking:
    """By all distances at once, of differences, in double precision."""
    a, b = (of.values.astype(np.float64) for of in (probe, gallery))
    return rank([np.linalg.norm(a[:, None] - b[None], axis=2)], probe.labels, gallery.labels)


def same(found: Ranking, expected: Ranking) -> bool:
    return (
        found.first_match.tolist() == expected.first_match.tolist()
        and found.probes.tolist() == expected.probes.tolist()
        and np.allclose(found.average_precision, expected.average_precision, rtol=1e-12)
    )


@pytest.mark.parametrize("whole_numbers", [False, True])
@pytest.mark.parametrize("tiles", [Tiles(), Tiles(rows=7, distances=50), Tiles(rows=1, distances=1), Tiles(rows=60)])
def test_tiles_of_any_size_rank_as_all_distances_at_once_do(tiles: Tiles, whole_numbers: bool) -> None:
    probe, gallery = crowd(60, 1, whole_numbers), crowd(150, 2, whole_numbers)
    expected = plain(probe, gallery)
    assert 1 < np.mean(expected.first_match) < 20 and expected.average_precision.std() > 0.1
    assert same(rank_tiles(probe, gallery, tiles), expected)


def test_ranks_are_those_of_sorting_everything() -> None:
    probe, gallery = crowd(20, 3, True), crowd(40, 4, True)
    distances = ((probe.values[:, None] - gallery.values[None]) ** 2).sum(2)
    people = [list(zip(of.labels.pids.tolist(), of.labels.cameras.tolist(), strict=True)) for of in (probe, gallery)]
    first, precision, matched = slow_ranking(distances.tolist(), *people)
    found = rank_tiles(probe, gallery, Tiles(rows=6, distances=40))
    assert found.first_match.tolist() == first and found.probes.tolist() == matched
    assert found.average_precision.tolist() == pytest.approx(precision)


def test_equal_embeddings_are_ties_and_put_every_right_one_last_whatever_the_rounding() -> None:
    count = 30
    values = np.repeat(np.random.default_rng(0).normal(size=(1, 128)) * 37, count, 0).astype(np.float32)
    probe, gallery = (Labelled(values, Labels(np.arange(count), np.full(count, camera))) for camera in (1, 2))
    assert rank_tiles(probe, gallery, Tiles(rows=8, distances=100)).first_match.tolist() == [count] * count


def test_whom_the_gallery_does_not_hold_is_no_probe() -> None:
    gallery = crowd(10, 0, persons=3)
    lone = Labelled(np.zeros((2, 5), np.float32), Labels(np.array([77, 78]), np.array([1, 1])))
    assert len(rank_tiles(lone, gallery).probes) == 0
    assert len(rank_tiles(crowd(5, 1), Labelled(np.zeros((0, 5), np.float32), crowd(0, 0).labels)).probes) == 0


def test_embeddings_may_lie_in_a_file(tmp_path: Path) -> None:
    probe, gallery = crowd(30, 1), crowd(80, 2)
    stored = np.memmap(tmp_path / "gallery", np.float32, "w+", shape=gallery.values.shape)
    stored[:] = gallery.values
    assert same(rank_tiles(probe, Labelled(stored, gallery.labels), Tiles(distances=300)), plain(probe, gallery))


def test_memory_does_not_grow_with_the_gallery() -> None:
    """Of NumPy's arrays, the labels aside: ten times the gallery takes as much."""
    peaks = []
    for size in (4_000, 40_000):
        probe, gallery = crowd(64, 1, persons=2_000), crowd(size, 2, persons=2_000)
        tracemalloc.start()
        rank_tiles(probe, gallery, Tiles(rows=16, distances=8_000))
        peaks.append(tracemalloc.get_traced_memory()[1] - 24 * size)
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000


def _process(number: int, store: str, out: str) -> None:
    torch.distributed.init_process_group("gloo", init_method=f"file://{store}", rank=number, world_size=2)
    found = rank_tiles(crowd(60, 1), crowd(150, 2), Tiles(rows=7))
    np.savez(f"{out}/{number}.npz", first=found.first_match, precision=found.average_precision, probes=found.probes)
    torch.distributed.destroy_process_group()


def test_two_processes_share_the_probes_and_both_get_the_whole_result(tmp_path: Path) -> None:
    mp.spawn(_process, (str(tmp_path / "store"), str(tmp_path)), nprocs=2)
    expected = plain(crowd(60, 1), crowd(150, 2))
    for number in range(2):
        found = np.load(tmp_path / f"{number}.npz")
        assert same(Ranking(found["first"], found["precision"], found["probes"]), expected)


@pytest.mark.parametrize(
    ("said", "of"),
    [
        (r"^embeddings must be of one size, got 5 of probes and 4", lambda: rank_tiles(crowd(3, 0), _cut(crowd(3, 1)))),
        (
            r"^values must be \(3, n\), one for each label, got \(2, 5\)",
            lambda: Labelled(np.ones((2, 5)), crowd(3, 0).labels),
        ),
        (r"^rows must be 1 or more, got 0", lambda: Tiles(rows=0)),
        (r"^embeddings must be numbers, got NaN in a probe", lambda: rank_tiles(_nan(crowd(30, 0)), crowd(30, 1))),
        (
            r"^embeddings must be numbers, got NaN in the gallery from 0",
            lambda: rank_tiles(crowd(9, 0), _nan(crowd(30, 1))),
        ),
    ],
)
def test_what_cannot_be_ranked_is_refused(said: str, of) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=said):
        of()


def _cut(of: Labelled) -> Labelled:
    return Labelled(of.values[:, :4], of.labels)


def _nan(of: Labelled) -> Labelled:
    """All numbers, but one of a tracklet that is nobody's match."""
    values, labels = of.values.copy(), Labels(of.labels.pids.copy(), of.labels.cameras)
    values[3, 2], labels.pids[3] = np.nan, 99
    return Labelled(values, labels)

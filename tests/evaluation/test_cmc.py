import re
import weakref
from collections.abc import Iterator

import numpy as np
import pytest

from reid_core.evaluation import Labels, rank
from reid_core.evaluation.cmc import Ranking
from tests.oracles import slow_ranking


def labels(*people: tuple[int, int]) -> Labels:
    """From (pid, camera) of each."""
    pids, cameras = np.array(people).reshape(-1, 2).T
    return Labels(pids, cameras)


def people(of: Labels) -> list[tuple[int, int]]:
    return list(zip(of.pids.tolist(), of.cameras.tolist(), strict=True))


def crowd(count: int, seed: int) -> Labels:
    rng = np.random.default_rng(seed)
    return Labels(rng.integers(0, 6, count), rng.integers(1, 4, count))


def tied_distances(probes: int, gallery: int, seed: int) -> np.ndarray:
    """Few different values, so that most rows hold ties."""
    return np.random.default_rng(seed).integers(0, 8, (probes, gallery)).astype(np.float32)


def test_a_worked_example() -> None:
    probe = labels((1, 1), (2, 1), (3, 1))
    gallery = labels((1, 2), (2, 2), (3, 2), (4, 2))
    distances = np.array([[1, 2, 3, 4], [1, 3, 4, 2], [4, 3, 2, 1.0]])
    ranking = rank([distances], probe, gallery)
    assert ranking.first_match.tolist() == [1, 3, 2]
    assert ranking.average_precision.tolist() == [1, 1 / 3, 1 / 2]
    assert ranking.probes.tolist() == [0, 1, 2]
    assert ranking.cmc(4).tolist() == [1 / 3, 2 / 3, 1, 1]
    assert ranking.mean_average_precision == pytest.approx((1 + 1 / 3 + 1 / 2) / 3)


def test_average_precision_counts_every_right_one() -> None:
    """Right at ranks 1, 3 and 4: (1/1 + 2/3 + 3/4) / 3."""
    gallery = labels((7, 2), (8, 2), (7, 3), (7, 2), (9, 2))
    ranking = rank([np.array([[1, 2, 3, 4, 5.0]])], labels((7, 1)), gallery)
    assert ranking.first_match.tolist() == [1]
    assert ranking.average_precision.tolist() == pytest.approx([(1 + 2 / 3 + 3 / 4) / 3])


def test_ties_count_against_the_model() -> None:
    gallery = labels((1, 2), (2, 2), (3, 2))
    ranking = rank([np.array([[5, 5, 9.0]])], labels((1, 1)), gallery)
    assert ranking.first_match.tolist() == [2]


def test_right_ones_that_tie_take_the_ranks_one_after_the_other() -> None:
    """Wrong, right, right: (1/2 + 2/3) / 2."""
    gallery = labels((1, 2), (1, 3), (2, 2), (3, 2))
    ranking = rank([np.array([[5, 5, 5, 9.0]])], labels((1, 1)), gallery)
    assert ranking.first_match.tolist() == [2]
    assert ranking.average_precision.tolist() == pytest.approx([(1 / 2 + 2 / 3) / 2])


def test_constant_embeddings_put_every_right_one_last() -> None:
    count = 20
    probe, gallery = (Labels(np.arange(count), np.full(count, camera)) for camera in (1, 2))
    ranking = rank([np.zeros((count, count))], probe, gallery)
    assert ranking.cmc(count)[:-1].max() == 0
    assert ranking.mean_average_precision == pytest.approx(1 / count)


def test_the_probe_in_its_own_camera_is_passed_over() -> None:
    """Nearest of all is the probe itself; without it: wrong, right."""
    gallery = labels((1, 1), (2, 1), (1, 2))
    ranking = rank([np.array([[0, 1, 2.0]])], labels((1, 1)), gallery)
    assert ranking.first_match.tolist() == [2]
    assert ranking.average_precision.tolist() == [1 / 2]


def test_what_is_passed_over_at_the_same_distance_does_not_count_either() -> None:
    gallery = labels((1, 1), (1, 2), (2, 2))
    ranking = rank([np.array([[4, 4, 9.0]])], labels((1, 1)), gallery)
    assert ranking.first_match.tolist() == [1]


def test_probes_that_nobody_matches_are_left_out() -> None:
    probe = labels((5, 1), (1, 1), (2, 1))
    gallery = labels((1, 2), (2, 1))
    ranking = rank([np.array([[1, 2], [2, 1], [1, 2.0]])], probe, gallery)
    assert ranking.probes.tolist() == [1]
    assert ranking.cmc(2).tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_equals_sorting_everything(seed: int) -> None:
    probe, gallery = crowd(25, seed), crowd(40, seed + 100)
    distances = tied_distances(25, 40, seed)
    ranking = rank([distances], probe, gallery)
    first, precision, matched = slow_ranking(distances.tolist(), people(probe), people(gallery))
    assert 1 < np.mean(first) < 20
    assert ranking.first_match.tolist() == first
    assert ranking.average_precision.tolist() == pytest.approx(precision)
    assert ranking.probes.tolist() == matched


def test_cmc_is_the_share_matched_within_k() -> None:
    first = np.array([1, 1, 4, 2, 9])
    ranking = Ranking(first, 1 / first, np.arange(5))
    assert ranking.cmc(3).tolist() == [(first <= k).mean() for k in (1, 2, 3)]


def test_cmc_has_as_many_ranks_as_were_asked_for() -> None:
    ranking = Ranking(np.array([1, 2]), np.array([1, 0.5]), np.arange(2))
    assert ranking.cmc(6).tolist() == [0.5, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("rows", [1, 4, 7, 25])
def test_blocks_of_any_size_give_the_same(rows: int) -> None:
    probe, gallery = crowd(25, 1), crowd(40, 2)
    distances = tied_distances(25, 40, 3)
    whole = rank([distances], probe, gallery)
    parts = rank((distances[start : start + rows] for start in range(0, 25, rows)), probe, gallery)
    assert parts.first_match.tolist() == whole.first_match.tolist()
    assert parts.average_precision.tolist() == whole.average_precision.tolist()
    assert parts.probes.tolist() == whole.probes.tolist()


def test_no_block_is_held_when_the_next_but_one_is_made() -> None:
    made: list[weakref.ref[np.ndarray]] = []

    def blocks() -> Iterator[np.ndarray]:
        for _ in range(10):
            assert all(earlier() is None for earlier in made[:-1])
            block = np.random.default_rng(len(made)).random((2, 30))
            made.append(weakref.ref(block))
            yield block

    ranking = rank(blocks(), crowd(20, 0), crowd(30, 1))
    assert len(made) == 10 and len(ranking.probes)


def test_without_probes_the_ranking_is_empty_and_has_no_cmc() -> None:
    ranking = rank([], labels(), labels((1, 2)))
    assert ranking.first_match.shape == ranking.probes.shape == ranking.average_precision.shape == (0,)
    assert ranking.first_match.dtype == ranking.probes.dtype == np.int64
    with pytest.raises(ValueError, match=r"^cmc needs a probe whose person is in the gallery, got none"):
        ranking.cmc(1)


def test_nobody_in_the_gallery_matches_nobody() -> None:
    assert len(rank([np.zeros((1, 0))], labels((1, 1)), labels()).probes) == 0


def test_distances_may_be_infinite() -> None:
    ranking = rank([np.array([[np.inf, 1.0]])], labels((1, 1)), labels((1, 2), (2, 2)))
    assert ranking.first_match.tolist() == [2]


def test_nan_is_refused_with_its_place() -> None:
    rows = np.ones((3, 2))
    bad = rows.copy()
    bad[2, 1] = np.nan
    with pytest.raises(ValueError, match=r"^distances must be numbers, got NaN in the rows from 3"):
        rank([rows, bad], labels(*[(1, 1)] * 6), labels((1, 2), (2, 2)))


@pytest.mark.parametrize("shape", [(2, 4), (2, 2), (3, 3), (2,), (1, 2, 3)])
def test_distances_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^distances must be \(2, 3\), got a block \("):
        rank([np.ones(shape)], labels((1, 1), (2, 1)), labels((1, 2), (2, 2), (3, 2)))


def test_too_many_rows_in_all_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^distances must be \(3, 1\), got a block \(2, 1\)"):
        rank([np.ones((2, 1))] * 2, labels((1, 1), (2, 1), (3, 1)), labels((1, 2)))


def test_too_few_rows_in_all_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^distances must have 3 rows, got 2"):
        rank([np.ones((2, 1))], labels((1, 1), (2, 1), (3, 1)), labels((1, 2)))


@pytest.mark.parametrize(("pids", "cameras"), [((3,), (4,)), ((2, 2), (2, 2))])
def test_labels_of_another_shape_are_refused(pids: tuple[int, ...], cameras: tuple[int, ...]) -> None:
    with pytest.raises(
        ValueError, match=f"^pids and cameras must both be {re.escape(f'(N,), got {pids} and {cameras}')}$"
    ):
        Labels(np.zeros(pids, int), np.zeros(cameras, int))

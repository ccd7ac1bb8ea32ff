"""Distances held against those to other people, against loops over single numbers."""

import math

import numpy as np
import pytest
import torch

from reid_core.evaluation import (
    Site,
    calibrate_cohorts,
    calibrate_foreign,
    combined,
    distances_of,
    held_pairs,
    in_the_middle,
    moments,
    rows,
    usual_deviation,
)
from reid_core.evaluation.cohort import PRIOR_PEOPLE, among
from reid_core.model import HeadOutput
from tests.oracles import slow_s_norm
from tests.tiny import tiny_head

HEAD = tiny_head("mean", features=6).build().eval()
P, G, N = 4, 3, 7
USUAL = 0.3


def outputs(values: np.ndarray) -> HeadOutput:
    """Embeddings as what a head makes."""
    embedding = torch.tensor(values, dtype=torch.float32)
    return HeadOutput(embedding, embedding[:, None, :][:, :0], None, torch.ones(len(values), dtype=torch.int64))


def site(seed: int, people: int = 8, gain: float = 1.0, shift: float = 0.0) -> Site:
    """People in six numbers; two cameras put noise on them, the second another colour and its own contrast."""
    rng = np.random.default_rng(seed)
    looks = rng.normal(0, 1, (people, 6))
    first, second = (looks + rng.normal(0, 0.3, looks.shape) for _ in range(2))
    return Site(outputs(gain * first), outputs(gain * (second + shift)))


def clips(seed: int = 0) -> tuple[np.ndarray, ...]:
    """Embeddings of unit length: of probes and of a gallery, and of a cohort as the cameras of both saw it."""
    rng = np.random.default_rng(seed)
    values = [rng.normal(shift, 1, (n, 6)) for n, shift in ((P, 0), (G, 0.7), (N, 0), (N - 2, 0.7))]
    return tuple(one / np.linalg.norm(one, axis=1, keepdims=True) for one in values)


def z_of(*sides: np.ndarray, by_camera: bool = True) -> np.ndarray:
    """Of clips as ``clips`` makes them."""
    a, b, *cohort = map(outputs, sides)
    return held_pairs(HEAD, a, b, tuple(cohort), USUAL, by_camera).z(distances_of(HEAD, a, b))


def test_z_equals_loops_over_single_numbers() -> None:
    expected = slow_s_norm(*clips(), USUAL)
    assert expected.std() > 0.5
    assert z_of(*clips()) == pytest.approx(expected, abs=1e-4)


def test_a_worked_example() -> None:
    """Means 2 and 4, deviations 1 and 2: z = ((0 - 2) / 1 + (0 - 4) / 2) / 2."""
    views = moments(np.array([[3.0, 1, 2]])), moments(np.array([[2.0, 4, 6]]))
    assert combined(*views).z(np.zeros(1)) == pytest.approx(np.array([-2.0]))


def test_people_of_other_cameras_are_two_views_of_embeddings_as_they_are() -> None:
    a, b, first, second = clips()
    distances = [np.linalg.norm(x[:, None] - y, axis=2) for x, y in ((a, b), (a, second), (b, first))]
    of_a, of_b = (moments(theirs, USUAL) for theirs in distances[1:])
    expected = (of_a.z(distances[0].T).T + of_b.z(distances[0])) / 2
    assert z_of(a, b, first, second, by_camera=False) == pytest.approx(expected, abs=1e-4)
    assert abs(z_of(a, b, first, second) - expected).max() > 0.1


def test_what_tells_the_cameras_apart_falls_out_with_many_people() -> None:
    """The second camera adds the same to everybody: how far everybody is from himself then falls to a third."""
    looks, cast = np.random.default_rng(0).normal(0, 1, (400, 6)), np.array([1.0, 0, 0, 1, 0, 0])
    seen = [looks - cast / 2, looks + cast / 2]
    sides = tuple(outputs(side / np.linalg.norm(side, axis=1, keepdims=True)) for side in seen)
    before, after = (np.diag(distances_of(HEAD, *two)) for two in (sides, in_the_middle(*sides, sides)[:2]))
    assert 0 < after.mean() < before.mean() / 3


def test_a_camera_alone_is_moved_nowhere_and_nobody_is_his_own_view() -> None:
    """One cohort for both sides: its people are 0 from themselves, and that is no distance of two persons."""
    a, b, cohort, _ = map(outputs, clips())
    assert torch.allclose(in_the_middle(a, b, (cohort, cohort))[0].embedding, a.embedding, atol=1e-6)
    distances = distances_of(HEAD, cohort, cohort)
    assert among(HEAD, (cohort, cohort), USUAL).mean == pytest.approx(np.median(distances[~np.eye(N, dtype=bool)]))


def test_z_tells_of_distances_of_clips_as_they_are() -> None:
    """What moving takes off a distance is in the mean: z of it is that of the moved clips."""
    a, b, first, second = map(outputs, clips())
    x, y, *cohort = in_the_middle(a, b, (first, second))
    of_a, of_b = (moments(distances_of(HEAD, *two), USUAL) for two in ((x, cohort[1]), (y, cohort[0])))
    moved, own = distances_of(HEAD, x, y), among(HEAD, tuple(cohort), USUAL)
    expected = (of_a.z(moved.T).T + of_b.z(moved) + own.z(moved)) / 3
    assert abs(moved - distances_of(HEAD, a, b)).max() > 0.05
    assert z_of(*clips()) == pytest.approx(expected)


def test_a_small_cohort_s_deviation_is_drawn_towards_the_usual_one() -> None:
    """Of 1 and 3: sum of squares 2 about the mean 2, one degree of freedom; with the usual deviation .5 ten more."""
    assert moments(np.array([[1.0, 3]])).deviation == pytest.approx([math.sqrt(2)])
    drawn = moments(np.array([[1.0, 3]]), usual_deviation=0.5)
    assert drawn.deviation == pytest.approx([math.sqrt((2 + PRIOR_PEOPLE * 0.25) / (1 + PRIOR_PEOPLE))])
    assert drawn.mean == pytest.approx([2])
    crowd = np.random.default_rng(0).normal(2, 1, (1, 5000))
    assert moments(crowd, 0.5).deviation == pytest.approx(moments(crowd).deviation, rel=0.01)


def test_a_cohort_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="distances must be to a cohort of 2 people or more, got 1"):
        moments(np.ones((3, 1)))


def test_rows_are_those_asked_for_in_order() -> None:
    batch = outputs(np.arange(12).reshape(4, 3))
    assert rows(batch, np.array([2, 0])).embedding.tolist() == [[6, 7, 8], [0, 1, 2]]


# What a cohort is worth


def test_cohorts_are_calibrated_on_pairs_that_are_in_none() -> None:
    """Of 8 people 2 are each camera's cohort: of the other 4 there are 4 pairs of one and 12 of two, in two draws."""
    sites = [site(seed) for seed in range(3)]
    (known,) = calibrate_cohorts(HEAD, sites, (2,), "three sites", draws=2)
    assert (known.of, known.people, known.by_camera, known.scale.source) == ("cameras", 2, True, "three sites")
    assert sum(known.scale.same_histogram) == 3 * 2 * 4
    assert sum(known.scale.different_histogram) == 3 * 2 * 12
    assert known.deviation == pytest.approx(usual_deviation(HEAD, sites))


def test_what_two_cameras_do_to_all_distances_makes_no_difference() -> None:
    """Twice the contrast is twice every distance, and the same z."""
    plain, loud = ([site(seed, gain=gain) for seed in range(4)] for gain in (1.0, 2.0))
    (a,), (b,) = (calibrate_cohorts(HEAD, sites, (3,), "", draws=3) for sites in (plain, loud))
    assert b.scale.threshold == pytest.approx(a.scale.threshold, rel=1e-3)
    assert b.deviation == pytest.approx(2 * a.deviation, rel=1e-3)
    assert a.scale.equal_error_rate < 0.2


def test_each_side_is_held_against_the_cohort_as_the_other_camera_saw_it() -> None:
    """A camera that shifts everybody is no stranger to people whom it saw, too: z is about as on one that does not."""
    plain, cast = ([site(seed, 24, shift=shift) for seed in range(4)] for shift in (0.0, 3.0))
    (a,), (b,) = (calibrate_cohorts(HEAD, sites, (8,), "", draws=3) for sites in (plain, cast))
    centre_a, centre_b = (
        np.average(np.convolve(known.scale.bin_edges, [0.5, 0.5], "valid"), weights=known.scale.different_histogram)
        for known in (a, b)
    )
    assert abs(centre_a) < 0.4 and abs(centre_b) < 0.4


def test_a_foreign_cohort_is_one_cohort_for_both_sides() -> None:
    sites, cohort = [site(seed) for seed in range(3)], outputs(np.random.default_rng(9).normal(0, 1, (6, 6)))
    known = calibrate_foreign(HEAD, sites, cohort, "three sites", wider=2.0)
    assert (known.of, known.people, known.by_camera, known.scale.wider) == ("foreign", 6, False, 2.0)
    assert sum(known.scale.same_histogram) == 24 and sum(known.scale.different_histogram) == 3 * 56


def test_a_site_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="sites must have 10 people or more, got 8"):
        calibrate_cohorts(HEAD, [site(0)], (4,), "")

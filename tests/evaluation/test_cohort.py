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
    moments,
    normalised,
    rows,
    usual_deviation,
)
from reid_core.evaluation.cohort import PRIOR_PEOPLE
from reid_core.model import HeadOutput
from tests.oracles import slow_s_norm
from tests.tiny import tiny_head

HEAD = tiny_head("mean", features=6).build().eval()
P, G, N = 4, 3, 7


def tables(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distances of probes to the gallery, and of both to a cohort."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.5, 2, (P, G)), rng.uniform(0.5, 2, (P, N)), rng.uniform(0.5, 2, (G, N))


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


@pytest.mark.parametrize("nearest", [None, 3])
def test_z_equals_loops_over_single_numbers(nearest: int | None) -> None:
    distances, probe, gallery = tables()
    found = normalised(distances, moments(probe, nearest=nearest), moments(gallery, nearest=nearest))
    expected = slow_s_norm(distances, probe, gallery, nearest)
    assert expected.std() > 0.5
    assert found == pytest.approx(expected)


def test_a_worked_example() -> None:
    """Means 2 and 4, deviations 1 and 2: z = ((0 - 2) / 1 + (0 - 4) / 2) / 2."""
    z = normalised(np.zeros((1, 1)), moments(np.array([[3.0, 1, 2]])), moments(np.array([[2.0, 4, 6]])))
    assert z == pytest.approx(np.array([[-2.0]]))


@pytest.mark.parametrize(("gain", "shift"), [(3.0, 0.0), (1.0, 5.0), (0.2, -0.1)])
def test_z_does_not_change_when_all_distances_do(gain: float, shift: float) -> None:
    """Neither their unit nor what a camera adds to all of them."""
    plain = tables()
    changed = tuple(gain * table + shift for table in plain)
    for nearest in (None, 4):
        before, after = (
            normalised(d, moments(a, nearest=nearest), moments(b, nearest=nearest)) for d, a, b in (plain, changed)
        )
        assert before.std() > 0.1
        assert after == pytest.approx(before)


def test_mean_and_deviation_of_a_pair_give_its_z_back() -> None:
    distances, probe, gallery = tables()
    sides = moments(probe), moments(gallery)
    mean, deviation = combined(*sides)
    assert (distances - mean) / deviation == pytest.approx(normalised(distances, *sides))


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
    """Of 8 people 5 are the cohort: of the other 3 there are 3 pairs of one and 6 of two, in each of two draws."""
    sites = [site(seed) for seed in range(3)]
    (known,) = calibrate_cohorts(HEAD, sites, (5,), "three sites", draws=2)
    assert (known.of, known.people, known.scale.source) == ("cameras", 5, "three sites")
    assert sum(known.scale.same_histogram) == 3 * 2 * 3
    assert sum(known.scale.different_histogram) == 3 * 2 * 6
    assert known.deviation == pytest.approx(usual_deviation(HEAD, sites))


def test_what_two_cameras_do_to_all_distances_makes_no_difference() -> None:
    """Twice the contrast is twice every distance, and the same z."""
    plain, loud = ([site(seed, gain=gain) for seed in range(4)] for gain in (1.0, 2.0))
    (a,), (b,) = (calibrate_cohorts(HEAD, sites, (4,), "", draws=3) for sites in (plain, loud))
    assert b.scale.threshold == pytest.approx(a.scale.threshold, rel=1e-3)
    assert b.deviation == pytest.approx(2 * a.deviation, rel=1e-3)
    assert a.scale.equal_error_rate < 0.2


def test_each_side_is_held_against_the_cohort_as_the_other_camera_saw_it() -> None:
    """A camera that shifts everybody is no stranger to people whom it saw, too: z is about as on one that does not."""
    plain, cast = ([site(seed, 12, shift=shift) for seed in range(4)] for shift in (0.0, 3.0))
    (a,), (b,) = (calibrate_cohorts(HEAD, sites, (8,), "", draws=3) for sites in (plain, cast))
    centre_a, centre_b = (
        np.average(np.convolve(known.scale.bin_edges, [0.5, 0.5], "valid"), weights=known.scale.different_histogram)
        for known in (a, b)
    )
    assert abs(centre_a) < 0.4 and abs(centre_b) < 0.4


def test_a_foreign_cohort_is_one_cohort_for_both_sides() -> None:
    sites, cohort = [site(seed) for seed in range(3)], outputs(np.random.default_rng(9).normal(0, 1, (6, 6)))
    known = calibrate_foreign(HEAD, sites, cohort, "three sites", wider=2.0)
    assert (known.of, known.people, known.scale.wider) == ("foreign", 6, 2.0)
    assert sum(known.scale.same_histogram) == 24 and sum(known.scale.different_histogram) == 3 * 56


def test_a_site_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="sites must have 9 people or more, got 8"):
        calibrate_cohorts(HEAD, [site(0)], (7,), "")

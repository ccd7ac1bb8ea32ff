import json
from dataclasses import replace

import numpy as np
import pytest

from reid_core.model import Calibration, CohortCalibration, Of


def calibration(threshold: float = 2.0, spread: float = 0.5) -> Calibration:
    return Calibration(threshold, spread, 0.1, "ten persons", (0.0, 1.0, 2.0), (4, 1), (0, 5))


def test_probability_is_a_half_at_the_threshold_and_falls_with_the_distance() -> None:
    assert calibration().probability_same(2.0) == 0.5
    assert calibration().probability_same(2.5) == pytest.approx(1 / (1 + np.e))
    assert calibration().probability_same(1e6) == 0
    assert calibration().probability_same(-1e6) == 1


# 40 pairs of one person, 10 in each bin from 0 to 4; 100 of two, none below 2, 25 in each from there to 6.
EVEN = Calibration(
    3.0, 0.5, 0.25, "by hand", (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0), (10, 10, 10, 10, 0, 0), (0, 0, 25, 25, 25, 25)
)


@pytest.mark.parametrize(
    ("distance", "false_alarms", "misses"),
    [(-1, 0, 1), (0, 0, 1), (1, 0, 0.75), (2, 0, 0.5), (2.2, 0.05, 0.45), (3.8, 0.45, 0.05), (4, 0.5, 0), (9, 1, 0)],
)
def test_shares_of_pairs_are_read_from_the_histograms(distance: float, false_alarms: float, misses: float) -> None:
    assert EVEN.false_alarms(distance) == pytest.approx(false_alarms)
    assert EVEN.misses(distance) == pytest.approx(misses)


@pytest.mark.parametrize(("allowed", "low", "high"), [(0.01, 2.04, 3.96), (0.05, 2.2, 3.8), (0.1, 2.4, 3.6)])
def test_between_what_may_be_wrong_on_either_side_it_is_too_close_to_call(
    allowed: float, low: float, high: float
) -> None:
    assert EVEN.uncertain_range(allowed) == pytest.approx((low, high))
    answers = [EVEN.verdict(x, allowed) for x in (low - 1e-6, low + 1e-6, 3.0, high - 1e-6, high + 1e-6)]
    assert answers == ["same", "uncertain", "uncertain", "uncertain", "different"]


def test_the_default_allows_five_of_a_hundred() -> None:
    assert EVEN.uncertain_range() == EVEN.uncertain_range(0.05)
    assert [EVEN.verdict(x) for x in (2.19, 2.21)] == ["same", "uncertain"]


def test_where_no_pair_is_the_threshold_parts_the_two() -> None:
    """A gap from 1 to 3 with its middle at 2: nobody of either kind is there, and the nearer kind is told."""
    apart = Calibration(2.0, 0.5, 0.0, "", (0.0, 1.0, 3.0, 4.0), (50, 0, 0), (0, 0, 50))
    assert apart.uncertain_range() == (2.0, 2.0)
    assert [apart.verdict(x) for x in (1.99, 2.01)] == ["same", "different"]


def test_errors_that_are_twice_as_frequent_elsewhere_make_it_wider() -> None:
    wide = replace(EVEN, wider=2.0)
    assert wide.false_alarms(2.2) == pytest.approx(0.1) and wide.misses(3.8) == pytest.approx(0.1)
    assert wide.false_alarms(5.9) == 1
    assert wide.uncertain_range(0.1) == pytest.approx(EVEN.uncertain_range(0.05))


@pytest.mark.parametrize("allowed", [0, 1, -0.1])
def test_what_is_allowed_is_a_share(allowed: float) -> None:
    with pytest.raises(ValueError, match="allowed must be a share above 0 and below 1, got"):
        EVEN.uncertain_range(allowed)


def test_told_of_distances_the_verdict_on_z_is_the_same() -> None:
    mean, deviation = 1.3, 0.2
    told = EVEN.in_distances(mean, deviation)
    for z in np.linspace(-1, 7, 33):
        d = mean + deviation * z
        assert told.probability_same(d) == pytest.approx(EVEN.probability_same(z))
        assert told.false_alarms(d) == pytest.approx(EVEN.false_alarms(z))
        assert told.misses(d) == pytest.approx(EVEN.misses(z))
    assert told.uncertain_range() == pytest.approx([mean + deviation * z for z in EVEN.uncertain_range()])


# Of distances held against a cohort


def of_cohorts() -> Calibration:
    scales = [(n, replace(EVEN, threshold=2.5 + n / 100)) for n in (2, 5, 10)]
    sizes = [CohortCalibration("cameras", n, 0.2, scale, by_camera=True) for n, scale in scales]
    return replace(EVEN, normalised=(*sizes, CohortCalibration("foreign", 13, 0.2, EVEN)))


@pytest.mark.parametrize(
    ("of", "people", "found"),
    [
        ("cameras", 1, None),
        ("cameras", 2, 2),
        ("cameras", 9, 5),
        ("cameras", 30, 10),
        ("foreign", 13, 13),
        ("foreign", 9, None),
    ],
)
def test_the_largest_cohort_with_no_more_people_is_taken(of: Of, people: int, found: int | None) -> None:
    known = of_cohorts().of_cohort(of, people)
    assert (known and known.people) == found


def test_a_calibration_with_cohorts_survives_json() -> None:
    told = json.loads(json.dumps(of_cohorts().to_dict()))
    assert Calibration.from_dict(told) == of_cohorts()


def test_cohorts_of_earlier_checkpoints_are_not_held_against_by_camera() -> None:
    values = of_cohorts().to_dict()
    for known in values["normalised"]:
        del known["by_camera"]
    read = Calibration.from_dict(values)
    assert [known.by_camera for known in read.normalised] == [False] * 4
    assert read.normalised[0].scale == of_cohorts().normalised[0].scale


def test_a_calibration_without_cohorts_as_earlier_checkpoints_hold_it_is_read() -> None:
    values = EVEN.to_dict()
    del values["wider"], values["normalised"]
    assert Calibration.from_dict(values) == EVEN


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"of": "others"}, "of must be cameras or foreign, got 'others'"),
        ({"people": 0}, "people must be a number of people, 1 or more, got 0"),
        ({"deviation": 0}, "deviation must be a number above 0, got 0"),
        ({"by_camera": 1}, "by_camera must be true or false, and false of foreign people, got 1"),
        ({"by_camera": True, "of": "foreign"}, "and false of foreign people, got True"),
    ],
)
def test_a_cohort_that_cannot_be_is_refused(change: dict[str, object], expected: str) -> None:
    values = of_cohorts().normalised[0]
    with pytest.raises(ValueError, match=expected):
        replace(values, **change)  # type: ignore[arg-type]


def test_a_calibration_with_no_pairs_of_a_kind_or_that_narrows_is_refused() -> None:
    with pytest.raises(ValueError, match="histograms must hold a pair or more of each kind, got none"):
        replace(EVEN, same_histogram=(0,) * 6)
    with pytest.raises(ValueError, match=r"wider must be 1 or more, got 0\.5"):
        replace(EVEN, wider=0.5)


def test_a_spread_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match=r"spread must be above 0, got 0\.0"):
        calibration(spread=0.0)


@pytest.mark.parametrize(("edges", "same"), [((0.0, 1.0), (4, 1)), ((0.0,), ()), ((0.0, 1.0, 2.0), (4,))])
def test_histograms_must_fit_their_bins(edges: tuple[float, ...], same: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="histograms must have one count for each of"):
        Calibration(1.0, 1.0, 0.1, "", edges, same, (4, 1))


@pytest.mark.parametrize("change", [{"spread": None}, {"colour": 1}])
def test_other_values_are_no_calibration(change: dict[str, object]) -> None:
    values = {name: value for name, value in (calibration().to_dict() | change).items() if value is not None}
    with pytest.raises(ValueError, match="calibration must have the values of a Calibration, got"):
        Calibration.from_dict(values)

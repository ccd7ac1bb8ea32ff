import json

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from reid_core.evaluation import area_under_curve, reliability
from reid_core.evaluation.verification import calibrate, roc
from reid_core.model import Calibration
from tests.oracles import slow_area_under_curve, slow_equal_errors

SAME, DIFFERENT = np.array([1.0, 2, 5]), np.array([3.0, 4, 6, 7])


def overlapping(seed: int, same: int = 40, different: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Rounded, so that there are ties."""
    rng = np.random.default_rng(seed)
    return abs(rng.normal(1, 0.5, same)).round(1), abs(rng.normal(1.8, 0.6, different)).round(1)


def test_rates_of_a_worked_example() -> None:
    curve = roc(SAME, DIFFERENT)
    assert curve.thresholds.tolist() == [0, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 8]
    assert curve.far.tolist() == pytest.approx([0, 0, 0, 1 / 4, 2 / 4, 2 / 4, 3 / 4, 1])
    assert curve.frr.tolist() == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3, 1 / 3, 0, 0, 0])


def test_equal_error_of_a_worked_example() -> None:
    """At 3.5: one of four is accepted wrongly, one of three rejected wrongly."""
    threshold, rate = roc(SAME, DIFFERENT).equal_error
    assert threshold == 3.5
    assert rate == pytest.approx((1 / 4 + 1 / 3) / 2)


def test_a_threshold_between_perfectly_separated_pairs_lies_half_way() -> None:
    threshold, rate = roc(np.array([1.0, 2]), np.array([5.0, 6])).equal_error
    assert (threshold, rate) == (3.5, 0)


@pytest.mark.parametrize("seed", range(5))
def test_equal_error_equals_trying_every_threshold(seed: int) -> None:
    same, different = overlapping(seed)
    curve = roc(same, different)
    threshold, rate = curve.equal_error
    gap, rates = slow_equal_errors(same.tolist(), different.tolist())
    assert 0.05 < rate < 0.5
    assert min(abs(rate - other) for other in rates) < 1e-12
    assert abs((different <= threshold).mean() - (same > threshold).mean()) == pytest.approx(gap)


def test_rates_are_those_of_counting() -> None:
    same, different = overlapping(9)
    curve = roc(same, different)
    assert curve.far.tolist() == pytest.approx([(different <= t).mean() for t in curve.thresholds])
    assert curve.frr.tolist() == pytest.approx([(same > t).mean() for t in curve.thresholds])


def test_area_of_a_worked_example() -> None:
    """Of 12 comparisons 5 against 3 and 5 against 4 are lost."""
    assert area_under_curve(SAME, DIFFERENT) == pytest.approx(10 / 12)


@pytest.mark.parametrize("seed", range(5))
def test_area_equals_comparing_every_two(seed: int) -> None:
    same, different = overlapping(seed)
    expected = slow_area_under_curve(same.tolist(), different.tolist())
    assert 0.6 < expected < 0.99
    assert area_under_curve(same, different) == pytest.approx(expected)


def test_constant_distances_are_chance() -> None:
    flat = np.ones(5)
    assert area_under_curve(flat, flat) == 0.5
    assert roc(flat, flat).equal_error[1] == 0.5


def test_calibration_survives_json() -> None:
    original = calibrate(*overlapping(1), "pairs of somebody")
    assert Calibration.from_dict(json.loads(json.dumps(original.to_dict()))) == original


def test_calibration_stands_at_the_equal_error() -> None:
    same, different = overlapping(2)
    made = calibrate(same, different, "here")
    assert (made.threshold, made.equal_error_rate) == roc(same, different).equal_error
    assert made.source == "here"


def test_histograms_hold_every_pair() -> None:
    same, different = overlapping(3)
    made = calibrate(same, different, "here")
    assert (sum(made.same_histogram), sum(made.different_histogram)) == (len(same), len(different))
    edges = np.array(made.bin_edges)
    assert edges[0] == 0 and edges[-1] > max(same.max(), different.max())
    in_first = (same < edges[1]).sum(), (different < edges[1]).sum()
    assert (made.same_histogram[0], made.different_histogram[0]) == in_first


def test_spread_is_the_most_likely_one() -> None:
    """Against a numerical minimum of the cross-entropy with Platt's targets, written out."""
    same, different = overlapping(4, 200, 400)
    made = calibrate(same, different, "here")

    def cost(spread: float) -> float:
        total = 0.0
        for distances, sign in ((same, 1), (different, -1)):
            right = 1 / (1 + np.exp(sign * (distances - made.threshold) / spread))
            target = (len(distances) + 1) / (len(distances) + 2)
            total -= np.mean(target * np.log(right) + (1 - target) * np.log(1 - right))
        return total

    best = minimize_scalar(cost, bounds=(0.02, 5), method="bounded").x
    assert made.spread == pytest.approx(best, rel=0.07)


def test_both_kinds_of_pairs_weigh_the_same() -> None:
    same, different = overlapping(5, 200, 200)
    once, often = calibrate(same, different, ""), calibrate(same, np.repeat(different, 20), "")
    assert often.threshold == once.threshold
    assert often.spread == pytest.approx(once.spread, rel=0.15)


@pytest.mark.parametrize("unit", [1e-3, 1e3])
def test_the_unit_of_the_distances_changes_nothing(unit: float) -> None:
    same, different = overlapping(6)
    once, scaled = calibrate(same, different, ""), calibrate(unit * same, unit * different, "")
    assert (scaled.threshold, scaled.spread) == pytest.approx((unit * once.threshold, unit * once.spread))


def test_few_perfectly_separated_pairs_are_no_certainty() -> None:
    few, many = (calibrate(np.full(n, 1.0), np.full(n, 2.0), "") for n in (3, 3000))
    assert 0.6 < few.probability_same(1.0) < 0.9
    assert many.probability_same(1.0) > 0.99


@pytest.mark.parametrize("count", [2, 4, 8, 19])
@pytest.mark.parametrize("allowed", [0.01, 0.05, 0.1])
def test_of_few_pairs_no_answer_is_surer_than_its_probability(count: int, allowed: float) -> None:
    """However far apart they are; of the shares that are told the same holds."""
    made = calibrate(np.linspace(0.8, 1.2, count), np.linspace(2.3, 2.7, count), "")
    answers = dict[str, list[float]]({"same": [], "uncertain": [], "different": []})
    for distance in np.linspace(-10, 13, 500):
        probability = made.probability_same(distance)
        answers[made.verdict(distance, allowed)].append(probability)
        assert made.false_alarms(distance) >= 1 - probability and made.misses(distance) >= probability
    assert min(answers["same"]) >= 1 - allowed - 1e-9 and max(answers["different"]) <= allowed + 1e-9
    assert min(answers["uncertain"]) > allowed - 1e-9 and max(answers["uncertain"]) < 1 - allowed + 1e-9
    assert min(map(len, answers.values())) > 3


@pytest.mark.parametrize(("same", "different"), [(19, 300), (300, 19)])
def test_few_pairs_of_one_kind_are_few(same: int, different: int) -> None:
    made = calibrate(np.linspace(0.8, 1.2, same), np.linspace(2.3, 2.7, different), "")
    enough = calibrate(np.linspace(0.8, 1.2, 20), np.linspace(2.3, 2.7, 20), "")
    between = made.threshold + 0.1 * made.spread, enough.threshold + 0.1 * enough.spread
    assert made.few and made.verdict(between[0]) == "uncertain"
    assert not enough.few and enough.verdict(between[1]) == "different"


def test_calibration_on_constant_distances_answers_nothing() -> None:
    zero = np.zeros(4)
    made = calibrate(zero, zero, "")
    assert made.verdict(0.0) == "uncertain"
    assert made.equal_error_rate == 0.5


@pytest.mark.parametrize("bad", [np.array([]), np.array([1, np.nan]), np.array([np.inf]), np.ones((2, 2))])
@pytest.mark.parametrize("function", [roc, area_under_curve, lambda a, b: calibrate(a, b, "")])
def test_distances_must_be_finite_numbers(function: object, bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"^same must be one or more finite distances, got shape"):
        function(bad, np.ones(2))  # type: ignore[operator]
    with pytest.raises(ValueError, match=r"^different must be one or more finite distances, got shape"):
        function(np.ones(2), bad)  # type: ignore[operator]


# How true a probability is


def test_the_calibration_error_of_a_worked_example() -> None:
    """Two bins, each pair weighing a quarter: below, .2 and .4 of two persons and .4 of one; above, .9 of one."""
    same, different = np.array([0.4, 0.9]), np.array([0.2, 0.4])
    below = abs((0.2 + 0.4) / 4 + (0.4 - 1) / 4)
    above = abs((0.9 - 1) / 4)
    found = reliability(same, different, bins=2)
    assert found.error == pytest.approx(below + above)
    assert below + above == pytest.approx(0.025)
    assert found.weight.tolist() == [0.75, 0.25]
    assert found.probability.tolist() == pytest.approx([1 / 3, 0.9]) and found.share.tolist() == pytest.approx(
        [1 / 3, 1]
    )


def test_bins_without_a_pair_are_told_as_such_and_count_for_nothing() -> None:
    found = reliability(np.array([0.95, 1.0]), np.array([0.05]), bins=10)
    assert np.flatnonzero(np.isfinite(found.probability)).tolist() == [0, 9]
    assert found.error == pytest.approx(0.5 * 0.025 + 0.5 * 0.05)


def test_certainty_that_is_right_has_no_calibration_error_and_wrong_has_all() -> None:
    ones, zeros = np.ones(3), np.zeros(5)
    assert reliability(ones, zeros).error == 0
    assert reliability(zeros, ones).error == 1


def test_probabilities_of_a_known_law_are_nearly_true() -> None:
    """Normal distances of equal deviation: the log odds are linear in the distance, so that the sigmoid is exact."""
    rng = np.random.default_rng(0)
    same, different = rng.normal(1, 1, 20_000), rng.normal(3, 1, 20_000)
    true = Calibration(2.0, 0.5, 0.1, "", (0.0, 1.0), (1,), (1,))
    sure = Calibration(2.0, 0.1, 0.1, "", (0.0, 1.0), (1,), (1,))
    errors = [reliability(c.probabilities_same(same), c.probabilities_same(different)).error for c in (true, sure)]
    assert errors[0] < 0.01 < 0.1 < errors[1]

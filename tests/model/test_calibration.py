import numpy as np
import pytest

from reid_core.model import Calibration


def calibration(threshold: float = 2.0, spread: float = 0.5) -> Calibration:
    return Calibration(threshold, spread, 0.1, "ten persons", (0.0, 1.0, 2.0), (4, 1), (0, 5))


def test_probability_is_a_half_at_the_threshold_and_falls_with_the_distance() -> None:
    assert calibration().probability_same(2.0) == 0.5
    assert calibration().probability_same(2.5) == pytest.approx(1 / (1 + np.e))
    assert calibration().probability_same(1e6) == 0
    assert calibration().probability_same(-1e6) == 1


def test_verdicts_need_three_quarters() -> None:
    """The probability is 3/4 at threshold - spread log 3 and 1/4 at threshold + spread log 3."""
    reach = 0.5 * np.log(3)
    near = [calibration().verdict(2 + side * reach) for side in (-1.001, -0.999, 0, 0.999, 1.001)]
    assert near == ["same", "uncertain", "uncertain", "uncertain", "different"]


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

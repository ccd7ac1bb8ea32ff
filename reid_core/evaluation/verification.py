"""Same or different: error rates at every threshold, and the calibration that rests on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid_core.model import Calibration

HISTOGRAM_BINS = 40
SPREAD_STEPS = 60
RELIABILITY_BINS = 10


@dataclass(frozen=True)
class Roc:
    """False acceptance and false rejection rates when every pair at or below a threshold is accepted.

    thresholds: ascending, shape (K,). far: share of pairs of two persons that are accepted. frr: share of pairs of one
    person that are rejected; both of shape (K,).
    """

    thresholds: NDArray[np.float64]
    far: NDArray[np.float64]
    frr: NDArray[np.float64]

    @property
    def equal_error(self) -> tuple[float, float]:
        """(threshold, rate) where both rates are nearest to each other; the rate is their mean."""
        gap = np.abs(self.far - self.frr)
        best = np.flatnonzero(gap == gap.min())
        at = best[len(best) // 2]
        return float(self.thresholds[at]), float((self.far[at] + self.frr[at]) / 2)


def roc(same: NDArray[np.floating], different: NDArray[np.floating]) -> Roc:
    """Error rates at thresholds half-way between neighbouring distances, and outside of all.

    Args: same, different: distances of pairs of one person and of two. Raises: ValueError when either is empty or NaN.
    """
    same, different = _checked("same", same), _checked("different", different)
    values = np.unique(np.concatenate([same, different]))
    thresholds = np.concatenate([[values[0] - 1], (values[:-1] + values[1:]) / 2, [values[-1] + 1]])
    far = np.searchsorted(np.sort(different), thresholds, side="right") / len(different)
    frr = 1 - np.searchsorted(np.sort(same), thresholds, side="right") / len(same)
    return Roc(thresholds, far, frr)


def area_under_curve(same: NDArray[np.floating], different: NDArray[np.floating]) -> float:
    """Probability that a pair of one person is nearer than a pair of two; a tie counts half (Mann-Whitney U)."""
    same, different = _checked("same", same), np.sort(_checked("different", different))
    farther = len(different) - np.searchsorted(different, same, side="right")
    equal = len(different) - np.searchsorted(different, same, side="left") - farther
    return float((farther + equal / 2).mean() / len(different))


@dataclass(frozen=True)
class Reliability:
    """What pairs with about one probability of "same" turn out to be, by equal bins of it; both kinds weigh a half.

    weight: of the pairs in each bin, together 1. probability: mean of theirs. share: of one person among them. Each is
    (B,), the last two NaN where there is no pair.
    """

    weight: NDArray[np.float64]
    probability: NDArray[np.float64]
    share: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error: sum_b w_b |mean of P in b - share in b| (Naeini et al., AAAI 2015)."""
        return float(np.nansum(self.weight * np.abs(self.probability - self.share)))


def reliability(
    same: NDArray[np.floating], different: NDArray[np.floating], bins: int = RELIABILITY_BINS
) -> Reliability:
    """Args: same, different: P(same) of pairs of one person and of two."""
    parts = _checked("same", same), _checked("different", different)
    values = np.concatenate(parts)
    weights = np.concatenate([np.full(len(part), 0.5 / len(part)) for part in parts])
    within = np.minimum((values * bins).astype(np.int64), bins - 1)
    of_one = np.arange(len(values)) < len(parts[0])
    weight, sums, share = (
        np.bincount(within, weights * what, bins).astype(np.float64) for what in (np.ones(1), values, of_one)
    )
    with np.errstate(invalid="ignore"):
        return Reliability(weight, sums / weight, share / weight)


def calibrate(
    same: NDArray[np.floating], different: NDArray[np.floating], source: str, wider: float = 1.0
) -> Calibration:
    """Threshold at the equal error rate; spread by maximum likelihood, both kinds of pairs weighing the same.

    Args: same, different: distances, or z, of pairs that were neither trained on nor reported on. source: names them.
        wider: as in ``Calibration``.
    """
    same, different = _checked("same", same), _checked("different", different)
    threshold, rate = roc(same, different).equal_error
    smallest, largest = min(0.0, same.min(), different.min()), max(same.max(), different.max())
    edges = np.linspace(smallest, max(largest * 1.02, 0.0) or 1.0, HISTOGRAM_BINS + 1)
    return Calibration(
        threshold=threshold,
        spread=_most_likely_spread(same - threshold, different - threshold),
        equal_error_rate=rate,
        source=source,
        bin_edges=tuple(edges.tolist()),
        same_histogram=tuple(np.histogram(same, edges)[0].tolist()),
        different_histogram=tuple(np.histogram(different, edges)[0].tolist()),
        wider=wider,
    )


def _most_likely_spread(same: NDArray[np.float64], different: NDArray[np.float64]) -> float:
    """The spread, out of a geometric grid, with the smallest mean cross-entropy.

    The targets are Platt's (1999), (N + 1) / (N + 2) instead of 1: few pairs, perfectly separated, are no certainty.
    """
    scale = float(np.abs(np.concatenate([same, different])).mean()) or 1.0
    spreads = scale * np.geomspace(0.01, 10, SPREAD_STEPS)
    costs = [_smoothed_cost(same / s) + _smoothed_cost(-different / s) for s in spreads]
    return float(spreads[int(np.argmin(costs))])


def _smoothed_cost(wrongness: NDArray[np.float64]) -> float:
    """Mean cross-entropy of sigmoid(-wrongness) against the smoothed target."""
    target = (len(wrongness) + 1) / (len(wrongness) + 2)
    return float((target * np.logaddexp(0, wrongness) + (1 - target) * np.logaddexp(0, -wrongness)).mean())


def _checked(name: str, distances: NDArray[np.floating]) -> NDArray[np.float64]:
    values = np.asarray(distances, np.float64)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"{name} must be one or more finite distances, got shape {values.shape}")
    return values

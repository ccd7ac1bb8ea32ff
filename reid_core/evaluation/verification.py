"""Same or different: error rates at every threshold, and a calibrated verdict."""

import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["same", "different", "uncertain"]
CERTAIN = 0.75  # a verdict needs at least this probability; between it and its complement it is too close to call
HISTOGRAM_BINS = 40
SPREAD_STEPS = 60


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
class Calibration:
    """A threshold, what it rests on, and the probability of "same" around it.

        P(same | d) = 1 / (1 + exp((d - threshold) / spread)),  for equally many pairs of one person and of two

    source: which pairs. equal_error_rate: at the threshold. bin_edges: (K+1,). same_histogram, different_histogram:
    counts of pairs, (K,).
    """

    threshold: float
    spread: float
    equal_error_rate: float
    source: str
    bin_edges: tuple[float, ...]
    same_histogram: tuple[int, ...]
    different_histogram: tuple[int, ...]

    def __post_init__(self) -> None:
        for name in ("threshold", "spread", "equal_error_rate"):
            if not math.isfinite(value := getattr(self, name)):
                raise ValueError(f"{name} must be a finite number, got {value}")
        if not self.spread > 0:
            raise ValueError(f"spread must be above 0, got {self.spread}")
        if not isinstance(self.source, str):
            raise ValueError(f"source must be a text, got {self.source!r}")
        bins = len(self.bin_edges) - 1
        if bins < 1 or len(self.same_histogram) != bins or len(self.different_histogram) != bins:
            raise ValueError(
                f"histograms must have one count for each of {bins} bins, got "
                f"{len(self.same_histogram)} and {len(self.different_histogram)}"
            )
        if not all(a < b for a, b in pairwise(self.bin_edges)):
            raise ValueError(f"bin_edges must be numbers that rise, got {self.bin_edges}")
        if not all(count >= 0 for count in (*self.same_histogram, *self.different_histogram)):
            raise ValueError("histograms must be counts of 0 or more, got one below")

    def probability_same(self, distance: float) -> float:
        """P(same | distance) as above, between 0 and 1."""
        return float(_sigmoid((self.threshold - distance) / self.spread))

    def verdict(self, distance: float) -> Verdict:
        """In words; ``uncertain`` where neither answer is at least ``CERTAIN``."""
        probability = self.probability_same(distance)
        if probability >= CERTAIN:
            return "same"
        return "different" if probability <= 1 - CERTAIN else "uncertain"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``Calibration.from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Calibration":
        """Raises: ValueError when a value is missing or not known."""
        try:
            plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
            return cls(**plain)
        except TypeError as error:
            raise ValueError(f"calibration must have the values of a Calibration, got {sorted(values)}") from error


def calibrate(same: NDArray[np.floating], different: NDArray[np.floating], source: str) -> Calibration:
    """Threshold at the equal error rate; spread by maximum likelihood, both kinds of pairs weighing the same.

    Args: same, different: distances of pairs that were neither trained on nor reported on. source: names them.
    """
    same, different = _checked("same", same), _checked("different", different)
    threshold, rate = roc(same, different).equal_error
    largest = max(same.max(), different.max())
    edges = np.linspace(0, largest * 1.02 or 1.0, HISTOGRAM_BINS + 1)
    return Calibration(
        threshold=threshold,
        spread=_most_likely_spread(same - threshold, different - threshold),
        equal_error_rate=rate,
        source=source,
        bin_edges=tuple(edges.tolist()),
        same_histogram=tuple(np.histogram(same, edges)[0].tolist()),
        different_histogram=tuple(np.histogram(different, edges)[0].tolist()),
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


def _sigmoid(x: float) -> float:
    return float(np.exp(-np.logaddexp(0, -x)))


def _checked(name: str, distances: NDArray[np.floating]) -> NDArray[np.float64]:
    values = np.asarray(distances, np.float64)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"{name} must be one or more finite distances, got shape {values.shape}")
    return values

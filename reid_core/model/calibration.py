"""What makes a verdict of a distance; a checkpoint may carry one."""

import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["same", "different", "uncertain"]
CERTAIN = 0.75  # a verdict needs at least this probability; between it and its complement it is too close to call


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
        return float(self.probabilities_same(np.array(distance)))

    def probabilities_same(self, distances: NDArray[np.floating]) -> NDArray[np.float64]:
        """The same for many distances, of any shape."""
        return np.exp(-np.logaddexp(0, (np.asarray(distances, np.float64) - self.threshold) / self.spread))

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

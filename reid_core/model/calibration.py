"""What makes a verdict of a distance; a checkpoint may carry one."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["same", "different", "uncertain"]
Of = Literal["cameras", "foreign"]
ALLOWED = (0.01, 0.05, 0.1)
"""Operating points: shares of pairs of two persons, and of one, that may get the wrong answer."""
DEFAULT_ALLOWED = 0.05
FEW = 20  # pairs of a kind: of fewer a share says little

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Calibration:
    """What is known of the distances of pairs of one person and of two, and what verdicts follow from it.

        P(same | d) = 1 / (1 + exp((d - threshold) / spread)),  for equally many pairs of one person and of two

    threshold: where both kinds of error are equally frequent. source: which pairs. equal_error_rate: at the threshold.
    bin_edges: (K+1,). same_histogram, different_histogram: counts of pairs, (K,); where either kind are fewer than
    ``FEW``, no share of pairs counts as less than the chance that the answer is wrong. wider: how many times as
    frequent errors are elsewhere as on these pairs. normalised: the same of distances held against a cohort.
    """

    threshold: float
    spread: float
    equal_error_rate: float
    source: str
    bin_edges: tuple[float, ...]
    same_histogram: tuple[int, ...]
    different_histogram: tuple[int, ...]
    wider: float = 1.0
    normalised: "tuple[CohortCalibration, ...]" = ()

    def __post_init__(self) -> None:
        for name in ("threshold", "spread", "equal_error_rate", "wider"):
            if not math.isfinite(value := getattr(self, name)):
                raise ValueError(f"{name} must be a finite number, got {value}")
        if not self.spread > 0:
            raise ValueError(f"spread must be above 0, got {self.spread}")
        if self.wider < 1:
            raise ValueError(f"wider must be 1 or more, got {self.wider}")
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
        if not sum(self.same_histogram) or not sum(self.different_histogram):
            raise ValueError("histograms must hold a pair or more of each kind, got none")

    def probability_same(self, distance: float) -> float:
        """P(same | distance) as above, between 0 and 1."""
        return float(self.probabilities_same(np.array(distance)))

    def probabilities_same(self, distances: Floats) -> NDArray[np.float64]:
        """The same for many distances, of any shape."""
        return np.exp(-np.logaddexp(0, (np.asarray(distances, np.float64) - self.threshold) / self.spread))

    def false_alarms(self, distance: float) -> float:
        """Share of pairs of two persons that come this close, or closer; evenly over each bin of the histogram."""
        counted = float(np.interp(distance, self.bin_edges, _below(self.different_histogram)))
        return self._share(counted, 1 - self.probability_same(distance))

    def misses(self, distance: float) -> float:
        """Share of pairs of one person that are this far apart, or farther."""
        counted = 1 - float(np.interp(distance, self.bin_edges, _below(self.same_histogram)))
        return self._share(counted, self.probability_same(distance))

    @property
    def few(self) -> bool:
        """Whether there are too few pairs of either kind for shares of them."""
        return min(sum(self.same_histogram), sum(self.different_histogram)) < FEW

    def _share(self, counted: float, wrong: float) -> float:
        return min(1.0, self.wider * (max(counted, wrong) if self.few else counted))

    def uncertain_range(self, allowed: float = DEFAULT_ALLOWED) -> tuple[float, float]:
        """Up to which distance it is the same person, and from which on two persons; between them it is uncertain.

        low  = the farthest d with false_alarms(d) <= allowed, no farther than the threshold
        high = the nearest d with misses(d) <= allowed, no nearer than the threshold

        Args: allowed: share of pairs of either kind that may get the wrong answer, above 0 and below 1.
        """
        if not 0 < allowed < 1:
            raise ValueError(f"allowed must be a share above 0 and below 1, got {allowed}")
        share = allowed / self.wider
        low = _place(share, self.bin_edges, self.different_histogram, last=True)
        high = _place(1 - share, self.bin_edges, self.same_histogram, last=False)
        sure = self.spread * max(0.0, math.log(1 / share - 1)) if self.few else 0.0
        return min(low, self.threshold - sure), max(high, self.threshold + sure)

    def verdict(self, distance: float, allowed: float = DEFAULT_ALLOWED) -> Verdict:
        """In words; ``uncertain`` where more pairs than ``allowed`` would get the wrong answer, whichever it is.

        Always so where one person is no nearer than two.
        """
        low, high = self.uncertain_range(allowed)
        if self.equal_error_rate >= 0.5 or low < distance < high:
            return "uncertain"
        return "same" if distance <= low else "different"

    def in_distances(self, mean: float, deviation: float) -> "Calibration":
        """Of z = (d - mean) / deviation, told of d: the same verdict for every pair."""
        return replace(
            self,
            threshold=mean + deviation * self.threshold,
            spread=deviation * self.spread,
            bin_edges=tuple(mean + deviation * edge for edge in self.bin_edges),
        )

    def of_cohort(self, of: Of, people: int) -> "CohortCalibration | None":
        """That of the largest cohort of the kind with no more people, or None."""
        fitting = [known for known in self.normalised if known.of == of and known.people <= people]
        return max(fitting, key=lambda known: known.people, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``Calibration.from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Calibration":
        """Raises: ValueError when a value is missing or not known."""
        try:
            plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
            normalised = tuple(CohortCalibration.from_dict(known) for known in plain.pop("normalised", ()))
            return cls(**plain, normalised=normalised)
        except TypeError as error:
            raise ValueError(f"calibration must have the values of a Calibration, got {sorted(values)}") from error


@dataclass(frozen=True)
class CohortCalibration:
    """Of distances held against a cohort: z instead of d (``reid_core.evaluation.cohort``).

    of: "cameras", people whom the same cameras saw, or "foreign". people: in the cohort of each side. deviation: usual
    one of the distances of a person to a cohort. scale: of z. by_camera: whether z takes off what tells the cameras
    apart, and looks at the cohort's own people too; of old ones it does not.
    """

    of: Of
    people: int
    deviation: float
    scale: Calibration
    by_camera: bool = False

    def __post_init__(self) -> None:
        if self.of not in ("cameras", "foreign"):
            raise ValueError(f"of must be cameras or foreign, got {self.of!r}")
        if type(self.people) is not int or self.people < 1:
            raise ValueError(f"people must be a number of people, 1 or more, got {self.people!r}")
        if not 0 < self.deviation < math.inf:
            raise ValueError(f"deviation must be a number above 0, got {self.deviation}")
        if type(self.by_camera) is not bool or (self.by_camera and self.of == "foreign"):
            raise ValueError(f"by_camera must be true or false, and false of foreign people, got {self.by_camera!r}")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "CohortCalibration":
        """Raises: ValueError, TypeError when a value is missing or not known."""
        return cls(**{**values, "scale": Calibration.from_dict(values["scale"])})


def _below(histogram: Sequence[int]) -> Floats:
    """Share of the pairs below each edge, (K+1,)."""
    return np.concatenate([[0.0], np.cumsum(histogram) / sum(histogram)])


def _place(share: float, edges: Sequence[float], histogram: Sequence[int], last: bool) -> float:
    """The last or first distance with no more, or no less, than a share of the pairs below it."""
    below = _below(histogram)
    if last:
        at = int(np.searchsorted(below, share, side="right")) - 1
        return _between(share, edges, below, at)
    at = int(np.searchsorted(below, share, side="left")) - 1
    return _between(share, edges, below, max(at, 0))


def _between(share: float, edges: Sequence[float], below: Floats, at: int) -> float:
    """Where the share lies in the bin ``at``."""
    if at >= len(edges) - 1:
        return float(edges[-1])
    part = (share - below[at]) / (below[at + 1] - below[at]) if below[at + 1] > below[at] else 0.0
    return float(edges[at] + part * (edges[at + 1] - edges[at]))

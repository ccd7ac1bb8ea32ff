"""Whether one run is better than another by more than chance: a paired bootstrap over splits and probes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """Mean difference of the rank-1 rates of two runs, a - b, with its bootstrap interval; splits, probes: paired."""

    mean: float
    low: float
    high: float
    splits: int
    probes: int

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval leaves out 0."""
        return not self.low <= 0 <= self.high


def paired_bootstrap(a: pd.Series, b: pd.Series, seed: int = 0, resamples: int = RESAMPLES) -> Difference:
    """Bootstrap the difference of the rank-1 rates of two runs on what both were tested on.

    For every resample the splits and the probes are drawn with replacement, independently of each other, and a probe
    weighs the same in all splits (the pigeonhole bootstrap: Owen, Ann. Appl. Stat. 2007): a person is a probe in
    several splits, so its results there are not independent.

        difference = mean over splits s of mean over probes p of s of (a_sp - b_sp)

    Args: a, b: whether a probe was matched at rank 1, by (split, probe), as ``hits`` gives it.
    Returns: the difference on all splits in common, and the middle 95 % of those of the resamples.
    Raises: ValueError when the runs share no split, or a shared split does not have the same probes.
    """
    shared = np.intersect1d(a.index.unique(0), b.index.unique(0))
    first, second = (hits[hits.index.isin(shared, level=0)].astype(float) for hits in (a, b))
    if not len(shared) or not first.index.symmetric_difference(second.index).empty:
        raise ValueError("runs must share a split, with the same probes in each, to be paired; these do not")
    table = (first - second).unstack()
    values, present = table.fillna(0).to_numpy(), table.notna().to_numpy(float)
    rng = np.random.default_rng(seed)
    splits, probes = (_drawn(count, resamples, rng) for count in values.shape)
    resampled = _means(values, present, splits, probes)
    low, high = np.nanquantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    once = [np.ones((1, count)) for count in values.shape]
    mean = _means(values, present, once[0], once[1])[0]
    return Difference(float(mean), float(low), float(high), *values.shape)


def _drawn(count: int, resamples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """How often each of ``count`` things is drawn in each resample, shape (resamples, count)."""
    return rng.multinomial(count, np.full(count, 1 / count), resamples).astype(np.float64)


def _means(
    values: NDArray[np.float64], present: NDArray[np.float64], splits: NDArray[np.float64], probes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weighted means over the splits of the weighted means over their probes, shape (R,).

    Args: values, present: shape (S, P). splits: weights (R, S). probes: weights (R, P).
    """
    weight = probes @ present.T
    kept = splits * (weight > 0)  # a split none of whose probes was drawn says nothing
    means = probes @ values.T / np.maximum(weight, 1)
    with np.errstate(invalid="ignore"):
        result: NDArray[np.float64] = (kept * means).sum(1) / kept.sum(1)
    return result

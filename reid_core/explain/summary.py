"""Importance over frames in a few numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DIGITS = 9  # of a share: what differs in later ones is the same


@dataclass(frozen=True)
class Profile:
    """Where importance lies.

    entropy: 1 when all frames count the same, 0 when one counts alone. centre: centre of mass, 0 the first frame and 1
    the last. thirds: shares of the first, the middle and the last third of the clip; they sum to one.
    """

    entropy: float
    centre: float
    thirds: tuple[float, float, float]


def shares(values: Floats) -> Floats:
    """Importance as shares of its sum, (T,) -> (T,); equal shares where there is none at all.

    Raises: ValueError for a negative importance or none at all.
    """
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or values.min() < 0:
        raise ValueError(f"values must be (T,) importances of at least 0, got {values!r}")
    total = values.sum()
    return values / total if total > 0 else np.full(len(values), 1 / len(values))


def shortest_stretch(of: Floats, share: float = 0.5) -> tuple[int, int]:
    """The fewest frames in a row that hold a share of all, first and one past the last; of several the fullest.

        min b - a,   sum_{a <= t < b} p_t >= share

    Args: of: shares of T frames, p, (T,); they sum to one. share: above 0, at most 1.
    """
    sums = np.concatenate([[0.0], np.cumsum(of)])
    ends = np.searchsorted(sums, sums + share * sums[-1] - np.finfo(float).eps * len(of))
    starts = np.flatnonzero(ends <= len(of))
    lengths = ends[starts] - starts
    least = starts[lengths == lengths.min()]
    held = (sums[least + lengths.min()] - sums[least]).round(DIGITS)
    start = int(least[held.argmax()])
    return start, start + int(lengths.min())


def profile(values: Floats) -> Profile:
    """Entropy, centre of mass and thirds of an importance.

        p_t = I_t / sum I,   entropy = -sum p log p / log T,   centre = sum_t p_t t / (T - 1)

    A frame on the border of two thirds counts for both in part. Args: values: I, (T,).
    """
    p = shares(values)
    length = len(p)
    if length == 1:
        return Profile(1.0, 0.5, (1 / 3, 1 / 3, 1 / 3))
    entropy = -float(np.sum(p * np.log(np.where(p > 0, p, 1.0)))) / float(np.log(length))
    cumulative = np.interp(np.array([0, 1 / 3, 2 / 3, 1]) * length, np.arange(length + 1), [0.0, *np.cumsum(p)])
    first, middle, last = np.diff(cumulative)
    return Profile(entropy, float(p @ np.arange(length)) / (length - 1), (float(first), float(middle), float(last)))


def profiles(measures: Mapping[str, Floats]) -> dict[str, tuple[Profile, float | None]]:
    """The profile of every importance of a clip, and how well attention agrees with it (None for itself, and without).

    Args: measures: (T,) by name.
    """
    alpha = measures.get("attention")
    return {
        name: (profile(values), None if alpha is None or name == "attention" else agreement(alpha, values))
        for name, values in measures.items()
    }


def agreement(a: Floats, b: Floats) -> float | None:
    """Spearman's rank correlation of two importances, -1 to 1; None where one of them is constant, so has no ranks."""
    from scipy.stats import spearmanr  # here, since importing it takes a second

    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(spearmanr(a, b).statistic)

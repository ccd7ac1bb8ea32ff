"""The walking cycle that a sinusoid fits best, out of the trajectories of the feet.

Rules and numbers are those of the authors' code (``STAR_timealienment.m``, one cycle).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.signal import find_peaks

DEGREE = 20  # of the polynomial that smooths a trajectory
FEWEST_FRAMES = 27  # of shorter tracklets no cycle is looked for
SWING = 15 / 64  # of the width: a foot at the end of its step is farther than this from the middle
SHORTEST, LONGEST = 18, 42  # frames of a plausible cycle, both excluded
USUAL = 30  # frames that are taken from the beginning where there is no cycle


@dataclass(frozen=True)
class Cycle:
    """Frames from start up to, but not including, stop. score: how good, 0 where none was found."""

    start: int
    stop: int
    score: float = 0.0


def best_cycle(columns: NDArray[np.float64], width: int) -> Cycle:
    """The best of all trajectories' cycles; of equal ones the first, without any the first 30 frames.

    A cycle goes from one extreme of a smoothed trajectory over the next to the one after, each far from the middle:

        score = [18 < length < 42] (1 + log(1 - rms(x - a sin(2 pi (t - t_0) / length - pi / 2) - b) / width))

    Args: columns: (N, T), px. width: of the frames, px.
    """
    frames = columns.shape[1]
    usual = Cycle(0, min(USUAL, frames))
    if frames < FEWEST_FRAMES or not len(columns):
        return usual
    found = [cycle for smooth in smoothed(columns) for cycle in _cycles(smooth, width)]
    return max(found, key=lambda cycle: cycle.score, default=usual)


def smoothed(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """The polynomial of degree 20 that is nearest to each trajectory, at its frames: (N, T)."""
    time = np.linspace(-1, 1, columns.shape[1])  # Chebyshev's: the same polynomial, and no loss of digits
    coefficients = chebyshev.chebfit(time, columns.T, DEGREE)
    return np.asarray(chebyshev.chebval(time, coefficients))


def _cycles(trajectory: NDArray[np.float64], width: int) -> Iterator[Cycle]:
    """All between three extremes in a row that are far enough out."""
    far = np.abs(trajectory - width / 2) > SWING * width
    sides = [(place, side) for side in (1, -1) for place in find_peaks(side * trajectory)[0].tolist()]
    extremes = [
        (place, bool(far[place]) and side * (trajectory[place] - width / 2) > 0) for place, side in sorted(sides)
    ]
    for (start, a), (_, b), (stop, c) in zip(extremes, extremes[1:], extremes[2:], strict=False):
        if a and b and c:
            yield Cycle(start, stop + 1, _score(trajectory[start : stop + 1], width))


def _score(trajectory: NDArray[np.float64], width: int) -> float:
    length = len(trajectory) - 1
    if not SHORTEST < length < LONGEST:
        return 0.0
    sine = np.sin(2 * np.pi * np.arange(length + 1) / length - np.pi / 2)
    basis = np.stack([sine, np.ones(length + 1)], axis=1)
    fit = basis @ np.linalg.lstsq(basis, trajectory, rcond=None)[0]
    return float(1 + np.log(1 - np.sqrt(np.square(trajectory - fit).sum() / length) / width))

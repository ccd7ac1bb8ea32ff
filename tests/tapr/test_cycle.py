"""The best cycle of known walks."""

import numpy as np
import pytest

from reid_core.tapr.cycle import Cycle, _score, best_cycle, smoothed


def walk(frames: int, period: float, swing: float = 20.0, start: float = 0.0, noise: float = 0.0) -> np.ndarray:
    """Columns of a foot that is left, right and left again within a period, in a frame 64 wide."""
    time = np.arange(frames)
    rng = np.random.default_rng(0)
    return 32 + swing * np.cos(2 * np.pi * (time - start) / period) + noise * rng.normal(size=frames)


def test_a_cycle_goes_from_one_end_of_a_step_to_the_same_end_of_the_next() -> None:
    found = best_cycle(walk(90, 30, start=7)[None], 64)
    assert (found.stop - 1 - found.start) == pytest.approx(30, abs=1)
    assert (found.start - 7) % 15 in (0, 1, 14)
    assert found.score > 0.95


def test_the_trajectory_that_is_nearest_to_a_sinusoid_is_chosen() -> None:
    clean, noisy = walk(80, 28, start=5), walk(80, 34, noise=6.0)
    found, alone = best_cycle(np.stack([noisy, clean]), 64), best_cycle(clean[None], 64)
    assert (found.start, found.stop) == (alone.start, alone.stop)
    assert found.score == pytest.approx(alone.score)  # sums of two rows and of one may differ in the last bit
    assert found.score > best_cycle(noisy[None], 64).score


def test_the_score_by_hand() -> None:
    """A square wave instead of a sine: what a sine of the same period leaves of it."""
    length = 24
    wave = np.where(np.arange(length + 1) < length / 2, 12.0, 52.0)
    sine = np.sin(2 * np.pi * np.arange(length + 1) / length - np.pi / 2)
    slope = np.sum((sine - sine.mean()) * (wave - wave.mean())) / np.sum((sine - sine.mean()) ** 2)
    rest = wave - wave.mean() - slope * (sine - sine.mean())
    assert _score(wave, 64) == pytest.approx(1 + np.log(1 - np.sqrt((rest**2).sum() / length) / 64))
    assert _score(wave[:19], 64) == 0 and _score(np.resize(wave, 43), 64) == 0


@pytest.mark.parametrize(
    ("columns", "stop"),
    [
        (walk(90, 30, swing=9)[None], 30),  # feet that hardly part
        (walk(26, 20)[None], 26),  # too short to look
        (np.empty((0, 50)), 30),  # no superpixel at the feet
        (np.full((3, 40), 32.0), 30),
    ],
)
def test_without_a_cycle_the_first_30_frames_are_taken(columns: np.ndarray, stop: int) -> None:
    assert best_cycle(columns, 64) == Cycle(0, stop)


def test_a_cycle_of_an_implausible_length_is_worse_than_any_other() -> None:
    slow = best_cycle(walk(120, 60)[None], 64)
    assert slow.score == 0 and slow.stop - slow.start > 50
    assert best_cycle(np.stack([walk(120, 60), walk(120, 30, noise=5)]), 64).score > 0.5


def test_smoothing_is_the_polynomial_that_numpy_fits() -> None:
    noisy = walk(60, 30, noise=4)
    time = np.linspace(-1, 1, 60)
    assert smoothed(noisy[None])[0] == pytest.approx(np.polyval(np.polyfit(time, noisy, 20), time), abs=1e-5)

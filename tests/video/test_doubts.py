"""What no certain answer can rest on is noticed, and what any camera makes of people in daylight is not."""

import numpy as np
import pytest

from reid_core.video.doubts import colour, doubts, light

LEVELS = np.random.default_rng(0).integers(0, 256, (3, 128, 64, 1)).astype(np.float64)
GREY = LEVELS.repeat(3, 3).astype(np.uint8)


def dressed(top: tuple[int, int, int] = (90, 110, 140), share: float = 0.3) -> np.ndarray:
    """Grey frames of which a share shows one colour, under changing light."""
    frames = GREY.copy()
    rows = round(share * 128)
    frames[:, :rows] = LEVELS[:, :rows] / 255 * np.array(top)
    return frames


def boxes(height: float = 128) -> np.ndarray:
    return np.tile(np.array([0, 0, height / 2, height], np.float32), (3, 1))


def slow_colour(frames: np.ndarray) -> float:
    """The independent way: the formula of the two differences, and sorting."""
    r, g, b = frames.reshape(-1, 3).astype(float).T
    y = 0.299 * r + 0.587 * g + 0.114 * b
    spreads = []
    for difference in ((r - y) * 0.713, (b - y) * 0.564):
        ordered = np.sort(difference)
        spreads.append(ordered[round(0.95 * len(ordered))] - ordered[round(0.05 * len(ordered))])
    return max(spreads)


@pytest.mark.parametrize("top", [(90, 110, 140), (200, 40, 40), (60, 60, 70)])
def test_colour_is_how_far_apart_nearly_all_pixels_lie_in_it(top: tuple[int, int, int]) -> None:
    frames = dressed(top)
    assert slow_colour(frames) > 1
    assert colour(frames) == pytest.approx(slow_colour(frames), abs=1.5)


@pytest.mark.parametrize("tint", [(0, 0, 0), (20, 0, 10), (0, 30, 0)])
def test_an_even_tint_is_no_colour(tint: tuple[int, int, int]) -> None:
    assert colour((GREY // 2 + np.array(tint)).astype(np.uint8)) < 1.5


def test_light_is_what_nearly_all_pixels_do_not_reach() -> None:
    frames = np.zeros((1, 128, 64, 3), np.uint8)
    frames[0, :4] = 200  # three in a hundred: a lamp
    assert light(frames) == 0
    frames[0, :10] = 200
    assert light(frames) == 200


def test_of_people_in_daylight_nothing_is_doubted() -> None:
    assert doubts("a.mp4", dressed(), boxes()) == ()


@pytest.mark.parametrize(
    ("frames", "height", "said"),
    [
        (GREY, 128, "a.mp4 shows the person without colour, as at night"),
        ((dressed() * 0.08).astype(np.uint8), 128, "a.mp4 shows the person in the dark"),
        (dressed(), 20, "a.mp4 shows the person in 20 pixels of height"),
    ],
)
def test_what_is_unlike_all_that_is_known_is_a_sentence(frames: np.ndarray, height: float, said: str) -> None:
    assert said in doubts("a.mp4", frames, boxes(height))


def test_a_person_whose_place_is_unknown_is_not_small() -> None:
    assert doubts("a.mp4", dressed(), boxes(0)) == ()

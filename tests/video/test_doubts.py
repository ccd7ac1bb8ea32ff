"""What no certain answer can rest on is noticed, and what any camera makes of people in daylight is not."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_core.video import PersonDetector, decode, find_people, person_of
from reid_core.video.doubts import BLURRED, SMEARED, colour, detail, doubts, light, sharpness, smear

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


def edge(blur_px: float, contrast: float = 200) -> np.ndarray:
    """Left dark, right light, and between them an edge of so much blur."""
    picture = np.full((128, 64), 20, np.float32)
    picture[:, 32:] += contrast
    soft = cv2.GaussianBlur(picture, (0, 0), blur_px) if blur_px else picture
    return np.repeat(soft.round().astype(np.uint8)[None, ..., None], 3, 3)


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


@pytest.mark.parametrize("blur_px", [0, 1, 2, 3])
def test_sharpness_is_that_of_an_edge_which_a_gaussian_has_blurred(blur_px: float) -> None:
    within, beyond = (np.sqrt(blur_px**2 + sigma**2) for sigma in (1.5, 6))
    expected = (within - blur_px) / (beyond - within)
    assert expected > 0.1
    for picture in (edge(blur_px), edge(blur_px).transpose(0, 2, 1, 3)):
        assert sharpness(detail(picture)) == pytest.approx(expected, rel=0.06)


def test_sharpness_is_that_of_the_direction_in_which_less_is_sharp_and_of_neither_light_nor_contrast() -> None:
    rows = np.repeat(edge(0)[0, :64], 2, 0).transpose(1, 0, 2)[None]  # light below
    both = edge(3) // 2 + np.tile(rows, (1, 2, 1, 1))[:, :, :64] // 2
    assert sharpness(detail(both)) == pytest.approx(sharpness(detail(edge(3))), rel=0.1)
    assert sharpness(detail(edge(2, 50))) == pytest.approx(sharpness(detail(edge(2))), rel=0.1)


def test_what_has_no_edges_is_not_blurred() -> None:
    flat = np.full((2, 128, 64, 3), 90, np.uint8)
    assert sharpness(detail(flat)) == np.inf


@pytest.mark.parametrize("turned", [False, True])
def test_what_moves_is_smeared_in_one_direction_more_the_farther(turned: bool) -> None:
    def moved(pixels: int) -> float:
        frames = np.stack([cv2.blur(frame, (pixels, 1)) for frame in dressed()])
        return smear(detail(frames.transpose(0, 2, 1, 3) if turned else frames))

    found = [moved(pixels) for pixels in (1, 3, 9, 17)]
    assert found[0] == pytest.approx(1, abs=0.3) and found == sorted(found) and found[2] > SMEARED


def test_what_has_edges_in_one_direction_alone_or_is_soft_in_both_is_not_smeared() -> None:
    assert smear(detail(edge(0))) == 1
    soft = np.stack([cv2.GaussianBlur(frame, (0, 0), 3) for frame in dressed()])
    assert smear(detail(soft)) < SMEARED


def test_of_people_in_daylight_nothing_is_doubted() -> None:
    assert doubts("a.mp4", dressed(), boxes()) == ()


EXAMPLES = sorted(Path("assets/examples").glob("*.mp4"))
detector = cache(PersonDetector)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_of_nobody_in_the_bundled_examples_anything_is_doubted(path: Path) -> None:
    scene = find_people(decode(path), detector())
    people = [person_of(scene, place) for place in range(len(scene.tracklets))]
    assert people and not any(person.doubts for person in people)


@pytest.mark.parametrize(
    ("frames", "height", "said"),
    [
        (GREY, 128, "a.mp4 shows the person without colour, as at night"),
        ((dressed() * 0.08).astype(np.uint8), 128, "a.mp4 shows the person in the dark"),
        (dressed(), 20, "a.mp4 shows the person in 20 pixels of height"),
        (np.stack([cv2.blur(frame, (17, 1)) for frame in dressed()]), 128, "a.mp4 shows the person blurred"),
        (edge(4), 128, "a.mp4 shows the person blurred"),
    ],
)
def test_what_is_unlike_all_that_is_known_is_a_sentence(frames: np.ndarray, height: float, said: str) -> None:
    assert said in doubts("a.mp4", frames, boxes(height))


def test_who_is_small_is_not_blurred_besides() -> None:
    assert sharpness(detail(edge(4))) < BLURRED
    assert not [said for said in doubts("a.mp4", edge(4), boxes(20)) if "blurred" in said]


def test_a_person_whose_place_is_unknown_is_not_small() -> None:
    assert doubts("a.mp4", dressed(), boxes(0)) == ()


def test_the_detail_of_the_frames_that_are_looked_at_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []
    monkeypatch.setitem(doubts.__globals__, "detail", lambda frames: measured.append(frames) or detail(frames))
    doubts("a.mp4", dressed(), boxes())
    assert [len(frames) for frames in measured] == [3]

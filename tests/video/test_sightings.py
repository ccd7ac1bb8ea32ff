"""People followed in footage of any size."""

import cv2
import numpy as np
import pytest

from reid_core.data.synthetic import render_scene
from reid_core.data.synthetic.backdrop import backdrop
from reid_core.video import Detections, PersonDetector, Shot, follow

RATE, HEIGHT_PX = 5, 60


def test_somebody_of_60_pixels_is_followed_in_a_picture_of_4k() -> None:
    scene = [one for one in render_scene(5, 1, 640, 360, seconds=4, fps=RATE) if len(one.boxes)]
    shrunk = HEIGHT_PX / float(np.median([one.boxes[0, 3] - one.boxes[0, 1] for one in scene]))
    shots = []
    for number, one in enumerate(scene):
        small = cv2.resize(one.image, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
        picture = np.full((2160, 3840, 3), small.mean((0, 1)), np.uint8)
        picture[1500 : 1500 + small.shape[0], 2000 : 2000 + small.shape[1]] = small
        shots.append(Shot(number / RATE, picture))
    (found,) = (sighting for look in follow(shots, PersonDetector(threads=1), RATE) for sighting in look.ended)
    heights = found.boxes[:, 3] - found.boxes[:, 1]
    assert abs(float(np.median(heights)) - HEIGHT_PX) < HEIGHT_PX / 4
    assert found.times_s[-1] - found.times_s[0] > 0.6 * shots[-1].time_s


@pytest.mark.parametrize(("seed", "height_px"), [(7, 80), (8, 60)])
def test_somebody_who_only_stands_in_a_picture_of_4k_is_found(seed: int, height_px: int) -> None:
    scene = [one for one in render_scene(seed, 1, 640, 360, seconds=4, fps=2) if len(one.boxes)]
    one = scene[len(scene) // 2]
    shrunk = height_px / float(one.boxes[0, 3] - one.boxes[0, 1])
    small = cv2.resize(one.image, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
    picture = np.tile(backdrop(np.random.default_rng(seed), 720, 1280), (3, 3, 1))
    picture[1500 : 1500 + small.shape[0], 2000 : 2000 + small.shape[1]] = small
    shots = [Shot(number / RATE, picture) for number in range(5)]
    (found,) = (sighting for look in follow(shots, PersonDetector(threads=1), RATE) for sighting in look.ended)
    np.testing.assert_allclose(np.median(found.boxes, 0), shrunk * one.boxes[0] + [2000, 1500, 2000, 1500], atol=8)


def test_in_a_picture_of_4k_a_dozen_who_stand_are_each_looked_at_in_a_window_of_their_own() -> None:
    """To all of the picture they are as small as before, and two dozen bushes look nearly like them."""
    people = np.array([[300 * n + 100, 1000, 300 * n + 130, 1080] for n in range(12)], np.float32)
    bushes = np.array([[150 * n + 100, 300, 150 * n + 120, 340] for n in range(24)], np.float32)

    class OnlyNear:
        def __call__(self, frame: np.ndarray) -> Detections:
            return Detections(np.concatenate([people, bushes]), np.repeat([0.3, 0.2], [12, 24]).astype(np.float32))

        def part(self, frame: np.ndarray, left: int, top: int, right: int, bottom: int) -> Detections:
            corners = np.array([left, top, right, bottom]) - people
            inside = (corners[:, :2] <= 0).all(1) & (corners[:, 2:] >= 0).all(1)
            return Detections(people[inside], np.full(inside.sum(), 0.9, np.float32))

    shots = [Shot(number / RATE, np.zeros((2160, 3840, 3), np.uint8)) for number in range(5)]
    assert len([one for look in follow(shots, OnlyNear(), RATE) for one in look.ended]) == 12

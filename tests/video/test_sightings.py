"""People followed in footage of any size."""

import cv2
import numpy as np

from reid_core.data.synthetic import render_scene
from reid_core.video import PersonDetector, Shot, follow

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

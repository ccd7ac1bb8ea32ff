"""The seconds of a long video in which somebody is seen, as a film that browsers play, with a box round the person."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .decode import VideoError
from .encode import mp4
from .stream import Shot, Stream

BEFORE_S = AFTER_S = 1.0
MOST_S = 20.0  # of somebody who stays longer the beginning
RATE = 10
SIDE, CRF = 640, 26  # of the film: pixels of its longer side, and how poor it may be
COLOUR = (144, 64, 240)


@dataclass(frozen=True)
class Excerpt:
    """film: an MP4, a frame for each of times_s (T,) of the video. size: width and height of the video in pixels."""

    film: bytes
    times_s: NDArray[np.float64]
    size: tuple[int, int]
    frames_per_second: int = RATE


def excerpt(video: Path, times_s: NDArray[np.float64], boxes: NDArray[np.float32]) -> Excerpt:
    """A film from a second before somebody is first seen to a second after, of at most ``MOST_S`` seconds.

    Args: times_s: when the person is seen, rising, (T,). boxes: and where, in pixels of the video, (T, 4).
    Raises: VideoError: the video cannot be used, or has nothing there.
    """
    start = max(0.0, float(times_s[0]) - BEFORE_S)
    until = min(float(times_s[-1]) + AFTER_S, start + MOST_S) + 0.5 / RATE
    shown: list[float] = []
    size = [0, 0]

    def pictures() -> Iterator[NDArray[np.uint8]]:
        for shot in Stream(video, RATE).shots(start - 0.5 / RATE if start else None, until):
            shown.append(shot.time_s)
            size[:] = shot.pixels.shape[1::-1]
            yield _boxed(shot, times_s, boxes)

    drawn = pictures()
    first = next(drawn, None)
    if first is None:
        raise VideoError(f"{video.name}: there is no frame from {start:.1f} to {until:.1f} s")
    film = mp4(chain([first], drawn), RATE, CRF, SIDE)
    return Excerpt(film, np.array(shown), (size[0], size[1]))


def boxes_at(
    when_s: NDArray[np.float64], times_s: NDArray[np.float64], boxes: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Where somebody is at some times, between what is known moving evenly; NaN before and after that, (N, 4)."""
    sides = [np.interp(when_s, times_s, side, left=np.nan, right=np.nan) for side in boxes.T]
    return np.stack(sides, axis=1).astype(np.float32)


def _boxed(shot: Shot, times_s: NDArray[np.float64], boxes: NDArray[np.float32]) -> NDArray[np.uint8]:
    box = boxes_at(np.array([shot.time_s]), times_s, boxes)[0]
    if np.isnan(box).any():
        return shot.pixels
    picture = np.ascontiguousarray(shot.pixels)
    left, top, right, bottom = box.round().astype(int).tolist()
    thick = max(2, max(picture.shape[:2]) // 300)
    cv2.rectangle(picture, (left, top), (right, bottom), COLOUR, thick, cv2.LINE_AA)
    return picture

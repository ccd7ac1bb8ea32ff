"""Frames of a tracklet that show little of the person, and why."""

from collections.abc import Sequence
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from .edges import BORDER
from .track import Track, Tracklet

Flaw = Literal["", "cut off", "hidden", "not seen", "blurred"]
FLAWS: tuple[Flaw, ...] = get_args(Flaw)[1:]

NARROW = 0.85  # of the person's usual width: a box at the border that is as wide is not cut off by its side
BEHIND = 0.4  # of a box that lies under one of somebody nearer to the camera
SOFT = 0.3  # of the person's usual sharpness
FEWEST = 16  # frames without a flaw: with fewer all are used


def flaws(tracks: Sequence[Track], place: int, cut: Tracklet, size: tuple[int, int]) -> tuple[Flaw, ...]:
    """What is wrong with each frame of a track, "" where nothing is; of several flaws the first of ``FLAWS``.

    cut off: the box ends at a border of the frame and is narrower or shorter than this person's usually is. hidden:
    somebody whose feet are lower in the picture, so who is nearer, covers ``BEHIND`` of the box. not seen: the detector
    found nobody there, and the box is guessed from those before and after. blurred: the sharpness, the variance of the
    Laplacian, is below ``SOFT`` of this person's median.

    Args: tracks: of all people. place: of the one that is asked about. cut: its tracklet. size: height and width of the
        video's frames. Returns: one for each frame, (T,).
    """
    track = tracks[place]
    others = [other for number, other in enumerate(tracks) if number != place]
    found = {
        "cut off": _cut_off(track.boxes, size),
        "hidden": _hidden(track, others),
        "not seen": ~track.seen,
        "blurred": _blurred(cut.frames),
    }
    return tuple(next((flaw for flaw in FLAWS if found[flaw][t]), "") for t in range(len(cut)))


def without_flaws(tracklet: Tracklet) -> Tracklet:
    """The frames that have none; all of them where that would leave fewer than ``FEWEST``."""
    good = np.array([not flaw for flaw in tracklet.flaws], bool)
    if good.sum() < FEWEST or good.all():
        return tracklet
    return tracklet.at(good)


def _cut_off(boxes: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.bool_]:
    height, width = size
    left, top, right, bottom = boxes.T
    sides = (left <= BORDER * width) | (right >= (1 - BORDER) * width)
    ends = (top <= BORDER * height) | (bottom >= (1 - BORDER) * height)
    wide, tall = right - left, bottom - top
    cut: NDArray[np.bool_] = sides & (wide < NARROW * np.median(wide)) | ends & (tall < NARROW * np.median(tall))
    return cut


def behind(boxes: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether somebody nearer to the camera covers ``BEHIND`` of a box. Args: boxes, others: (..., 4), by pairs."""
    left, top, right, bottom = np.moveaxis(boxes, -1, 0)
    x, y, to_x, to_y = np.moveaxis(others, -1, 0)
    across = (np.minimum(right, to_x) - np.maximum(left, x)).clip(0)
    down = (np.minimum(bottom, to_y) - np.maximum(top, y)).clip(0)
    covered = across * down / np.maximum((right - left) * (bottom - top), 1e-6)
    return np.asarray((covered >= BEHIND) & (to_y > bottom))


def _hidden(track: Track, others: Sequence[Track]) -> NDArray[np.bool_]:
    hidden = np.zeros(len(track.indices), bool)
    for other in others:
        mine, theirs = (np.isin(a.indices, b.indices) for a, b in ((track, other), (other, track)))
        hidden[mine] |= behind(track.boxes[mine], other.boxes[theirs])
    return hidden


def _blurred(frames: NDArray[np.uint8]) -> NDArray[np.bool_]:
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    sharpness: NDArray[np.float64] = np.array([cv2.Laplacian(picture, cv2.CV_32F).var() for picture in grey])
    return sharpness < SOFT * np.median(sharpness)

"""Where to look for people: around what moves, and around those who were there a moment ago.

A window is a square around it, twice as high, so that the detector, which sees every window at the same size, sees
somebody of 60 pixels in a frame of any size as large as somebody who fills half of it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 320  # longer side of the small picture in which motion is looked for, in pixels
CHANGE = 12  # levels of a colour from which it is motion
LEARNING = 0.1  # of every look that goes over into the background
LEAST_HEIGHT = 30  # pixels of the frame: what moves and is lower is nobody
ROOM = 2.0  # a window's side, in heights of what it is around
LEAST_SIDE = 96  # pixels
SMALLEST = 0.2  # of a window's side: somebody so high in it is still found
MARGIN = 0.25  # of the height of a box, around it: so much of somebody may be outside of what is known of him

Boxes = NDArray[np.floating]
Window = tuple[int, int, int, int]


def usual_height(boxes: Boxes) -> float:
    """The median height of somebody's boxes, (T, 4), left, top, right, bottom."""
    return float(np.median(boxes[:, 3] - boxes[:, 1]))


class Motion:
    """What differs from a background that is learned as frames go by."""

    def __init__(self) -> None:
        self._background: NDArray[np.float32] | None = None

    def __call__(self, frame: NDArray[np.uint8]) -> Boxes:
        """Boxes of what moves, (N, 4), left, top, right, bottom in pixels of the frame."""
        scale = SIDE / max(frame.shape[:2])
        small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        now = cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32)
        if self._background is None:
            self._background = now.copy()
        moved = (np.abs(now - self._background) > CHANGE).any(axis=2).astype(np.uint8)  # in grey a red coat may vanish
        cv2.accumulateWeighted(now, self._background, LEARNING)
        joined = cv2.morphologyEx(moved, cv2.MORPH_CLOSE, np.ones((9, 5), np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
        left, top, width, height = stats[1:, :4].T / scale
        boxes = np.stack([left, top, left + width, top + height], axis=1)
        return np.asarray(boxes[height >= LEAST_HEIGHT])


def windows(boxes: Boxes, height: int, width: int) -> list[Window]:
    """Parts of a frame that show every box at a size at which somebody is found.

    A box that lies in the window of another and is not much smaller gets none of its own; wide ones, of a group, get
    several side by side.
    """
    found: list[Window] = []
    for box in boxes[np.argsort(boxes[:, 1] - boxes[:, 3], kind="stable")]:
        for left, top, right, bottom in _pieces(box).tolist():
            margin = MARGIN * (bottom - top)
            wide = max(0, left - margin), max(0, top - margin), min(width, right + margin), min(height, bottom + margin)
            if not any(_shows(window, *wide) for window in found):
                side = max(LEAST_SIDE, ROOM * (bottom - top))
                found.append((*_inside(left + right, side, width), *_inside(top + bottom, side, height)))
    return [(left, top, right, bottom) for left, right, top, bottom in found]


def _pieces(box: NDArray[np.floating]) -> Boxes:
    """A box, or parts of it side by side that are no wider than high."""
    left, top, right, bottom = box
    edges = np.linspace(left, right, 1 + max(1, round((right - left) / max(bottom - top, 1))))
    return np.stack([edges[:-1], np.full(len(edges) - 1, top), edges[1:], np.full(len(edges) - 1, bottom)], axis=1)


def _inside(twice_middle: float, side: float, length: int) -> tuple[int, int]:
    """From where to where a window goes, moved into the frame, or all of the frame where it is larger."""
    start = min(max(0.0, (twice_middle - side) / 2), max(0.0, length - side))
    return round(start), round(min(start + side, length))


def _shows(window: Window, left: float, top: float, right: float, bottom: float) -> bool:
    from_x, to_x, from_y, to_y = window
    inside = from_x <= left and right <= to_x and from_y <= top and bottom <= to_y
    return inside and bottom - top >= SMALLEST * (to_y - from_y)

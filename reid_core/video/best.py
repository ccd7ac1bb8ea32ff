"""Of a track of any length the frames that show most of the person, spread over all of it."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from .edges import BORDER
from .frame import FRAME_HEIGHT
from .track import crop

MOST = 64


@dataclass
class Best:
    """At most so many frames of a person, the best of equally long stretches of the track.

    When there are too many, stretches become twice as long. Better is who is seen whole, by nobody hidden; then who is
    large and sharp: height, up to that of a kept frame, times the root of the variance of the Laplacian.
    """

    most: float = MOST
    width: int = 1
    looks: int = 0
    kept: dict[int, tuple[tuple[bool, float], float, NDArray[np.uint8]]] = field(default_factory=dict)

    def add(self, time_s: float, frame: NDArray[np.uint8], box: NDArray[np.float32], hidden: bool) -> None:
        """Look at one more frame. Args: hidden: somebody else is in front of the person."""
        picture = crop(frame, box)
        quality = (not hidden and not _at_border(box, frame.shape), _clearness(picture, float(box[3] - box[1])))
        self._keep(self.looks // self.width, (quality, time_s, picture))
        self.looks += 1
        if len(self.kept) > self.most:
            self.width *= 2
            before, self.kept = self.kept, {}
            for place, one in before.items():
                self._keep(place // 2, one)

    def _keep(self, place: int, one: tuple[tuple[bool, float], float, NDArray[np.uint8]]) -> None:
        if place not in self.kept or self.kept[place][0] < one[0]:
            self.kept[place] = one

    def frames(self, fewest: int) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Times and frames in order: those without a flaw, or all where these would be fewer than ``fewest``."""
        ones = [self.kept[place] for place in sorted(self.kept)]
        good = [one for one in ones if one[0][0]]
        chosen = good if len(good) >= fewest else ones
        return np.array([time_s for _, time_s, _ in chosen]), np.stack([picture for _, _, picture in chosen])


def _at_border(box: NDArray[np.float32], shape: tuple[int, ...]) -> bool:
    size = np.array([shape[1], shape[0]])
    return bool((box[:2] <= BORDER * size).any() or (box[2:] >= (1 - BORDER) * size).any())


def _clearness(picture: NDArray[np.uint8], height_px: float) -> float:
    sharpness = cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F).std()
    return min(1.0, height_px / FRAME_HEIGHT) * float(sharpness)

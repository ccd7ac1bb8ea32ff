"""The size at which a person's frames are kept."""

import cv2
import numpy as np
from numpy.typing import NDArray

FRAME_HEIGHT, FRAME_WIDTH = 128, 64


def fitted(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An image at 128 x 64; by area where that shrinks it, so that fine texture does not alias and nothing flickers."""
    if image.shape[:2] == (FRAME_HEIGHT, FRAME_WIDTH):
        return image
    kernel = cv2.INTER_AREA if image.shape[0] > FRAME_HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (FRAME_WIDTH, FRAME_HEIGHT), interpolation=kernel), np.uint8)

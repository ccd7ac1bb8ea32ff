"""What footage may lack that certain answers rest on: colour, light, pixels, and somebody who was found."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .motion import usual_height

COLOURLESS = 2.0  # of 255; people of real and rendered cameras have 3 or more, those in grey up to .2 once encoded
DARK = 32.0  # of 255; people by day have 84 or more, a tenth of their light makes 20
SMALL = (
    24.0  # pixels: the usual height of a person; with 32 all is as usual, with 16 half are missed (docs/transfer.md)
)
BETWEEN = (5, 95)  # percentiles
LOOKED_AT = 16  # frames, evenly over a tracklet


def doubts(name: str, frames: NDArray[np.uint8], boxes: NDArray[np.floating]) -> tuple[str, ...]:
    """Why no certain answer can rest on a person's frames, a sentence each, which begins with the video's name.

    Args: frames: uint8 (T, H, W, 3) RGB. boxes: (N, 4), left, top, right, bottom in pixels of the picture that the
        person was cut out of.
    """
    chosen = np.unique(np.linspace(0, len(frames) - 1, LOOKED_AT).round().astype(int))
    frames, height = frames[chosen], usual_height(boxes)
    found = {
        "shows the person without colour, as at night": colour(frames) <= COLOURLESS,
        "shows the person in the dark": light(frames) <= DARK,
        f"shows the person in {height:.0f} pixels of height": 0 < height < SMALL,
    }
    return tuple(f"{name} {what}" for what, so in found.items() if so)


def colour(frames: NDArray[np.uint8]) -> float:
    """How far apart nearly all pixels lie in colour: the larger spread of the two differences; an even tint has none.

    Args: frames: uint8 (T, H, W, 3) RGB. Returns: 0 to 255.
    """
    differences = cv2.cvtColor(frames.reshape(-1, 1, 3), cv2.COLOR_RGB2YCrCb)[:, 0, 1:]
    low, high = np.percentile(differences, BETWEEN, axis=0)
    return float((high - low).max())


def light(frames: NDArray[np.uint8]) -> float:
    """What nearly all pixels do not reach. Args: frames: uint8 (T, H, W, 3) RGB. Returns: 0 to 255."""
    return float(np.percentile(frames.mean(axis=3), BETWEEN[1]))

"""What footage may lack that certain answers rest on: colour, light, pixels, edges, and somebody who was found."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .motion import usual_height

COLOURLESS = 2.0  # of 255; people of real and rendered cameras have 3 or more, those in grey up to .2 once encoded
DARK = 32.0  # of 255; people by day have 84 or more, a tenth of their light makes 20
SMALL = (
    24.0  # pixels: the usual height of a person; with 32 all is as usual, with 16 half are missed (docs/transfer.md)
)
BLURRED = 0.14  # what somebody of 24 pixels has; sharp people have .2 or more, real and rendered (docs/transfer.md)
SMEARED = 3.0  # times; sharp people have less, most whom motion smears over 17 pixels of 128 more (docs/transfer.md)
FINE, COARSE = 1.5, 6.0  # deviations in pixels of a frame's 128 rows: what is finer than either
EVEN = 1.0  # of 255: a coarse detail below it is none
BETWEEN = (5, 95)  # percentiles
LOOKED_AT = 16  # frames, evenly over a tracklet


def doubts(name: str, frames: NDArray[np.uint8], boxes: NDArray[np.floating]) -> tuple[str, ...]:
    """Why no certain answer can rest on a person's frames, a sentence each, which begins with the video's name.

    Args: frames: uint8 (T, H, W, 3) RGB. boxes: (N, 4), left, top, right, bottom in pixels of the picture that the
        person was cut out of.
    """
    chosen = np.unique(np.linspace(0, len(frames) - 1, LOOKED_AT).round().astype(int))
    frames, height = frames[chosen], usual_height(boxes)
    small = 0 < height < SMALL
    edges = detail(frames)
    found = {
        "shows the person without colour, as at night": colour(frames) <= COLOURLESS,
        "shows the person in the dark": light(frames) <= DARK,
        "shows the person blurred": not small and (sharpness(edges) <= BLURRED or smear(edges) >= SMEARED),
        f"shows the person in {height:.0f} pixels of height": small,
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


@dataclass(frozen=True)
class Detail:
    """Mean magnitudes of frames less what is soft, along rows and down columns, (2, T) each.

        fine = |g - G_a g|,  coarse = |G_a g - G_b g|,    a = 1.5, b = 6 pixels

    g is the grey picture, G a Gaussian in one direction.
    """

    fine: NDArray[np.floating]
    coarse: NDArray[np.floating]


def detail(frames: NDArray[np.uint8]) -> Detail:
    """Args: frames: uint8 (T, 128, W, 3) RGB."""
    grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]).astype(np.float32)
    soft, softer = (np.stack([gaussian_filter1d(grey, sigma, axis) for axis in (2, 1)]) for sigma in (FINE, COARSE))
    return Detail(np.abs(grey - soft).mean(axis=(2, 3)), np.abs(soft - softer).mean(axis=(2, 3)))


def sharpness(edges: Detail) -> float:
    """How sharp edges are, fine / coarse, along rows or down columns, wherever they are less so; median over frames.

    It depends on neither light nor contrast. A sharp edge has (a - 0) / (b - a) = 1/3, one that a Gaussian of s pixels
    has blurred

        (sqrt(s^2 + a^2) - s) / (sqrt(s^2 + b^2) - sqrt(s^2 + a^2)).

    Returns: infinity for what has no edges.
    """
    ratio = np.where(edges.coarse > EVEN, edges.fine / np.maximum(edges.coarse, EVEN), np.inf)
    return float(np.median(ratio, axis=1).min())


def smear(edges: Detail) -> float:
    """How many times as much fine detail there is in one direction as in the other, as motion leaves it.

    Returns: 1 or more, the median over frames that have edges in both.
    """
    seen = (edges.coarse > EVEN).all(axis=0)
    if not seen.any():
        return 1.0
    return float(np.exp(np.abs(np.median(np.log(edges.fine[0, seen] / edges.fine[1, seen])))))

"""Where the feet are: superpixels of the lowest part of the first frame, found again in every other.

Sizes, weights and rules are those of the authors' code for the longer paper (Gao et al., Sensors 2019, github: STAR,
``STAR_parameterInitial.m`` and ``STAR_superpixelModel.m``), but for its mask of the person, which needs a network.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import slic

SUPERPIXELS = 100
COMPACTNESS = 40.0
BINS = 8  # of each of hue, saturation and value
LOWEST = 100 / 128  # of the height: superpixels whose middle is lower are the feet
FAR_DOWN, FAR_ASIDE = 5.0, 15.0  # px from one frame to the next of 128 x 64; what moves farther pays 1 each


@dataclass(frozen=True)
class Superpixels:
    """Of a frame. row, column: their middles, px, (S,). histogram: joint, of hue, saturation and value, (S, 512)."""

    row: NDArray[np.float64]
    column: NDArray[np.float64]
    histogram: NDArray[np.float32]


def trajectories(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Columns in px of the superpixels that are low in the first frame, over time.

    Of a frame's superpixels s that one is followed which costs least, with p where the last one was:

        ||h_s - h||^2 + [|row_s - row_p| > 5] + [|column_s - column_p| > 15]      h: its histogram in the first frame

    Args: frames: uint8 RGB (T, H, W, 3). Returns: (N, T).
    """
    found = [superpixels(frame) for frame in frames]
    start = found[0]
    feet = start.row >= LOWEST * frames.shape[1]
    template, row, column = start.histogram[feet], start.row[feet], start.column[feet]
    columns = [column]
    for frame in found[1:]:
        chosen = _nearest(frame, template, row, column)
        row, column = frame.row[chosen], frame.column[chosen]
        columns.append(column)
    return np.stack(columns, axis=1)


def superpixels(frame: NDArray[np.uint8]) -> Superpixels:
    """SLIC (Achanta et al., TPAMI 2012) of a frame (H, W, 3)."""
    labels = slic(frame, SUPERPIXELS, COMPACTNESS, start_label=0, channel_axis=-1)
    place, count = labels.ravel(), int(labels.max()) + 1
    sizes = np.bincount(place, minlength=count)
    rows, columns = np.indices(labels.shape)
    middle = [np.bincount(place, where.ravel(), count) / sizes for where in (rows, columns)]
    bins = place * BINS**3 + colour_bins(frame).ravel()
    histogram = np.bincount(bins, minlength=count * BINS**3).reshape(count, -1) / sizes[:, None]
    return Superpixels(middle[0], middle[1], histogram.astype(np.float32))


def colour_bins(frame: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Number of the bin, of 8 x 8 x 8, of each pixel's hue, saturation and value: (H, W, 3) -> (H, W)."""
    hsv = cv2.cvtColor(frame, cv2.COLOR_RGB2HSV).astype(np.int64)
    hue, saturation, value = (hsv[..., k] * BINS // size for k, size in enumerate((180, 256, 256)))
    return np.asarray((hue * BINS + saturation) * BINS + value)


def _nearest(
    frame: Superpixels, template: NDArray[np.float32], row: NDArray[np.float64], column: NDArray[np.float64]
) -> NDArray[np.intp]:
    squares: Sequence[NDArray[np.float32]] = [(of * of).sum(1) for of in (template, frame.histogram)]
    colour = squares[0][:, None] + squares[1] - 2 * template @ frame.histogram.T
    down = np.abs(row[:, None] - frame.row) > FAR_DOWN
    aside = np.abs(column[:, None] - frame.column) > FAR_ASIDE
    return np.asarray(np.argmin(colour + down + aside, axis=1))

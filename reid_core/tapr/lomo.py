"""Local maximal occurrence (Liao et al., CVPR 2015): colours and textures of a frame, whatever their place in a row.

Bins, scales and blocks are those of its authors and of TAPR's. Their first step, Retinex, is left out: it is for lamps
that differ within a picture.
"""

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from reid_core.tapr.superpixels import BINS, colour_bins

SCALES = 3  # each half as large as the one before
BLOCK, STEP = 10, 5  # px
TAU = 0.3  # share by which a pixel must be brighter or darker than the middle
RADII = (3, 5)  # px
NEIGHBOURS = ((0, 1), (-1, 0), (0, -1), (1, 0))


def occurrences(frame: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How often each colour and each texture occurs in the block of each row of blocks where it is most frequent.

    Args: frame: uint8 RGB (H, W, 3). Returns: of colours and of textures, over all scales.
    """
    colours, textures = [], []
    for _ in range(SCALES):
        colours.append(_rows(colour_bins(frame), BINS**3))
        grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)
        textures += [_rows(siltp(grey, radius), 3 ** len(NEIGHBOURS)) for radius in RADII]
        size = (frame.shape[1] // 2, frame.shape[0] // 2)
        frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.concatenate(colours), np.concatenate(textures)


def siltp(grey: NDArray[np.uint8], radius: int) -> NDArray[np.int64]:
    """Scale invariant local ternary pattern (Liao et al., CVPR 2010) of four neighbours: (H, W), codes 0 ... 80.

    A neighbour adds 3^i if it is brighter than (1 + tau) times the middle, 2 3^i if darker than (1 - tau) times.
    """
    middle = grey.astype(np.float64)
    padded = np.pad(middle, radius, mode="edge")
    height, width = grey.shape
    code = np.zeros(grey.shape, np.int64)
    for i, (down, right) in enumerate(NEIGHBOURS):
        top, left = radius * (1 + down), radius * (1 + right)
        other = padded[top : top + height, left : left + width]
        code += 3**i * ((other > (1 + TAU) * middle) + 2 * (other < (1 - TAU) * middle))
    return code


def _rows(codes: NDArray[np.int64], bins: int) -> NDArray[np.float32]:
    """For each row of blocks and each code, how often it occurs in the block that has it most."""
    blocks = sliding_window_view(codes, (BLOCK, BLOCK))[::STEP, ::STEP]
    down, across = blocks.shape[:2]
    number = np.arange(down * across).reshape(down, across, 1, 1)
    counts = np.bincount((number * bins + blocks).ravel(), minlength=down * across * bins)
    return np.asarray(counts.reshape(down, across, bins).max(1).ravel(), np.float32)

"""A clip as numbers: its best walking cycle, cut into eight parts, each described by its mean occurrences."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reid_core.tapr.cycle import best_cycle
from reid_core.tapr.lomo import occurrences
from reid_core.tapr.superpixels import trajectories

SEGMENTS = 8


def describe(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pool what occurs within each eighth of the best walking cycle, so that equal phases of a step are compared.

        x = [x_1 ... x_8],  x_j = [unit(log(1 + mean of colours)) ; unit(log(1 + mean of textures))] over part j

    Args: frames: uint8 RGB (T, H, W, 3), T >= 1. Returns: (8 D,).
    """
    cycle = best_cycle(trajectories(frames), frames.shape[2])
    found = [occurrences(frame) for frame in frames[cycle.start : cycle.stop]]
    parts = [
        _unit(np.log1p(np.mean([found[frame][kind] for frame in part], axis=0)))
        for part in segments(len(found))
        for kind in (0, 1)
    ]
    return np.concatenate(parts).astype(np.float32)


def segments(length: int) -> list[range]:
    """Eight parts of a cycle's frames, as equal as they can be; of fewer than eight frames some are in two parts."""
    bounds = [length * part / SEGMENTS for part in range(SEGMENTS + 1)]
    return [range(int(a), max(int(b), int(a) + 1)) for a, b in pairwise(bounds)]


def _unit(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return values / max(float(np.linalg.norm(values)), 1e-12)

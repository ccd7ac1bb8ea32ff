"""The border of the picture: who is cut off by it, and who leaves there as somebody else comes in."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .motion import usual_height

BORDER = 0.005  # of the frame's width and height: what comes as near to the border may be cut off by it
AWAY = 0.5  # of somebody's height: he is away from the edge of the picture


def turns(boxes: NDArray[np.float32], width: int) -> list[int]:
    """Looks at which a track that has come to the left or right edge of the picture goes away from it again.

    There somebody has left, and the track has gone on with who came in as he did. Away is half the height of the boxes.
    Args: boxes: (T, 4), left, top, right, bottom. width: of the picture. Returns: the first looks of the next, rising.
    """
    away = AWAY * usual_height(boxes)
    return sorted(at for gaps in (boxes[:, 0], width - boxes[:, 2]) for at in _turns(gaps, BORDER * width, away))


def _turns(gaps: NDArray[np.float32], near: float, away: float) -> Iterator[int]:
    """Looks in the middle of those that are near to an edge between two that are away from it."""
    was_away, there = False, list[int]()
    for look, gap in enumerate(gaps.tolist()):
        if gap <= near:
            there.append(look)
        elif gap > away:
            if was_away and there:
                yield there[len(there) // 2]
            was_away, there = True, []

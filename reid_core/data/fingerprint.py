"""One number for all frames of a data set, the same wherever the same pictures are read.

    sha256 of the lines  NAME FRAMES sha256(RGB bytes of all frames, uint8 (T, 128, 64, 3))  sorted by NAME

Over pixels and not over files: the same pictures are other bytes in a file with every version of the PNG library.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reid_core.data.frames import load_frames
from reid_core.data.threads import in_threads
from reid_core.data.types import TrackletFiles
from reid_core.progress import Progress

PARTS, ROWS, COLUMNS = 4, 4, 2


@dataclass(frozen=True)
class Look:
    """What reading a tracklet shows: its number of frames, their digest, and a sentence for each that is damaged.

    ``colours`` are the bytes of `mean_colours`, none of a tracklet without frames.
    """

    frames: int
    digest: str
    problems: tuple[str, ...]
    colours: bytes


def look(files: TrackletFiles) -> Look:
    """Read all frames of a tracklet."""
    frames, problems = load_frames(files)
    return Look(len(frames), digest(frames), problems, mean_colours(frames).tobytes())


def look_at_all(
    tracklets: Sequence[TrackletFiles], progress: Progress | None = None, tell: Callable[[str], None] | None = None
) -> dict[str, Look]:
    """Read all tracklets, by name.

    Args: progress: called with ("read", done, in all). tell: called with each problem as soon as it is found.
    """
    looks: dict[str, Look] = {}
    for files, seen in zip(tracklets, in_threads(look, tracklets), strict=True):
        looks[files.name] = seen
        if tell is not None:
            for problem in seen.problems:
                tell(problem)
        if progress is not None:
            progress("read", len(looks), len(tracklets))
    return looks


def digest(frames: NDArray[np.uint8]) -> str:
    """SHA-256 of the frames' bytes."""
    return hashlib.sha256(np.ascontiguousarray(frames).data).hexdigest()


def mean_colours(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What frames (T, H, W, 3) look like from afar: a rounding hardly shows in it, another picture does.

    Returns: mean colours of each quarter of the frames on a grid, (4, 4, 2, 3); (0, 4, 2, 3) of no frames.
    """
    if not len(frames):
        return np.empty((0, ROWS, COLUMNS, 3), np.uint8)
    ends = [part * len(frames) // PARTS for part in range(PARTS + 1)]
    means = [frames[start : max(start + 1, stop)].mean(axis=0) for start, stop in pairwise(ends)]
    cells = np.reshape(means, (PARTS, ROWS, frames.shape[1] // ROWS, COLUMNS, frames.shape[2] // COLUMNS, 3))
    return np.asarray(cells.mean(axis=(2, 4)).round(), np.uint8)


def fingerprint(looks: Mapping[str, Look]) -> str:
    """Of a data set, from what was seen of each tracklet, by its name."""
    lines = (f"{name} {seen.frames} {seen.digest}\n" for name, seen in sorted(looks.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()

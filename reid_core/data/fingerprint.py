"""One number for all frames of a data set, the same wherever the same pictures are read.

    sha256 of the lines  NAME FRAMES sha256(RGB bytes of all frames, uint8 (T, 128, 64, 3))  sorted by NAME

Over pixels and not over files: the same pictures are other bytes in a file with every version of the PNG library.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid_core.data.frames import load_frames
from reid_core.data.threads import in_threads
from reid_core.data.types import TrackletFiles
from reid_core.progress import Progress


@dataclass(frozen=True)
class Look:
    """What reading a tracklet shows: its number of frames, their digest, and a sentence for each that is damaged."""

    frames: int
    digest: str
    problems: tuple[str, ...]


def look(files: TrackletFiles) -> Look:
    """Read all frames of a tracklet."""
    frames, problems = load_frames(files)
    return Look(len(frames), digest(frames), problems)


def look_at_all(tracklets: Sequence[TrackletFiles], progress: Progress | None = None) -> dict[str, Look]:
    """Read all tracklets, by name. Args: progress: called with ("read", done, in all)."""
    looks: dict[str, Look] = {}
    for files, seen in zip(tracklets, in_threads(look, tracklets), strict=True):
        looks[files.name] = seen
        if progress is not None:
            progress("read", len(looks), len(tracklets))
    return looks


def digest(frames: NDArray[np.uint8]) -> str:
    """SHA-256 of the frames' bytes."""
    return hashlib.sha256(np.ascontiguousarray(frames).data).hexdigest()


def fingerprint(looks: Mapping[str, Look]) -> str:
    """Of a data set, from what was seen of each tracklet, by its name."""
    lines = (f"{name} {seen.frames} {seen.digest}\n" for name, seen in sorted(looks.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()

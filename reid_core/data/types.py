"""Tracklets and data sets as the loaders find them on disk, and as the cache hands them to training."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DISTRACTORS = 0
"""The pid, in a gallery that is listed, of people who are nobody's match."""


@dataclass(frozen=True)
class Packed:
    """Where the files of a tracklet lie in a pack: its table, the row, and their sizes in bytes."""

    place: Path
    row: int
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class TrackletFiles:
    """One tracklet on disk: all frames of one person from one camera, in order.

    Args: pid: identity, 0 or larger. camera: view, 1 or larger. name: what messages call it, unique in its data set.
        paths: its images sorted by their number, or one video file. is_probe: whether its data set lists it as a probe
        or as one of the gallery only; None where nothing is listed. in_gallery: False for a probe that the protocol
        takes out of the gallery. packed: where the contents are of files that are not there themselves.
    """

    pid: int
    camera: int
    name: str
    paths: tuple[Path, ...]
    is_probe: bool | None = None
    in_gallery: bool = True
    packed: Packed | None = None

    def __post_init__(self) -> None:
        if self.pid < 0 or self.camera < 1:
            raise ValueError(f"pid must be >= 0 and camera >= 1, got {self.pid} and {self.camera} for {self.name!r}")
        if not self.paths:
            raise ValueError(f"paths must hold at least one file, got none for {self.name!r}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of its files, in bytes."""
        return self.packed.sizes if self.packed else tuple(path.stat().st_size for path in self.paths)


@dataclass(frozen=True)
class Dataset:
    """The tracklets of a data set, and a sentence for everything that was wrong with it."""

    name: str
    protocol: str
    root: Path
    tracklets: tuple[TrackletFiles, ...]
    problems: tuple[str, ...] = ()

    @property
    def pids(self) -> tuple[int, ...]:
        """All identities, sorted."""
        return tuple(sorted({tracklet.pid for tracklet in self.tracklets}))

    def only(self, tracklets: "Iterable[TrackletFiles | PreparedTracklet]") -> "Dataset":
        """The same without the others, so that nobody is in its splits of whom nothing can be read."""
        names = {tracklet.name for tracklet in tracklets}
        return replace(self, tracklets=tuple(files for files in self.tracklets if files.name in names))


@dataclass(frozen=True)
class PreparedTracklet:
    """A tracklet ready for `channels`: colour uint8 (T, H, W, 3) RGB, flow float16 (T, H, W, 2) in px of 128 x 64.

    Where it is not needed flow has no channel, (T, H, W, 0).

    is_probe, in_gallery: as in `TrackletFiles`.
    """

    pid: int
    camera: int
    name: str
    colour: NDArray[np.uint8]
    flow: NDArray[np.float16]
    is_probe: bool | None = None
    in_gallery: bool = True

    def __len__(self) -> int:
        return len(self.colour)


def identities(tracklets: Iterable[TrackletFiles | PreparedTracklet]) -> tuple[int, ...]:
    """Whose tracklets these are, sorted; distractors are nobody's, though they share a pid."""
    return tuple(sorted({t.pid for t in tracklets if t.pid != DISTRACTORS or t.is_probe is None}))


@dataclass(frozen=True)
class Prepared:
    """A data set with its flow computed; the fingerprint names exactly this data and these settings."""

    name: str
    protocol: str
    fingerprint: str
    tracklets: tuple[PreparedTracklet, ...]
    problems: tuple[str, ...] = ()

    @property
    def pids(self) -> tuple[int, ...]:
        """All identities, sorted."""
        return tuple(sorted({tracklet.pid for tracklet in self.tracklets}))

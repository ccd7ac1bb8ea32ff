"""What a training shows of itself while it goes on: two files beside its state, the first replaced at each look.

``split_N.watched.json`` has what was seen of some people held out of the training, ``split_N.watched.zip`` has their
frames.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid_core.data import PreparedTracklet
from reid_core.files import written
from reid_core.runs.strips import read_strips, write_strips

WATCHED_FRAMES = 16  # of a tracklet, evenly over its length


@dataclass(frozen=True)
class Look:
    """Share of the probes matched at rank 1 after an epoch, and which part of the network had learned in it."""

    epoch: int
    part: str
    rank_1: float


@dataclass(frozen=True)
class HardPair:
    """Two tracklets, by name, of one person that are far apart, or of two that are near."""

    probe: str
    other: str
    same: bool
    distance: float


@dataclass(frozen=True)
class Attended:
    """A tracklet, and alpha of its frames that were looked at; places: which of the tracklet they are."""

    tracklet: str
    places: tuple[int, ...]
    alpha: tuple[float, ...]


@dataclass(frozen=True)
class Watched:
    """All looks so far, and of the last the hardest pairs and the attention on a clip, if the head has any."""

    persons: int
    looks: tuple[Look, ...]
    pairs: tuple[HardPair, ...]
    attended: Attended | None


def write_watched(folder: Path, split: int, seen: Watched, people: Iterable[PreparedTracklet]) -> None:
    """Replace what was seen, whole or not at all. Args: people: the tracklets that are looked at."""
    if not _strips(folder, split).exists():
        with written(_strips(folder, split)) as place:
            write_strips(place, people, WATCHED_FRAMES)
    with written(folder / f"split_{split}.watched.json") as place:
        place.write_text(json.dumps(asdict(seen)))


def read_watched(folder: Path, split: int) -> Watched | None:
    """What was seen so far; None before the first look, and where nobody is held out."""
    try:
        values = json.loads((folder / f"split_{split}.watched.json").read_text())
        looks = tuple(Look(**look) for look in values["looks"])
        pairs = tuple(HardPair(**pair) for pair in values["pairs"])
        attended = values["attended"]
        if attended is not None:
            attended = Attended(attended["tracklet"], tuple(attended["places"]), tuple(attended["alpha"]))
        return Watched(values["persons"], looks, pairs, attended)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # or just being removed


def watched_strips(folder: Path, split: int, names: Iterable[str]) -> dict[str, NDArray[np.uint8]]:
    """The frames that are looked at by tracklet, as of ``read_strips``; none where they are gone or damaged."""
    try:
        return read_strips(_strips(folder, split), names)
    except ValueError:
        return {}


def _strips(folder: Path, split: int) -> Path:
    return folder / f"split_{split}.watched.zip"

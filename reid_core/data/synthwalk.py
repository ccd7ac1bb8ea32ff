"""SynthWalk: a benchmark of synthetic people that anybody can render, frame for frame the same.

300 persons of one seed, two cameras, 23 to 192 frames a tracklet as in iLIDS-VID, ten stored halves.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data import ilids_vid
from reid_core.data.datasets import STORED_SPLITS, SYNTHETIC_CARD
from reid_core.data.fingerprint import Look, fingerprint, look_at_all
from reid_core.data.splits import SPLIT_SEED, Split, half_splits, write_splits
from reid_core.data.synthetic.write import VERSION, World, tracklet_length, write_dataset
from reid_core.data.types import Dataset, Prepared
from reid_core.progress import Progress

NAME = "SynthWalk"
PERSONS, SEED, VARIETY = 300, 2018, 0.2
MIN_LENGTH, MAX_LENGTH = ilids_vid.LENGTHS
FRAMES_FINGERPRINTS = (
    "f7693146775f69888f13a9f611e02896917f59e07e77894f5b54bc8ac0b2ff0d",
    "98b5b180bb335f8dae2c4fb32f01fce8be067acbadace410c88408527ba1dd7d",  # as published first, on a processor with AVX2
)
SPLITS_FINGERPRINT = "c8718da7aae3727590890fff77df3cd2e7445be6f697a14c283a767751f369df"
COLOURS = Path(__file__).with_name("synthwalk.png")
"""What the frames look like from afar, by `write_colours`."""
TOLERANCE = 2
"""Levels of 255 by which mean colours may differ and still be equal to the eye."""


@dataclass(frozen=True)
class Likeness:
    """Whether frames are SynthWalk's, as one sentence; ``same`` is also true of frames that are rounded otherwise."""

    same: bool
    sentence: str


def write_synthwalk(out: Path, progress: Progress | None = None) -> dict[str, Look]:
    """Render SynthWalk and store its splits; what is there already is kept.

    Returns: what reading the frames that were written shows, by tracklet; see `identified`.
    Raises: ValueError: ``out`` holds another data set, or the random generator draws other splits than it did.
    """
    splits = half_splits(range(1, PERSONS + 1), SPLIT_SEED)
    if splits_fingerprint(splits) != SPLITS_FINGERPRINT:
        raise ValueError(f"splits must have fingerprint {SPLITS_FINGERPRINT}, got {splits_fingerprint(splits)}")
    write_dataset(out, PERSONS, SEED, MIN_LENGTH, MAX_LENGTH, progress, World(variety=VARIETY))
    write_splits(out / STORED_SPLITS, splits)
    return look_at_all(ilids_vid.load(out).tracklets, progress)


def splits_fingerprint(splits: tuple[Split, ...]) -> str:
    """SHA-256 of the splits as JSON."""
    return hashlib.sha256(json.dumps([asdict(split) for split in splits]).encode()).hexdigest()


def identified(looks: Mapping[str, Look]) -> Likeness:
    """Compare what reading a data set shows with SynthWalk: to the last bit, else by mean colours."""
    if fingerprint(looks) in FRAMES_FINGERPRINTS:
        return Likeness(True, f"the frames are {NAME}'s, equal to the last bit")
    expected = _expected()
    if missing := sorted(expected.keys() ^ looks.keys()):
        return Likeness(False, f"another data set than {NAME}: {missing[0]} is in one of them only")
    for name, (frames, colours) in sorted(expected.items()):
        seen = looks[name]
        if seen.frames != frames:
            return Likeness(False, f"another data set than {NAME}: {name} has {seen.frames} frames, not {frames}")
        away = int(np.abs(np.frombuffer(seen.colours, np.uint8).astype(int) - colours).max())
        if away > TOLERANCE:
            return Likeness(False, f"another data set than {NAME}: the colours of {name} are off by {away} of 255")
    return Likeness(True, f"the frames are {NAME}'s, equal to the eye: some are rounded otherwise than those published")


def splits_told(splits: tuple[Split, ...]) -> str:
    """Whose splits are stored with SynthWalk's frames, in words. Args: splits: none if none are stored."""
    if not splits:
        return "its splits are not stored with them and are drawn, alike, when needed"
    if splits_fingerprint(splits) != SPLITS_FINGERPRINT:
        return "the splits are not"
    return f"so are its {len(splits)} splits"


def write_colours(looks: Mapping[str, Look], path: Path) -> None:
    """Write what `identified` compares with: a picture with a row a tracklet, sorted by name, of its mean colours."""
    rows = [np.frombuffer(looks[name].colours, np.uint8).reshape(-1, 3) for name in sorted(looks)]
    cv2.imwrite(str(path), cv2.cvtColor(np.stack(rows), cv2.COLOR_RGB2BGR))


def _expected() -> dict[str, tuple[int, NDArray[np.uint8]]]:
    """Number of frames and mean colours of each tracklet, as rendered when the benchmark was published."""
    rows = np.asarray(cv2.imread(str(COLOURS), cv2.IMREAD_COLOR_RGB), np.uint8)
    names = [(f"cam{camera}/person{pid:03d}", pid, camera) for camera in (1, 2) for pid in range(1, PERSONS + 1)]
    return {
        name: (tracklet_length(SEED, pid, camera, MIN_LENGTH, MAX_LENGTH), row.ravel())
        for (name, pid, camera), row in zip(names, rows, strict=True)
    }


def claimed(root: Path) -> bool:
    """Whether the card of synthetic people in ``root`` says that they are SynthWalk's."""
    card = {"occlude": True, **json.loads((root / SYNTHETIC_CARD).read_text())}
    ours = {"version": VERSION, "seed": SEED, "persons": PERSONS, "variety": VARIETY, "occlude": True}
    return {**ours, "min_length": MIN_LENGTH, "max_length": MAX_LENGTH}.items() <= card.items()


def same_data(prepared: Prepared, dataset: Dataset, name: str, told: str) -> bool:
    """Whether a run tested on this data: on the same files, or on another rendering of SynthWalk.

    Args: prepared: made of ``dataset``. name, told: name and fingerprint of the data that the run keeps.
    """
    if prepared.fingerprint == told:
        return True
    settings = prepared.fingerprint.partition("-")[0] == told.partition("-")[0]
    synthetic = dataset.protocol == "synthetic" and dataset.name == name
    if not settings or not synthetic or not claimed(dataset.root.parent):
        return False
    return identified(look_at_all(dataset.tracklets)).same

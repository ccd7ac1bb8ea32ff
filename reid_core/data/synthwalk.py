"""SynthWalk: a benchmark of synthetic people that anybody can render, frame for frame the same.

300 persons of one seed, two cameras, 23 to 192 frames a tracklet as in iLIDS-VID, ten stored halves.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from reid_core.data import ilids_vid
from reid_core.data.datasets import STORED_SPLITS
from reid_core.data.fingerprint import fingerprint, look_at_all
from reid_core.data.splits import SPLIT_SEED, Split, half_splits, write_splits
from reid_core.data.synthetic.write import write_dataset
from reid_core.progress import Progress

NAME = "SynthWalk"
PERSONS, SEED, VARIETY = 300, 2018, 0.2
MIN_LENGTH, MAX_LENGTH = ilids_vid.LENGTHS
FRAMES_FINGERPRINT = "98b5b180bb335f8dae2c4fb32f01fce8be067acbadace410c88408527ba1dd7d"
SPLITS_FINGERPRINT = "c8718da7aae3727590890fff77df3cd2e7445be6f697a14c283a767751f369df"


def write_synthwalk(out: Path, progress: Progress | None = None) -> str:
    """Render SynthWalk and store its splits; what is there already is kept.

    Returns: the fingerprint of the frames that were written, which should be ``FRAMES_FINGERPRINT``.
    Raises: ValueError: ``out`` holds another data set, or the random generator draws other splits than it did.
    """
    splits = half_splits(range(1, PERSONS + 1), SPLIT_SEED)
    if splits_fingerprint(splits) != SPLITS_FINGERPRINT:
        raise ValueError(f"splits must have fingerprint {SPLITS_FINGERPRINT}, got {splits_fingerprint(splits)}")
    write_dataset(out, PERSONS, SEED, MIN_LENGTH, MAX_LENGTH, progress, VARIETY)
    write_splits(out / STORED_SPLITS, splits)
    return frames_fingerprint(out, progress)


def frames_fingerprint(root: Path, progress: Progress | None = None) -> str:
    """Read all frames of a data set in iLIDS-VID's layout. Args: progress: called with "read", done, in all."""
    return fingerprint(look_at_all(ilids_vid.load(root).tracklets, progress))


def splits_fingerprint(splits: tuple[Split, ...]) -> str:
    """SHA-256 of the splits as JSON."""
    return hashlib.sha256(json.dumps([asdict(split) for split in splits]).encode()).hexdigest()


def identified(found: str, splits: tuple[Split, ...]) -> str:
    """Whether frames of this fingerprint are SynthWalk, as one sentence. Args: splits: stored with them, or none."""
    if found != FRAMES_FINGERPRINT:
        return f"not {NAME}, whose frames have the fingerprint {FRAMES_FINGERPRINT}"
    if not splits:
        return f"the frames are {NAME}'s; its splits are not stored with them and are drawn, alike, when needed"
    if splits_fingerprint(splits) != SPLITS_FINGERPRINT:
        return f"the frames are {NAME}'s, the splits are not"
    return f"this is {NAME}: its frames and its {len(splits)} splits"

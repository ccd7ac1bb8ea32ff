"""Synthetic people in the folders of iLIDS-VID, so that its loader reads them."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic.people import person
from reid_core.data.synthetic.tracklet import OWN_SHARE, hidden_shares, render_tracklet
from reid_core.files import UNFINISHED, written
from reid_core.progress import Progress

VERSION = 1
CAMERAS = (1, 2)
# little smaller than the default and twice as fast
PNG = [
    cv2.IMWRITE_PNG_COMPRESSION,
    1,
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_RLE,
    cv2.IMWRITE_PNG_FILTER,
    cv2.IMWRITE_PNG_FILTER_UP,
]


def tracklet_length(seed: int, pid: int, camera_index: int, min_length: int = 23, max_length: int = 192) -> int:
    """Frames of a tracklet, spread as iLIDS-VID's: 23 to 192, 73 on average, skewed to the short ones."""
    if not 1 <= min_length <= max_length:
        raise ValueError(f"expected 1 <= min_length <= max_length, got {min_length} and {max_length}")
    rng = np.random.default_rng((seed, pid, camera_index, 4))
    return min_length + round((max_length - min_length) * float(rng.beta(1.6, 3.8)))


def write_dataset(
    out: Path,
    persons: int,
    seed: int,
    min_length: int = 23,
    max_length: int = 192,
    progress: Progress | None = None,
    variety: float = OWN_SHARE,
    occlude: bool = True,
) -> None:
    """Write persons 1 to ``persons`` of the data set ``seed`` under ``out``; folders that are there are kept.

    ``out/i-LIDS-VID/sequences/cam{1,2}/personNNN/camC_personNNN_FFFFF.png`` and ``out/synthetic.json``.

    Args: progress: called with ("synthesize", tracklets done, tracklets in all). variety, occlude: of
        ``render_tracklet``.
    Raises: ValueError: persons < 1, or ``out`` holds another data set.
    """
    if persons < 1:
        raise ValueError(f"persons is {persons}; at least 1 is needed")
    card: dict[str, object] = {
        "version": VERSION,
        "seed": seed,
        "min_length": min_length,
        "max_length": max_length,
        "variety": variety,
        "occlude": occlude,
    }
    _claim(out, card)
    sequences = out / "i-LIDS-VID" / "sequences"
    for left_over in sequences.glob(f"cam*/.*{UNFINISHED}"):  # of a killed run
        shutil.rmtree(left_over)
    lengths: dict[int, list[int]] = {camera: [] for camera in CAMERAS}
    for done in range(persons * len(CAMERAS)):
        pid, camera = done // len(CAMERAS) + 1, CAMERAS[done % len(CAMERAS)]
        length = tracklet_length(seed, pid, camera, min_length, max_length)
        lengths[camera].append(length)
        _write_tracklet(sequences / f"cam{camera}", pid, camera, length, seed, variety, occlude)
        if progress is not None:
            progress("synthesize", done + 1, persons * len(CAMERAS))
    _write_card(out, {**card, "persons": persons, "lengths": {f"cam{c}": lengths[c] for c in CAMERAS}})


def dataset_hidden_shares(root: Path) -> dict[str, NDArray[np.float64]]:
    """What stands in front of whom, by the name of the tracklet: ``hidden_shares`` of a data set that was written.

    Raises: ValueError: ``root`` holds no data set that was written here.
    """
    path = root / "synthetic.json"
    if not path.exists():
        raise ValueError(f"root must be a folder of synthesize, {root} has no {path.name}")
    card = {"occlude": True, **json.loads(path.read_text())}
    shares = {}
    for pid in range(1, card["persons"] + 1):
        for camera in CAMERAS:
            length = card["lengths"][f"cam{camera}"][pid - 1]
            some = (person(card["seed"], pid), camera, length, card["seed"], card["variety"])
            name = f"cam{camera}/person{pid:03d}"
            shares[name] = hidden_shares(*some) if card["occlude"] else np.zeros(length)
    return shares


def _claim(out: Path, card: dict[str, object]) -> None:
    """Refuse to mix two data sets in one folder."""
    path = out / "synthetic.json"
    if not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        _write_card(out, card)
        return
    known = {"occlude": True, **json.loads(path.read_text())}  # earlier cards do not tell: there was no choice
    for name, value in card.items():
        if known.get(name) != value:
            raise ValueError(
                f"{out} holds a data set with {name} {known.get(name)}, not {value}; choose another folder"
            )


def _write_card(out: Path, card: dict[str, object]) -> None:
    with written(out / "synthetic.json") as place:
        place.write_text(json.dumps(card) + "\n")


def _write_tracklet(folder: Path, pid: int, camera: int, length: int, seed: int, variety: float, occlude: bool) -> None:
    name = f"person{pid:03d}"
    if (folder / name).exists():
        return
    frames = render_tracklet(person(seed, pid), camera, length, seed, occlude, variety)
    with written(folder / name) as place:
        place.mkdir()
        for number, frame in enumerate(frames, 1):
            path = place / f"cam{camera}_{name}_{number:05d}.png"
            cv2.imwrite(str(path), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), PNG)

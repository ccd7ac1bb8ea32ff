"""Synthetic people in the folders of iLIDS-VID, so that its loader reads them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic.camera import Frames
from reid_core.data.synthetic.crowd import citizen
from reid_core.data.synthetic.people import person
from reid_core.data.synthetic.tracklet import OWN_SHARE, hidden_shares, render_tracklet
from reid_core.data.synthetic.wide import hidden_shares_wide, render_wide
from reid_core.files import UNFINISHED, written
from reid_core.progress import Progress

VERSION = 1
# little smaller than the default and twice as fast
PNG = [
    cv2.IMWRITE_PNG_COMPRESSION,
    1,
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_RLE,
    cv2.IMWRITE_PNG_FILTER,
    cv2.IMWRITE_PNG_FILTER_UP,
]


WORLDS = {
    "plain": (person, render_tracklet, hidden_shares),
    "wide": (citizen, render_wide, hidden_shares_wide),
}


@dataclass(frozen=True)
class World:
    """Who is rendered, and seen by whom.

    Args: world: "plain", SynthWalk's people and cameras, or "wide": textures, children, umbrellas, casts, codecs.
        cameras: how many there are. views: how many of them see a person, chosen for each.
        variety, occlude: of ``render_tracklet``.
    Raises: ValueError: a value that is not allowed.
    """

    world: str = "plain"
    cameras: int = 2
    views: int = 2
    variety: float = OWN_SHARE
    occlude: bool = True

    def __post_init__(self) -> None:
        if self.world not in WORLDS:
            raise ValueError(f"world must be one of {', '.join(WORLDS)}, got {self.world!r}")
        if not 2 <= self.views <= self.cameras:
            raise ValueError(f"expected 2 <= views <= cameras, got {self.views} views and {self.cameras} cameras")

    def seen_by(self, seed: int, pid: int) -> tuple[int, ...]:
        """The numbers of the cameras that see a person, from 1, rising."""
        rng = np.random.default_rng((seed, pid, 6))
        return tuple(sorted((rng.permutation(self.cameras)[: self.views] + 1).tolist()))

    def record(self, seed: int, pid: int, camera: int, length: int) -> Frames:
        """One recording, shape (length, 128, 64, 3)."""
        who, render, _ = WORLDS[self.world]
        return render(who(seed, pid), camera, length, seed, self.occlude, self.variety)

    def hidden(self, seed: int, pid: int, camera: int, length: int) -> NDArray[np.float64]:
        """How much of the person is behind something else in each frame of a recording, (length,), 0 to 1."""
        who, _, shares = WORLDS[self.world]
        return shares(who(seed, pid), camera, length, seed, self.variety) if self.occlude else np.zeros(length)


PLAIN = World()
NEW = ("world", "cameras", "views")  # left out of cards where they are as they were before there was a choice


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
    world: World = PLAIN,
) -> None:
    """Write persons 1 to ``persons`` of the data set ``seed`` under ``out``; folders that are there are kept.

    ``out/i-LIDS-VID/sequences/camC/personNNN/camC_personNNN_FFFFF.png`` and ``out/synthetic.json``.

    Args: progress: called with ("synthesize", tracklets done, tracklets in all).
    Raises: ValueError: persons < 1, or ``out`` holds another data set.
    """
    if persons < 1:
        raise ValueError(f"persons is {persons}; at least 1 is needed")
    card = {"version": VERSION, "seed": seed, "min_length": min_length, "max_length": max_length, **asdict(world)}
    _claim(out, card)
    sequences = out / "i-LIDS-VID" / "sequences"
    for left_over in sequences.glob(f"cam*/.*{UNFINISHED}"):  # of a killed run
        shutil.rmtree(left_over)
    for camera in range(1, world.cameras + 1):
        (sequences / f"cam{camera}").mkdir(parents=True, exist_ok=True)
    lengths: dict[str, list[int]] = {f"cam{camera}": [] for camera in range(1, world.cameras + 1)}
    todo = [(pid, camera) for pid in range(1, persons + 1) for camera in world.seen_by(seed, pid)]
    for done, (pid, camera) in enumerate(todo, 1):
        length = tracklet_length(seed, pid, camera, min_length, max_length)
        lengths[f"cam{camera}"].append(length)
        _write_tracklet(sequences / f"cam{camera}", pid, camera, partial(world.record, seed, pid, camera, length))
        if progress is not None:
            progress("synthesize", done, len(todo))
    _write_card(out, {**card, "persons": persons, "lengths": lengths})


def dataset_hidden_shares(root: Path) -> dict[str, NDArray[np.float64]]:
    """What stands in front of whom, by the name of the tracklet: ``hidden_shares`` of a data set that was written.

    Raises: ValueError: ``root`` holds no data set that was written here.
    """
    path = root / "synthetic.json"
    if not path.exists():
        raise ValueError(f"root must be a folder of synthesize, {root} has no {path.name}")
    card = json.loads(path.read_text())
    world = World(**{name: card.get(name, value) for name, value in asdict(PLAIN).items()})
    lengths = {name: iter(counts) for name, counts in card["lengths"].items()}
    return {
        f"cam{camera}/person{pid:03d}": world.hidden(card["seed"], pid, camera, next(lengths[f"cam{camera}"]))
        for pid in range(1, card["persons"] + 1)
        for camera in world.seen_by(card["seed"], pid)
    }


def _claim(out: Path, card: dict[str, object]) -> None:
    """Refuse to mix two data sets in one folder."""
    path = out / "synthetic.json"
    if not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        _write_card(out, card)
        return
    known = {**asdict(PLAIN), **json.loads(path.read_text())}  # earlier cards do not tell: there was no choice
    for name, value in card.items():
        if known.get(name) != value:
            raise ValueError(
                f"{out} holds a data set with {name} {known.get(name)}, not {value}; choose another folder"
            )


def _write_card(out: Path, card: dict[str, object]) -> None:
    with written(out / "synthetic.json") as place:
        told = {name: value for name, value in card.items() if name not in NEW or value != getattr(PLAIN, name)}
        place.write_text(json.dumps(told) + "\n")


def _write_tracklet(folder: Path, pid: int, camera: int, record: Callable[[], Frames]) -> None:
    name = f"person{pid:03d}"
    if (folder / name).exists():
        return
    frames = record()
    with written(folder / name) as place:
        place.mkdir()
        for number, frame in enumerate(frames, 1):
            path = place / f"cam{camera}_{name}_{number:05d}.png"
            cv2.imwrite(str(path), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), PNG)

"""Make the bundled footage of the page Search and its index again: ``python -m assets.make_search``.

The films: two cameras of one street, two minutes each, rendered from one seed that no training uses. Ten people pass,
most of them several times and before both cameras; one is seen by the first camera only, one by the second only. Who
passes where and when is kept in ``truth.json``.

The index: the tracklets that the person detector and the main model find in them. A new checkpoint needs a new one:
``python -m assets.make_search index``.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from assets.make_examples import PLAIN, SEED, WALKERS
from reid_core.data.synthetic import render_scene
from reid_core.model import load_checkpoint
from reid_core.search import Index, build, create, delete, is_index, sources
from reid_core.video import PersonDetector, mp4

FOLDER = Path(__file__).resolve().parent / "search"
INDEX, CHECKPOINT = FOLDER / "index", "utrcnn"
SECONDS, FPS = 120, 10
WIDTH, HEIGHT, CRF = 960, 540, 30

PEOPLE = {name: WALKERS[name] for name in ("docker", "tourist", "yellow", "white", "red", "skirt")} | {
    "green": replace(PLAIN, pid=9011, top="coat", length=0.4, top_colour=(38, 104, 72), lower_colour=(112, 114, 118)),
    "orange": replace(PLAIN, pid=9012, top="puffer", top_colour=(218, 104, 38), headwear="cap"),
    "pink": replace(
        PLAIN, pid=9013, top="sweater", top_colour=(212, 128, 156), hair="long", lower_colour=(226, 226, 222)
    ),
    "stripes": replace(
        PLAIN, pid=9014, top="shirt", top_colour=(226, 226, 222), pattern="stripes", pattern_colour=(28, 34, 58)
    ),
}
PASSES = {  # in the order in which they pass the middle of the picture
    "gate": (
        "yellow docker green white red stripes orange tourist skirt yellow red green "
        "white tourist orange docker stripes yellow skirt white red green orange stripes"
    ),
    "square": (
        "pink red skirt yellow stripes green tourist white pink orange red skirt "
        "yellow green stripes pink white tourist orange red yellow skirt green pink"
    ),
}
"""The docker is seen at the gate only, who wears pink on the square only."""

Frames = NDArray[np.uint8]


def films() -> None:
    """Write a film for each camera, and who is in it when: camera -> person -> [[start, end], ...] in seconds."""
    FOLDER.mkdir(exist_ok=True)
    truth = {}
    for number, (camera, names) in enumerate(PASSES.items(), 1):
        seen: dict[str, list[int]] = {name: [] for name in dict.fromkeys(names.split())}
        (FOLDER / f"{camera}.mp4").write_bytes(mp4(_street(number, names.split(), seen), FPS, CRF))
        truth[camera] = {name: _spans(frames) for name, frames in seen.items()}
    (FOLDER / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")


def _street(camera: int, names: list[str], seen: dict[str, list[int]]) -> Iterator[Frames]:
    """The pictures of a camera; notes in ``seen`` who is in which."""
    by_pid = {PEOPLE[name].pid: name for name in names}
    crowd = [PEOPLE[name] for name in names]
    for number, frame in enumerate(render_scene(SEED + 1, crowd, WIDTH, HEIGHT, SECONDS, FPS, camera)):
        for pid in set(frame.pids.tolist()):
            seen[by_pid[pid]].append(number)
        yield frame.image


def _spans(frames: list[int]) -> list[list[float]]:
    """Frames in a row as first and last time, s."""
    parts = np.split(np.array(frames), np.flatnonzero(np.diff(frames) > 1) + 1)
    return [[round(float(part[0]) / FPS, 1), round(float(part[-1]) / FPS, 1)] for part in parts]


def index() -> None:
    """Make the index again."""
    main = load_checkpoint(CHECKPOINT)
    with TemporaryDirectory() as folder:
        made = create(folder, main, CHECKPOINT)
        for step in build(made, sources(FOLDER / f"{camera}.mp4" for camera in PASSES), main, PersonDetector()):
            if step.problem:
                raise ValueError(step.problem)
        if is_index(INDEX):
            delete(INDEX)
        copy(made, create(INDEX, main, CHECKPOINT))


def copy(made: Index, shipped: Index) -> None:
    """Hand the rows over in few files, with the films' names for paths: they lie beside the index."""
    rows = made.table()
    for video in made.videos():
        numbers = rows["tracklet"][rows["digest"] == video.digest].tolist()
        shipped.append(replace(video, path=video.video), made.some(numbers))


if __name__ == "__main__":
    if sys.argv[1:] != ["index"]:
        films()
    index()

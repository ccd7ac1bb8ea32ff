"""MARS (Zheng et al., ECCV 2016): 1261 persons, six cameras, about 20,000 tracklets found by machine.

bbox_train/0001/0001C1T0001F001.jpg      person 1, camera 1, tracklet 1, frame 1
bbox_test/...                            the same; persons 0000 and 00-1 are distractors and junk
"""

import re
from collections import defaultdict
from pathlib import Path

from reid_core.data.cameras import both_cameras, first_folder
from reid_core.data.types import Dataset, TrackletFiles

SOURCE = "https://zheng-lab.cecs.anu.edu.au/Project/project_mars.html"
PERSONS = 1261
PARTS = ("bbox_train", "bbox_test")
FRAME = re.compile(r"(?P<tracklet>(?P<pid>\d{4}|00-1)C(?P<camera>\d)T\d{4})F(?P<frame>\d+)\.jpg")


def load(root: Path) -> Dataset:
    """Group the images by the tracklet that their names tell; distractors and junk are left out.

    Args: root: folder that holds ``bbox_train`` and ``bbox_test``, or its parent if that is named ``mars``.
    Returns: tracklets are named as ``bbox_train/0001C1T0001``, so that the official halves can be told.
    Raises: ValueError: no such layout below root.
    """
    base = first_folder(root, (".", "mars", "MARS"), PARTS, "bbox_train and bbox_test", SOURCE)
    problems: list[str] = []
    tracklets = [tracklet for part in PARTS for tracklet in _part(base / part, problems)]
    return Dataset("mars", "official", base, both_cameras(tracklets, problems), tuple(problems))


def official_pids(dataset: Dataset) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The persons of the training half and those of the test half."""
    halves = (sorted({t.pid for t in dataset.tracklets if t.name.startswith(part)}) for part in PARTS)
    train, test = (tuple(half) for half in halves)
    return train, test


def _part(folder: Path, problems: list[str]) -> list[TrackletFiles]:
    frames: dict[tuple[str, int, int], list[tuple[int, Path]]] = defaultdict(list)
    for person in sorted(folder.iterdir()):
        files = sorted(person.iterdir()) if person.is_dir() else [person]
        if not files:
            problems.append(f"{folder.name}/{person.name} holds no images")
        for path in files:
            match = FRAME.fullmatch(path.name)
            if match is None:
                problems.append(f"{path.relative_to(folder.parent)} is not named as a frame")
            elif match["pid"] not in ("0000", "00-1"):
                key = (f"{folder.name}/{match['tracklet']}", int(match["pid"]), int(match["camera"]))
                frames[key].append((int(match["frame"]), path))
    return [
        TrackletFiles(pid, camera, name, tuple(path for _, path in sorted(numbered)))
        for (name, pid, camera), numbered in sorted(frames.items())
    ]

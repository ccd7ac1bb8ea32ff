"""MARS (Zheng et al., ECCV 2016): 1261 persons, six cameras, about 20,000 tracklets found by machine.

bbox_train/0001/0001C1T0001F001.jpg      person 1, camera 1, tracklet 1, frame 1
bbox_test/...                            the same; 0000 are distractors, who are nobody's match, 00-1 is junk
info/test_name.txt                       the names of all images in bbox_test, a line each
info/tracks_test_info.mat                track_test_info, a row a tracklet: first and last line, person, camera
info/query_IDX.mat                       query_IDX, the rows that are probes; all numbers count from 1
"""

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from reid_core.data.cameras import both_cameras, first_folder
from reid_core.data.frames import listed
from reid_core.data.splits import matlab_matrix
from reid_core.data.types import DISTRACTORS, Dataset, TrackletFiles

SOURCE = "https://zheng-lab.cecs.anu.edu.au/Project/project_mars.html"
INFO_SOURCE = "https://github.com/liangzheng06/MARS-evaluation"
PERSONS = 1261
PROBES, GALLERY = 1980, 9330  # of the list; the gallery without probes and junk
PROTOCOLS = ("official", "probes-out", "cameras")
PARTS = ("bbox_train", "bbox_test")
INFO = ("info", "MARS-evaluation/info", "MARS-evaluation-master/info")
FRAME = re.compile(r"(?P<tracklet>(?P<pid>\d{4}|00-1)C(?P<camera>\d)T\d{4})F(?P<frame>\d+)\.(?i:jpg)")


def load(root: Path, protocol: str) -> Dataset:
    """Group the images by the tracklet that their names tell; junk is left out.

    Protocol ``official``: the listed probes, and as gallery every tracklet of ``bbox_test``, distractors and probes as
    well, as in the authors' ``test_mars.m``. ``probes-out``: the same without the probes in the gallery, as some later
    code has it; then 140 of the 1980 probes match nobody and count for nothing. ``cameras``: no list and no
    distractors, the first camera against all others; not comparable with published numbers.

    Args: root: folder that holds ``bbox_train`` and ``bbox_test``, or its parent if that is named ``mars``.
    Returns: tracklets are named as ``bbox_train/0001C1T0001``, so that the official halves can be told.
    Raises: ValueError: no such layout below root, or no list for a protocol that needs it.
    """
    base = first_folder(root, (".", "mars", "MARS"), PARTS, "bbox_train and bbox_test", SOURCE)
    problems: list[str] = []
    train, test = (_part(base / part, problems) for part in PARTS)
    if protocol == "cameras":
        test = [tracklet for tracklet in test if tracklet.pid != DISTRACTORS]
    else:
        test = _listed(test, base, protocol, problems)
    return Dataset("mars", protocol, base, both_cameras([*train, *test], problems), tuple(problems))


def official_pids(dataset: Dataset) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The persons of the training half and those of the test half."""
    halves = (sorted({t.pid for t in dataset.tracklets if t.name.startswith(part)}) for part in PARTS)
    train, test = (tuple(half) for half in halves)
    return train, test


def _listed(test: list[TrackletFiles], base: Path, protocol: str, problems: list[str]) -> list[TrackletFiles]:
    """The tracklets, each told whether it is a probe and whether it is in the gallery."""
    info = next((base / place for place in INFO if (base / place / "query_IDX.mat").is_file()), None)
    if info is None:
        raise ValueError(
            f"root {base} holds no info/query_IDX.mat, which protocol {protocol} needs; it is at {INFO_SOURCE}. "
            "Protocol cameras does without"
        )
    probes = _probes(info)
    missing = sorted(probes - {tracklet.name for tracklet in test})
    problems.extend(f"{name} is listed as a probe and is not there" for name in missing)
    stays = protocol == "official"
    told = ((tracklet, tracklet.name in probes) for tracklet in test)
    return [replace(tracklet, is_probe=probe, in_gallery=stays or not probe) for tracklet, probe in told]


def _probes(info: Path) -> set[str]:
    """Names of the tracklets that ``query_IDX`` lists, told by the name of their first image."""
    tracks = matlab_matrix(info / "tracks_test_info.mat", "track_test_info")
    rows = matlab_matrix(info / "query_IDX.mat", "query_IDX").ravel()
    try:
        images = (info / "test_name.txt").read_text().split()
        lines = tracks[rows - 1, 0]
        if not len(rows) or rows.min() < 1 or lines.min() < 1:
            raise ValueError(f"{len(rows)} probes, or a number below 1")
        matches = [FRAME.fullmatch(images[line - 1]) for line in lines]
        if not all(matches):
            raise ValueError("names that are not of a frame")
        return {f"{PARTS[1]}/{match['tracklet']}" for match in matches if match}
    except (OSError, IndexError, ValueError) as error:
        raise ValueError(f"{info} must list the probes of MARS, got {error}") from error


def _part(folder: Path, problems: list[str]) -> list[TrackletFiles]:
    frames: dict[tuple[str, int, int], list[tuple[int, Path]]] = defaultdict(list)
    for person in listed(folder):
        files = listed(person) if person.is_dir() else [person]
        if not files:
            problems.append(f"{folder.name}/{person.name} holds no images")
        for path in files:
            match = FRAME.fullmatch(path.name)
            if match is None:
                problems.append(f"{path.relative_to(folder.parent)} is not named as a frame")
            elif match["pid"] != "00-1":
                key = (f"{folder.name}/{match['tracklet']}", int(match["pid"]), int(match["camera"]))
                frames[key].append((int(match["frame"]), path))
    return [
        TrackletFiles(pid, camera, name, tuple(path for _, path in sorted(numbered)))
        for (name, pid, camera), numbered in sorted(frames.items())
    ]

"""Frames in folders beside the same frames in a pack: how fast they are read, how many files, how large.

Read from this machine's disk, mostly out of its cache: what opening a file costs on a network is not in it, but how
many are opened is.
"""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from reid_core.data import Dataset, load, load_frames, pack, packed_with
from reid_core.data.packed import contents
from reid_core.data.synthetic import write_dataset

PERSONS, SEED, LENGTH = 12, 1, 80
TURNS = 3


def measure() -> dict[str, float]:
    """Frames a second read and decoded of either, files read a second without decoding, files and sizes."""
    with TemporaryDirectory() as folder:
        people, place = Path(folder) / "people", Path(folder) / "packed"
        write_dataset(people, PERSONS, SEED, LENGTH, LENGTH)
        folders = load("synthetic", people)
        pack(folders, "synthetic", place, packed_with(folders))
        table = load("synthetic", place)
        frames = sum(len(files.paths) for files in folders.tracklets)
        decoded = [frames / _fastest(lambda of=of: _decode(of)) for of in (folders, table)]
        read = [frames / _fastest(lambda of=of: _read(of)) for of in (folders, table)]
        sizes = [[path.stat().st_size for path in of.rglob("*") if path.is_file()] for of in (people, place)]
    return {
        "folders_frames_per_s": decoded[0],
        "packed_frames_over_folders": decoded[1] / decoded[0],
        "folders_files_read_per_s": read[0],
        "packed_files_read_over_folders": read[1] / read[0],
        "folders_files": len(sizes[0]),
        "packed_files": len(sizes[1]),
        "packed_size_over_folders": sum(sizes[1]) / sum(sizes[0]),
    }


def _decode(dataset: Dataset) -> None:
    for files in dataset.tracklets:
        load_frames(files)


def _read(dataset: Dataset) -> None:
    for files in dataset.tracklets:
        found = contents(files.packed) if files.packed else [path.read_bytes() for path in files.paths]
        assert len(found) == len(files.paths)


def _fastest(work: Callable[[], None]) -> float:
    """Seconds, of the best of some turns."""
    times = []
    for _ in range(TURNS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)

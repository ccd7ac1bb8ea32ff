"""Work of another process that is killed, or finds the disk full, at its n-th touch of a file; what must be whole."""

import errno
import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reid_core.commands.explain import _write
from reid_core.data import InputConfig, load, prepare
from reid_core.data.synthetic import World, write_dataset
from reid_core.explain import importance
from reid_core.runs import BIAS_COLUMNS, PROFILE_COLUMNS, list_run, read_bias, read_run, run_folders, write_bias
from reid_core.search import create, is_index, open_index
from reid_core.video import Subject, Tracklet
from tests import run_folders as runs
from tests.data.trees import write_ilids
from tests.explain.toys import random_features, random_head
from tests.search.street import checkpoint

TOUCHES = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "shutil.copyfile"}
WRITES = os.O_WRONLY | os.O_RDWR
FULL = 3  # exit status of a work that said that the disk is full
INPUT = InputConfig(height=16, width=12, crop_height=14, crop_width=10)


@dataclass(frozen=True)
class Work:
    """Something that writes files, and can be gone on with.

    do: writes below a folder, all of it or what is missing. look: what a reader takes for whole there; every entry must
    be one of those that an undisturbed work leaves.
    """

    do: Callable[[Path], object]
    look: Callable[[Path], dict[str, object]]


def digests(folder: Path, pattern: str = "*") -> dict[str, object]:
    """SHA-256 of the files that are not hidden, by place."""
    files = [path for path in sorted(folder.rglob(pattern)) if path.is_file() and not path.name.startswith(".")]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _synthesize(folder: Path) -> None:
    write_dataset(folder / "people", 1, 5, 1, 2, world=World(occlude=False))


def _people(folder: Path) -> dict[str, object]:
    """Of each person of a camera all that is there."""
    found = sorted((folder / "people").glob("i-LIDS-VID/sequences/cam*/[!.]*"))
    return {str(person.relative_to(folder)): json.dumps(digests(person)) for person in found}


def _evaluate(folder: Path) -> None:
    if not (folder / "run").exists():
        runs.write(folder, "run", splits=(0,), strips=True)


def _runs(folder: Path) -> dict[str, object]:
    """Of each run that a list shows its files."""
    found = {}
    for run in run_folders(folder):
        list_run(run)
        read_run(run).strips(["cam1/person000"])
        found[run.name] = json.dumps(digests(run))
    return found


def _bias(folder: Path) -> None:
    _evaluate(folder)
    if read_bias(folder / "run") is None:
        tables = (
            pd.DataFrame([range(len(columns))], columns=columns) for columns in (BIAS_COLUMNS, PROFILE_COLUMNS.split())
        )
        write_bias(folder / "run", *tables)


def _biased(folder: Path) -> dict[str, object]:
    run = folder / "run"
    if not run.exists() or read_bias(run) is None:
        return {}
    return {"bias": read_bias(run).to_csv(), "importance": read_run(run).importance().to_csv()}  # type: ignore[union-attr]


def _explain(folder: Path) -> None:
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (7, 128, 64, 3), np.uint8)
    subject = Subject("a", Tracklet(frames, np.arange(7) / 10, np.zeros((7, 4), np.float32)), "full")
    found = {"utrcnn": importance(random_head("utrcnn", variant="sab"), random_features(7))}
    _write(folder / "why", subject, found, slice(0, 0))


def _cache(folder: Path) -> None:
    if not (folder / "data").exists():
        write_ilids(folder / "unread", [1, 2], frames=2)
        (folder / "unread").rename(folder / "data")
    prepare(load("ilids-vid", folder / "data"), INPUT, folder / "cache")


def _cached(folder: Path) -> dict[str, object]:
    whole = [place for place in (folder / "cache").glob("*") if place.is_dir() and place.suffix != ".partial"]
    return {place.name: json.dumps(digests(place)) for place in whole}


def _index(folder: Path) -> None:
    if not is_index(folder / "index"):
        create(folder / "index", checkpoint(), "tiny")


def _indexes(folder: Path) -> dict[str, object]:
    if not is_index(folder / "index"):
        return {}
    index = open_index(folder / "index")
    return {"checkpoint": index.about["fingerprint"], "videos": index.videos(), "tracklets": len(index.table())}


WORKS = {
    "synthesis": Work(_synthesize, _people),
    "evaluation": Work(_evaluate, _runs),
    "bias": Work(_bias, _biased),
    "report": Work(_explain, lambda folder: digests(folder / "why")),
    "flow": Work(_cache, _cached),
    "index": Work(_index, _indexes),
}


def do(name: str, folder: Path, moment: int, counted: Path, full: bool) -> None:
    """Do a work, and die without a word at its n-th touch of a file below the folder.

    Args: counted: takes how many there were. full: do not die, but from then on there is no room on the disk.
    """
    touched = 0

    def note(event: str, words: tuple[Any, ...]) -> None:
        nonlocal touched
        if event in TOUCHES and words and str(words[0]).startswith(str(folder)):
            touched += 1
            if touched == moment and not full:
                os.kill(os.getpid(), signal.SIGKILL)
            if full and touched >= moment and (event == "os.mkdir" or (event == "open" and words[2] & WRITES)):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(words[0]))

    sys.addaudithook(note)
    try:
        WORKS[name].do(folder)
    except (OSError, ValueError) as error:
        if not full or os.strerror(errno.ENOSPC) not in str(error):
            raise
        sys.exit(FULL)
    counted.write_text(str(touched))


def done_by_another(
    processes: ForkServerContext, name: str, folder: Path, moment: int, counted: Path, full: bool = False
) -> int | None:
    """``do`` in a process of its own; its exit status."""
    folder.mkdir(exist_ok=True)
    process = processes.Process(target=do, args=(name, folder, moment, counted, full))
    process.start()
    process.join()
    return process.exitcode

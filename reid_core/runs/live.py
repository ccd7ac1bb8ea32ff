"""Trainings that have not finished: what their folders tell while they go on."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from reid_core.runs.read import read_info
from reid_core.runs.schema import PARTIAL, RunError, RunInfo
from reid_core.runs.watched import Watched, read_watched, watched_strips

QUIET_EPOCHS = 5  # a training that has said nothing for so many of its epochs, and a minute, has probably stopped
QUIET_S = 60.0


@dataclass(frozen=True)
class LiveRun:
    """A training that has not finished.

    info: None where the folder does not hold it. split: the one that is trained. later: splits that have not begun, as
    far as the folder tells. history: the epochs of the split so far, with the columns of a run's history; no rows while
    the first goes on, when no time left is known. idle_s: since the last epoch, or since the beginning. folder: where
    its parts lie.
    """

    name: str
    info: RunInfo | None
    split: int
    later: int
    history: pd.DataFrame
    idle_s: float
    folder: Path

    @property
    def watched(self) -> Watched | None:
        """What was seen of people held out, None before the first look."""
        return read_watched(self.folder, self.split)

    def strips(self, names: Iterable[str]) -> dict[str, NDArray[np.uint8]]:
        """Frames of tracklets that are looked at, as of ``read_strips``."""
        return watched_strips(self.folder, self.split, names)

    @property
    def split_seconds_left(self) -> float:
        """Until the split is trained: what each stage's epochs take, or the last epoch's while a stage is unknown.

        What a new stage computes before its first epoch, and the evaluation, are not in it.
        """
        if self.history.empty:
            return float("nan")
        if not self.info:
            return float((self.history["epochs"].iloc[-1] - len(self.history)) * self.history["seconds"].iloc[-1])
        parts = self.history.groupby("part")["seconds"].agg(["mean", "count"]).to_dict("index")
        unknown = {"mean": float(self.history["seconds"].iloc[-1]), "count": 0}
        stages = [(stage["epochs"], parts.get(stage["part"], unknown)) for stage in self.info.schedule]
        return float(sum(max(epochs - part["count"], 0) * part["mean"] for epochs, part in stages))

    @property
    def seconds_left(self) -> float:
        """Until all splits are trained, as far as the folder tells how many there are."""
        this = self.split_seconds_left
        return this + self.later * (sum(self.history.get("seconds", ())) + this)

    @property
    def stopped(self) -> bool:
        """Whether it has said nothing for so long that it has probably been stopped."""
        return bool(len(self.history)) and self.idle_s > QUIET_S + QUIET_EPOCHS * float(self.history["seconds"].max())


def live_runs(root: Path, now: float | None = None) -> list[LiveRun]:
    """The unfinished trainings below a folder, by name; what one that was killed at its very end left is none.

    Args: now: seconds since the epoch of Unix; by default the clock's.
    """
    now = time.time() if now is None else now
    folders = [folder for folder in sorted(root.glob(f"*{PARTIAL}")) if folder.is_dir()]
    found = [_live(folder, now) for folder in folders if not (root / folder.name.removesuffix(PARTIAL)).exists()]
    return [run for run in found if run]


def _live(folder: Path, now: float) -> LiveRun | None:
    try:
        states = {state: state.stat().st_mtime for state in folder.glob("split_*.state")}
        if not states:
            return _begun(folder, now)
        latest = max(states, key=states.__getitem__)
        with safe_open(latest, "numpy") as file:
            history = pd.DataFrame(json.loads((file.metadata() or {})["history"]))
    except (OSError, SafetensorError, KeyError, ValueError):
        return None  # just being removed, or nothing of ours
    if history.empty:
        return None
    try:
        info = read_info(folder)
    except RunError:
        info = None
    split = int(latest.stem.removeprefix("split_"))
    begun = {split, *(int(file.stem.removeprefix("split_")) for file in folder.glob("split_*.safetensors"))}
    later = len(set(info.splits) - begun) if info else 0
    name, idle_s = folder.name.removesuffix(PARTIAL), max(now - states[latest], 0.0)
    return LiveRun(name, info, split, later, history, idle_s, folder)


def _begun(folder: Path, now: float) -> LiveRun | None:
    """A training whose first epoch goes on."""
    try:
        info, since = read_info(folder), (folder / "run.json").stat().st_mtime
    except (OSError, RunError):
        return None
    first, *later = info.splits
    name, idle_s = folder.name.removesuffix(PARTIAL), max(now - since, 0.0)
    return LiveRun(name, info, first, len(later), pd.DataFrame(), idle_s, folder)

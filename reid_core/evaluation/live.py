"""Trainings that have not finished: what their folders tell while they go on."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from safetensors import SafetensorError, safe_open

from reid_core.evaluation.runs import PARTIAL, RunError, RunInfo, read_info

QUIET_EPOCHS = 5  # a training that has said nothing for so many of its epochs, and a minute, has probably stopped
QUIET_S = 60.0


@dataclass(frozen=True)
class LiveRun:
    """A training that has not finished.

    info: None where the folder does not hold it yet. split: the one that is trained. done: splits that are finished.
    history: the epochs of the split so far, with the columns of a run's history and part. idle_s: since the last epoch.
    """

    name: str
    info: RunInfo | None
    split: int
    done: int
    history: pd.DataFrame
    idle_s: float

    @property
    def split_seconds_left(self) -> float:
        """Until the split is trained: what each stage's epochs take, or the last epoch's while a stage is unknown.

        What a new stage computes before its first epoch, and the evaluation, are not in it.
        """
        left = int(self.history["epochs"].iloc[-1]) - len(self.history)
        if not self.info:
            return left * float(self.history["seconds"].iloc[-1])
        known = self.history.groupby("part")["seconds"].mean()
        seen = self.history["part"].value_counts()
        return sum(
            (stage["epochs"] - int(seen.get(stage["part"], 0))) * float(known.get(stage["part"], known.iloc[-1]))
            for stage in self.info.schedule
        )

    @property
    def seconds_left(self) -> float:
        """Until all splits are trained, as far as the folder tells how many there are."""
        later = len(self.info.splits) - self.done - 1 if self.info else 0
        return self.split_seconds_left + max(later, 0) * (
            float(self.history["seconds"].sum()) + self.split_seconds_left
        )

    @property
    def stopped(self) -> bool:
        """Whether it has said nothing for so long that it has probably been stopped."""
        return self.idle_s > QUIET_S + QUIET_EPOCHS * float(self.history["seconds"].max())


def live_runs(root: Path, now: float | None = None) -> list[LiveRun]:
    """The unfinished trainings below a folder, by name; those that have not finished an epoch are left out.

    Args: now: seconds since the epoch of Unix; by default the clock's.
    """
    now = time.time() if now is None else now
    found = [_live(folder, now) for folder in sorted(root.glob(f"*{PARTIAL}")) if folder.is_dir()]
    return [run for run in found if run]


def _live(folder: Path, now: float) -> LiveRun | None:
    try:
        states = {state: state.stat().st_mtime for state in folder.glob("split_*.state")}
        if not states:
            return None
        latest = max(states, key=states.__getitem__)
        with safe_open(latest, "numpy") as file:
            history = pd.DataFrame(json.loads((file.metadata() or {})["history"]))
    except (OSError, SafetensorError, KeyError, ValueError):
        return None  # just being removed, or nothing of ours
    try:
        info = read_info(folder)
    except RunError:
        info = None
    done = len(list(folder.glob("split_*.safetensors")))
    split = int(latest.stem.removeprefix("split_"))
    return LiveRun(folder.name.removesuffix(PARTIAL), info, split, done, history, max(now - states[latest], 0.0))

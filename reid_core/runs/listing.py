"""What a list of many runs needs of each: little to read, and what was tested on what."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from reid_core.files import UNFINISHED
from reid_core.runs.read import read_info, table_file, unreadable
from reid_core.runs.run import Run
from reid_core.runs.schema import PARTIAL, RUN_COLUMNS, RunError, RunInfo

RATES = ("rank_1", "rank_5", "rank_10", "rank_20")
MEASURES = (*RATES, "mean_average_precision")


@dataclass(frozen=True)
class Task:
    """What rates must have in common to be ranked together; gallery: its size, the largest over the splits."""

    dataset: str
    protocol: str
    gallery: int

    def __str__(self) -> str:
        if not self.gallery:
            return "tested on nothing"
        return f"{self.dataset}, protocol {self.protocol}, gallery of {self.gallery}"


class Tested(Protocol):
    """A run, or what is listed of one."""

    @property
    def info(self) -> RunInfo: ...

    @property
    def gallery(self) -> int: ...


@dataclass(frozen=True)
class Listed:
    """A run in a list: its configuration, its rank-1 rate in each split, and the largest gallery of these."""

    folder: Path
    info: RunInfo
    rank_1: tuple[float, ...]
    gallery: int


def run_folders(root: Path) -> list[Path]:
    """The folders below a folder that should be runs, by name; hidden ones are not."""
    visible = (path for path in root.glob("*") if not path.name.startswith("."))
    return sorted(path for path in visible if path.is_dir() and path.suffix not in (PARTIAL, UNFINISHED))


def list_run(folder: Path) -> Listed:
    """Read the configuration and the summary of a run; of its other files only whether they are there.

    Raises: RunError as ``read_run`` does.
    """
    info = read_info(folder)
    for name in RUN_COLUMNS:
        if not table_file(folder, name).exists():
            raise RunError(f"{folder} must hold a complete run, {name}.csv is missing")
    try:
        with (folder / "summary.csv").open(newline="") as file:  # some rows: a table of pandas costs ten times as much
            rows = [(float(row["rank_1"]), int(row["gallery"])) for row in csv.DictReader(file)]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise unreadable(folder, error) from error
    return Listed(folder, info, tuple(rate for rate, _ in rows), max((size for _, size in rows), default=0))


def task_of(run: Tested) -> Task:
    """What a run was tested on."""
    return Task(run.info.dataset, run.info.protocol, run.gallery)


def rank_table(runs: Iterable[Run]) -> pd.DataFrame:
    """Mean rates of runs that may be ranked together, and their standard deviations over the splits.

    Returns: a table run, splits, ``MEASURES`` and s.d. of each (rank_1_sd ...); shares from 0 to 1.
    Raises: ValueError when the runs were not tested alike.
    """
    runs = list(runs)
    tasks = list(dict.fromkeys(map(task_of, runs)))
    if len(tasks) > 1:
        raise ValueError(f"runs must be of one task to be ranked together, got {' and '.join(map(str, tasks))}")
    rows = [
        {"run": run.info.name, "splits": len(run.summary)}
        | {measure: run.summary[measure].mean() for measure in MEASURES}
        | {f"{measure}_sd": run.summary[measure].std(ddof=0) for measure in MEASURES}
        for run in runs
    ]
    return pd.DataFrame(rows, columns=["run", "splits", *MEASURES, *(f"{measure}_sd" for measure in MEASURES)])


def latex_rows(table: pd.DataFrame) -> str:
    r"""Rows of a LaTeX tabular: run & rank 1 +- s.d. & rank 5 & rank 10 & rank 20 \\, in percent."""
    rows = []
    for row in table.to_dict("records"):
        first = f"{100 * row['rank_1']:.1f}"
        if row["rank_1_sd"] == row["rank_1_sd"]:
            first += rf" $\pm$ {100 * row['rank_1_sd']:.1f}"
        cells = [_escaped(str(row["run"])), first, *(f"{100 * row[rate]:.1f}" for rate in RATES[1:])]
        rows.append(" & ".join(cells) + r" \\")
    return "".join(f"{row}\n" for row in rows)


def differences(infos: Iterable[RunInfo]) -> pd.DataFrame:
    """The settings in which runs differ: a row for each, named by its path (``network.head.k_top``), a column a run.

    Name, time, command and versions of packages are none; a run without a setting has an empty cell.
    """
    columns = {}
    for info in infos:
        values = {
            name: getattr(info, name)
            for name in ("dataset", "protocol", "trained_on", "head", "variant", "recipe", "preset", "seed", "splits")
        }
        nested = {"network": info.network, "loss": info.loss, "schedule": dict(enumerate(info.schedule, 1))}
        columns[info.name] = {key: str(value) for key, value in _flat("", values | nested)}
    table = pd.DataFrame(columns)
    return table[table.nunique(axis=1, dropna=False) > 1].fillna("")


def _flat(path: str, value: object) -> list[tuple[str, object]]:
    """Leaves of nested mappings with the path to each."""
    if not isinstance(value, dict):
        return [(path, value)]
    return [leaf for key, inner in value.items() for leaf in _flat(f"{path}.{key}" if path else str(key), inner)]


def _escaped(text: str) -> str:
    """Text with LaTeX's special characters made plain."""
    return "".join(f"\\{letter}" if letter in "&%$#_{}" else letter for letter in text)

"""Reading the files of a run, each by itself."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from reid_core.files import ZIP_ERRORS
from reid_core.model import in_version_2
from reid_core.runs.schema import IDENTITY_COLUMNS, LATER, RUN_COLUMNS, SCHEMA, TEXT_COLUMNS, RunError, RunInfo


def read_info(folder: Path) -> RunInfo:
    """The configuration of a run. Raises: RunError as ``read_run`` does."""
    try:
        values = json.loads((folder / "run.json").read_text())
        schema = values["schema"]
        if type(schema) is not int or schema < 1:
            raise ValueError(f"schema {schema!r}")
        if schema > SCHEMA:
            raise RunError(f"{folder} must be of schema {SCHEMA} or older, it is {schema}; update to read it")
        if not all(type(number) is int for number in values["splits"]):
            raise ValueError(f"splits {values['splits']!r}")
        network = in_version_2(values["network"])
        return RunInfo(**(values | {"splits": tuple(values["splits"]), "network": network}))
    except (OSError, KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise unreadable(folder, error) from error


def table_file(folder: Path, name: str) -> Path:
    """Where a table lies: ``NAME.csv``, or compressed ``NAME.csv.gz``; the first also where neither is there."""
    plain = folder / f"{name}.csv"
    compressed = folder / f"{name}.csv.gz"
    return compressed if compressed.exists() and not plain.exists() else plain


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One of the tables of ``RUN_COLUMNS``, early ones without ``LATER``. Raises: RunError as ``read_run`` does."""
    table = columns_of(folder, name, RUN_COLUMNS[name].split(), optional=LATER)
    for column in table.columns:
        if column not in TEXT_COLUMNS.get(name, ()) and len(table) and not is_numeric_dtype(table[column]):
            raise unreadable(folder, ValueError(f"{name}.csv must have numbers in column {column}"))
    return table


def read_identities(folder: Path) -> pd.DataFrame:
    """Who was trained on, held out and tested: ``IDENTITY_COLUMNS``; no rows where it was not kept, as in early runs.

    Raises: RunError when the table is damaged.
    """
    columns = IDENTITY_COLUMNS.split()
    if not table_file(folder, "identities").exists():
        return pd.DataFrame(columns=columns)
    return columns_of(folder, "identities", columns)


def columns_of(folder: Path, name: str, columns: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
    try:
        table: pd.DataFrame = pd.read_csv(table_file(folder, name), usecols=lambda column: column in columns)
        missing = [column for column in columns if column not in table and column not in optional]
        if missing:
            raise ValueError(f"{name}.csv has no column {', '.join(missing)}")
        return table[[column for column in columns if column in table]]
    except ZIP_ERRORS as error:
        raise unreadable(folder, error) from error


def with_parts(history: pd.DataFrame, schedule: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Which part of the network each epoch trained: as stored, else by the schedule, empty where that does not tell.

    Looks at people held out are none where they were not stored.
    """
    if "part" not in history:
        parts = [stage["part"] for stage in schedule for _ in range(stage.get("epochs", 0))]
        history = history.assign(part=history["epoch"].map(dict(enumerate(parts, 1))))
    told = history["part"].astype(object)
    return history.assign(part=told.where(told.notna(), "")).reindex(columns=RUN_COLUMNS["history"].split())


def with_precision(summary: pd.DataFrame) -> pd.DataFrame:
    """Mean average precision as stored, or where early runs stored it."""
    if "mean_average_precision" not in summary:
        summary = summary.assign(mean_average_precision=summary["mean_reciprocal_rank"])
    return summary[RUN_COLUMNS["summary"].split()]


def unreadable(folder: Path, error: Exception) -> RunError:
    """The sentence for what went wrong."""
    if isinstance(error, RunError):
        return error
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return RunError(f"{folder} must hold a complete run, {Path(error.filename).name} is missing")
    return RunError(f"{folder} must hold a run, it is damaged: {' '.join(str(error).split())}")

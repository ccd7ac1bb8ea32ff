"""Results that travel: a folder that opens without the app and without a network, and two of them side by side.

index.html     words, Plotly's figures, where all is from; it fetches nothing
report.json    the same as values, with the names of the tables and of what tells their rows apart
figures.json   the figures as Plotly reads them
*.csv          the numbers
"""

import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from pandas.api.types import is_numeric_dtype

from reid_core.files import written
from reid_core.runs import check_new
from ui.downloads import standalone

PAGE, CONTENT, FIGURES = "index.html", "report.json", "figures.json"
RUNS = "runs"
LARGE = 240  # cells of a table that is closed at first
ROOM_PX = 56  # above a figure, for its title
STYLE = """<style>
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 0.5rem 0 }
th, td { padding: 0.2rem 0.6rem; text-align: left; vertical-align: top; border-bottom: 1px solid #ccc }
td:last-child { min-width: 12rem; overflow-wrap: anywhere }
summary { font-size: 1.4rem; font-weight: bold }
.strip { display: flex; flex-wrap: wrap; gap: 2px }
.strip img { max-height: 128px; max-width: 100% }
</style>"""


@dataclass(frozen=True, eq=False)
class Report:
    """What a folder is to hold.

    kind: runs, verify, attention, search. parts: HTML, above the figures. tables: by the name of their CSV; what their
    rows are told apart by is the index. made: where all is from, a row a fact. content: of report.json besides.
    files: others, by name.
    """

    kind: str
    title: str
    parts: Sequence[str]
    figures: Sequence[go.Figure]
    tables: Mapping[str, pd.DataFrame]
    made: pd.DataFrame
    content: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def write_report(report: Report, out: Path) -> Path:
    """Write the folder; it is complete or absent. Raises: ValueError: ``out`` is not new."""
    check_new(out)
    with written(out) as place:
        for name, table in report.tables.items():
            path = place / f"{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            table.to_csv(path, index=bool(_keys(table)))
        for name, text in report.files.items():
            (place / name).write_text(text, encoding="utf-8")
        (place / CONTENT).write_text(json.dumps(_content(report), indent=1) + "\n")
        (place / FIGURES).write_text(f"[{','.join(str(figure.to_json()) for figure in report.figures)}]\n")
        (place / PAGE).write_text(page(report), encoding="utf-8")
    return out


def zipped(report: Report) -> bytes:
    """The folder as a zip."""
    with tempfile.TemporaryDirectory() as folder:
        made = write_report(report, Path(folder) / "report")
        return Path(shutil.make_archive(str(made), "zip", folder, made.name)).read_bytes()


def page(report: Report) -> str:
    """The page of the folder."""
    files = [CONTENT, FIGURES, *(f"{name}.csv" for name in report.tables), *report.files]
    links = "".join(f'<li><a href="{escape(name)}">{escape(name)}</a></li>' for name in files)
    made = f"<h2>How it was made</h2>\n{html_table(report.made)}\n<h2>Numbers</h2>\n<ul>{links}</ul>"
    return standalone(report.figures, report.title, "\n".join([STYLE, *report.parts]), made)


def html_table(table: pd.DataFrame, as_it_is: bool = False) -> str:
    """Args: as_it_is: cells hold HTML."""
    return str(table.to_html(border=0, float_format="{:.3g}".format, na_rep="", escape=not as_it_is))


def file_name(text: str) -> str:
    """What may stand in a link and in a path."""
    return re.sub(r"[^\w.-]+", "-", text)


def is_report(folder: Path) -> bool:
    """Whether a folder is one of these."""
    return (folder / CONTENT).is_file()


def read_report(folder: Path) -> Report:
    """A report as it was written, without its words. Raises: ValueError: it is damaged."""
    try:
        content = json.loads((folder / CONTENT).read_text())
        figures = [go.Figure(figure) for figure in json.loads((folder / FIGURES).read_text())]
        tables = {name: _read_table(folder / f"{name}.csv", keys) for name, keys in content["tables"].items()}
        kind, title, made = (content[name] for name in ("kind", "title", "made"))
        return Report(str(kind), str(title), (), figures, tables, pd.DataFrame(made))
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{folder} must hold a report, it is damaged: {' '.join(str(error).split())}") from error


def side_by_side(first: Report, second: Report) -> Report:
    """Two reports of one kind: every table that both have, row for row, with differences; their figures in turn.

    Raises: ValueError: they are of two kinds.
    """
    if first.kind != second.kind:
        raise ValueError(f"reports must be of one kind to be compared, got {first.kind} and {second.kind}")
    shared = [name for name in first.tables if name in second.tables and _keys(first.tables[name])]
    tables = {name: joined(first.tables[name], second.tables[name]) for name in shared}
    parts = ["<p>The first is <b>A</b>, the second <b>B</b>.</p>"]
    parts += [_folded(name, table) for name, table in tables.items()]
    figures = [
        go.Figure(figure).update_layout(title_text=f"{letter}: {figure.layout.title.text or ''}", margin_t=ROOM_PX)
        for pair in zip(first.figures, second.figures, strict=False)
        for letter, figure in zip("AB", pair, strict=True)
    ]
    made = pd.concat({"A": first.made.iloc[:, 0], "B": second.made.iloc[:, 0]}, axis=1).fillna("")
    return Report(first.kind, f"{first.title} | {second.title}", parts, figures, tables, made)


def joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The rows of both by their index; for each column that of A, that of B, and of numbers B minus A."""
    rows = first.index.append(second.index.difference(first.index, sort=False))
    a, b = first.reindex(rows), second.reindex(rows)
    columns: dict[str, Any] = {}
    for name in (column for column in first if column in second):
        columns |= {f"{name}, A": a[name], f"{name}, B": b[name]}
        if all(is_numeric_dtype(side[name]) and side[name].dtype != bool for side in (first, second)):
            columns[f"{name}, B - A"] = b[name] - a[name]
    return pd.DataFrame(columns, index=rows)


def _folded(name: str, table: pd.DataFrame) -> str:
    """A table under its name, closed where it is large."""
    large, title = table.size > LARGE, escape(name.replace("-", " ").capitalize())
    return f"<details{'' if large else ' open'}><summary>{title}</summary>{html_table(table)}</details>"


def _keys(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table.index.names if name is not None]


def _read_table(path: Path, keys: list[str]) -> pd.DataFrame:
    table = pd.read_csv(path)
    return table.set_index(keys) if keys else table


def _content(report: Report) -> dict[str, Any]:
    tables = {name: _keys(table) for name, table in report.tables.items()}
    return {"kind": report.kind, "title": report.title, "made": report.made.to_dict(), "tables": tables} | dict(
        report.content
    )

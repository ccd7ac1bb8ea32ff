"""Runs as a folder that opens without the app and without a network: a page, its numbers, and where they are from."""

import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from reid_core.files import written
from reid_core.runs import RUN_COLUMNS, Run, Task, check_new, differences, published_for, rank_table, read_bias
from ui.curves import cost_chart
from ui.downloads import standalone
from ui.library import by_task, looks_of
from ui.runs.bias import over_splits
from ui.runs.charts import cmc_chart, error_chart, sweep_chart

TABLES = ("summary", "cmc", "roc", "history")
STYLE = """<style>table { border-collapse: collapse } th, td { padding: 0.2rem 0.6rem; text-align: left;
border-bottom: 1px solid #ccc } code { overflow-wrap: anywhere }</style>"""


def write_report(runs: Sequence[Run], out: Path) -> Path:
    """Write ``index.html``, ``report.json`` and the runs' tables as CSV; the folder is complete or absent.

    Raises: ValueError: two runs of one name, or ``out`` is not new.
    """
    check_new(out)
    folders = {run.info.name: re.sub(r"[^\w.-]+", "-", run.info.name) for run in runs}
    if len(set(folders.values())) < len(runs):
        raise ValueError(f"runs must have names of their own, got {', '.join(run.info.name for run in runs)}")
    with written(out) as place:
        place.mkdir()
        for run in runs:
            _write_tables(run, place / folders[run.info.name])
        (place / "report.json").write_text(json.dumps([_content(run) for run in runs], indent=1) + "\n")
        (place / "index.html").write_text(page(runs, folders))
    return out


def zipped(runs: Sequence[Run]) -> bytes:
    """The same as a zip."""
    with tempfile.TemporaryDirectory() as folder:
        made = write_report(runs, Path(folder) / "report")
        return Path(shutil.make_archive(str(made), "zip", folder, made.name)).read_bytes()


def page(runs: Sequence[Run], folders: Mapping[str, str]) -> str:
    """The page: for each task rates and curves; then training, where the runs differ, and how each was made.

    Args: folders: of each run's tables, beside the page.
    """
    parts, looks = [], looks_of(runs)
    figures: list[go.Figure] = []
    for task, group in by_task(runs).items():
        parts.append(f"<h2>{escape(str(task))}</h2>")
        if task.gallery:
            parts.append(_table(rates(task, group)))
            figures.append(cmc_chart({run.info.name: run.mean_cmc() for run in group}, looks, published_for(task)))
            figures.append(error_chart({run.info.name: run.mean_roc() for run in group}, looks, "log"))
            figures += _sweeps(group)
    figures.append(cost_chart({run.info.name: run.mean_history() for run in runs}, looks, "loss"))
    unlike = differences(run.info for run in runs)
    if len(runs) > 1 and len(unlike):
        parts += ["<h2>Where they differ</h2>", _table(unlike)]
    parts += ["<h2>How they were made</h2>", _table(provenance(runs)), "<h2>Numbers</h2>", _links(runs, folders)]
    told = "\n".join([STYLE, *parts, "<h2>Curves</h2>"])
    return standalone(figures, "Runs: " + escape(", ".join(run.info.name for run in runs))).replace(
        "</h1>", f"</h1>\n{told}", 1
    )


def rates(task: Task, group: Sequence[Run]) -> pd.DataFrame:
    """Rates in percent, those that others print below."""
    table = pd.concat([rank_table(group), published_for(task)], ignore_index=True).set_index("run")
    names = [str(column) for column in table if str(column).startswith("rank_")]
    shown, titles = table[names], {name: name.replace("_", " ").replace(" sd", ", s.d.") + ", %" for name in names}
    return (100 * shown.astype(float)).round(1).rename(columns=titles).fillna("")


def provenance(runs: Sequence[Run]) -> pd.DataFrame:
    """What a run can be repeated from, a column a run."""
    return pd.DataFrame(
        {
            run.info.name: {
                "Command": run.info.command,
                "Made": run.info.created,
                "Trained on": run.info.trained_on,
                "Tested on": f"{run.info.dataset}, protocol {run.info.protocol}",
                "Fingerprint of the data": run.info.fingerprint,
                "Splits": f"{', '.join(map(str, run.info.splits))}: {run.info.origin or 'not told'}",
                "Seed": str(run.info.seed),
                "Versions": ", ".join(f"{name} {number}" for name, number in run.info.versions.items()),
                "Notes": run.info.notes,
            }
            for run in runs
        }
    )


def _content(run: Run) -> dict[str, object]:
    return asdict(run.info) | {"results": run.summary.to_dict("records")}


def _write_tables(run: Run, folder: Path) -> None:
    folder.mkdir()
    for name in TABLES:
        table: pd.DataFrame = getattr(run, name)
        table.reindex(columns=RUN_COLUMNS[name].split()).to_csv(folder / f"{name}.csv", index=False)
    bias = read_bias(run.folder)
    if bias is not None:
        bias.to_csv(folder / "bias.csv", index=False)


def _sweeps(group: Sequence[Run]) -> list[go.Figure]:
    """Rank 1 over the place of another person's frames, of the runs that have measured it."""
    known = {run.info.name: bias for run in group if (bias := read_bias(run.folder)) is not None and len(bias)}
    curves = {name: over_splits(bias[bias["cover"] == "person"]) for name, bias in known.items()}
    return [sweep_chart(curves, looks_of(group))] if curves else []


def _table(table: pd.DataFrame) -> str:
    return str(table.to_html(border=0, float_format="{:.1f}".format))


def _links(runs: Sequence[Run], folders: Mapping[str, str]) -> str:
    rows = []
    for run in runs:
        folder = folders[run.info.name]
        names = [*TABLES, *(["bias"] if read_bias(run.folder) is not None else [])]
        links = ", ".join(f'<a href="{folder}/{name}.csv">{name}.csv</a>' for name in names)
        rows.append(f"<li>{escape(run.info.name)}: {links}</li>")
    return '<ul><li><a href="report.json">report.json</a>: all of them</li>' + "".join(rows) + "</ul>"

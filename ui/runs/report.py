"""Runs as a report: rates, curves, whether they differ by more than chance, how each was made, and all numbers.

The tables of a run lie in a folder that is a run again, without its weights and pictures.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from html import escape
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from reid_core.runs import (
    BIAS_TABLE,
    HELD_OUT,
    RUN_COLUMNS,
    Run,
    Task,
    differences,
    published_for,
    rank_table,
    read_bias,
    read_run,
)
from ui.curves import cost_chart, held_out_chart
from ui.library import by_task, looks_of
from ui.report import RUNS, Report, file_name, html_table, is_report, read_report, side_by_side
from ui.runs.bias import over_splits
from ui.runs.charts import cmc_chart, error_chart, sweep_chart
from ui.runs.tables import chance_of_pairs


def report_of(places: Sequence[Path]) -> Report:
    """Of run folders and of reports: one of runs stands for those that it holds, two of another kind side by side.

    Raises: ValueError: nothing is named, or what is named cannot be compared.
    """
    other = [place for place in places if is_report(place) and read_report(place).kind != RUNS]
    if not places:
        raise ValueError("runs must name one run folder or report or more, got none")
    if not other:
        return runs_report(_told_apart([found for place in places for found in _runs_of(place)]))
    if len(other) != 2 or len(places) != 2:
        raise ValueError(f"reports of a page other than Runs are compared two at a time, got {len(places)} places")
    return side_by_side(*map(read_report, places))


def runs_report(runs: Sequence[Run]) -> Report:
    """For each task rates and curves; then training, where the runs differ, and how each was made.

    Raises: ValueError: two runs of one name.
    """
    folders = {run.info.name: file_name(run.info.name) for run in runs}
    if len(set(folders.values())) < len(runs):
        raise ValueError(f"runs must have names of their own, got {', '.join(run.info.name for run in runs)}")
    tables = {f"{folders[run.info.name]}/{name}": table for run in runs for name, table in _tables(run)}
    infos = {f"{folders[run.info.name]}/run.json": json.dumps(asdict(run.info), indent=1) for run in runs}
    content = {"runs": [asdict(run.info) | {"results": run.summary.to_dict("records")} for run in runs]}
    title = "Runs: " + ", ".join(run.info.name for run in runs)
    return Report(RUNS, title, list(_parts(runs)), _figures(runs), tables, provenance(runs), content, infos)


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


def _runs_of(place: Path) -> Iterator[tuple[str, Run]]:
    """The run of a folder, or those of a report, each with the report's name."""
    if not is_report(place):
        yield "", read_run(place)
        return
    for info in sorted(place.glob("*/run.json")):
        yield place.resolve().name, read_run(info.parent)


def _told_apart(found: Sequence[tuple[str, Run]]) -> list[Run]:
    """Runs that bear one name are called by the report that they are from, too."""
    uses = Counter(run.info.name for _, run in found)
    return [
        replace(run, info=replace(run.info, name=f"{of}: {run.info.name}")) if of and uses[run.info.name] > 1 else run
        for of, run in found
    ]


def _parts(runs: Sequence[Run]) -> Iterator[str]:
    for task, group in by_task(runs).items():
        yield f"<h2>{escape(str(task))}</h2>"
        if task.gallery:
            yield html_table(rates(task, group))
        if task.gallery and len(group) > 1:
            yield "<h3>Is a difference in rank 1 more than chance?</h3>"
            yield html_table(chance_of_pairs(group))
    unlike = differences(run.info for run in runs)
    if len(runs) > 1 and len(unlike):
        yield f"<h2>Where they differ</h2>\n{html_table(unlike)}"


def _figures(runs: Sequence[Run]) -> list[go.Figure]:
    looks, figures = looks_of(runs), []
    for task, group in by_task(runs).items():
        if task.gallery:
            figures.append(cmc_chart({run.info.name: run.mean_cmc() for run in group}, looks, published_for(task)))
            figures.append(error_chart({run.info.name: run.mean_roc() for run in group}, looks, "log"))
            figures += _sweeps(group)
    figures.append(cost_chart({run.info.name: run.mean_history() for run in runs}, looks, "loss"))
    looked_at = {run.info.name: run.mean_history(HELD_OUT) for run in runs if run.held_out_is_known}
    return [*figures, held_out_chart(looked_at, looks)] if looked_at else figures


def _tables(run: Run) -> Iterator[tuple[str, pd.DataFrame]]:
    for name, columns in RUN_COLUMNS.items():
        table: pd.DataFrame = getattr(run, name)
        yield name, table.reindex(columns=columns.split())
    bias = read_bias(run.folder)
    if bias is not None:
        yield BIAS_TABLE.removesuffix(".csv"), bias


def _sweeps(group: Sequence[Run]) -> list[go.Figure]:
    """Rank 1 over the place of another person's frames, of the runs that have measured it."""
    known = {run.info.name: bias for run in group if (bias := read_bias(run.folder)) is not None and len(bias)}
    curves = {name: over_splits(bias[bias["cover"] == "person"]) for name, bias in known.items()}
    return [sweep_chart(curves, looks_of(group))] if curves else []

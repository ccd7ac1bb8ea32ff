"""Tables of runs: all of them to choose from, their rates, what differs between them, and files to download."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from reid_core.runs import Difference, Listed, Run, Task, latex_rows, paired_bootstrap, rank_table, task_of
from ui.words import plain

RATES = {"rank_1": "Rank 1, %", "rank_5": "Rank 5, %", "rank_10": "Rank 10, %", "rank_20": "Rank 20, %"}
PRECISION = {"mean_average_precision": "mAP, %"}


def overview(runs: Mapping[str, Listed]) -> pd.DataFrame:
    """One row a run, by its key. Where there are several tasks, rank 1 begins with the task's number.

    So sorting by rank 1 never mixes runs that were not tested alike.
    """
    tasks = task_numbers(runs)
    rows = [
        {
            "Run": run.info.name,
            "Rank 1, %": rank_1(run, tasks[task_of(run)] if len(tasks) > 1 else None),
            "Trained on": run.info.trained_on,
            "Head": run.info.head,
            "Variant": run.info.variant,
            "Recipe": run.info.recipe,
            "Preset": run.info.preset,
            "Splits": len(run.info.splits),
            "Data set": run.info.dataset,
            "Protocol": run.info.protocol,
            "Date": run.info.created[:10],
            "Task": tasks[task_of(run)],
        }
        for run in runs.values()
    ]
    return pd.DataFrame(rows, index=list(runs))


def task_numbers(runs: Mapping[str, Listed]) -> dict[Task, int]:
    """A number from 1 for everything that runs were tested on."""
    return {task: number for number, task in enumerate(dict.fromkeys(map(task_of, runs.values())), 1)}


def rank_1(run: Listed, task: int | None) -> str:
    """Mean and standard deviation over the splits, in percent; empty when the run was tested on nothing."""
    if not run.rank_1:
        return ""
    shares = 100 * np.array(run.rank_1)
    return f"{f'{task}: ' if task else ''}{shares.mean():5.1f} ± {shares.std():.1f}"


def filtered(table: pd.DataFrame, words: str, head: str, task: str) -> pd.DataFrame:
    """The rows of ``overview`` that hold every word somewhere, of one head and one task; "any" leaves all."""
    text = table.drop(columns="Task").astype(str).agg(" ".join, axis=1).str.lower()
    kept = table["Head"].isin([head] if head != "any" else table["Head"])
    kept &= table["Task"].astype(str).isin([task] if task != "any" else table["Task"].astype(str))
    for word in words.lower().split():
        kept &= text.str.contains(word, regex=False)
    return table[kept]


def rate_rows(table: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Rates in percent as Markdown, the best of the runs in bold; what others print stands below and takes no part.

    Where others print a mean average precision it is shown.

    Args: table: of ``rank_table``. published: of ``published_for``.
    """
    shown = RATES | (PRECISION if published["mean_average_precision"].notna().any() else {})
    rows = {}
    for number, row in enumerate([*table.to_dict("records"), *published.to_dict("records")]):
        best = [rate for rate in shown if 1 < len(table) > number and row[rate] == table[rate].max()]
        rows[plain(str(row["run"]))] = {title: _rate(row, rate, rate in best) for rate, title in shown.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(shown.values()))


def _rate(row: Mapping[Any, Any], rate: str, best: bool) -> str:
    if np.isnan(row[rate]):  # not printed
        return ""
    text = f"{100 * row[rate]:.1f}"
    spread = row.get(f"{rate}_sd", np.nan)
    return (f"**{text}**" if best else text) + ("" if np.isnan(spread) else f" ± {100 * spread:.1f}")


def chance_rows(runs: Sequence[Run], reference: Run) -> pd.DataFrame:
    """For every other run: its rank 1 minus the reference's, the interval, and whether that is more than chance.

    The largest difference comes first, those that cannot be told last.
    """
    found = {plain(run.info.name): _difference(run, reference) for run in runs if run is not reference}
    order = sorted(found, key=lambda name: -abs(one.mean) if isinstance(one := found[name], Difference) else np.inf)
    columns = ["Difference, points", "95 % interval", "More than chance?", "Paired over"]
    return pd.DataFrame.from_dict({name: _chance(found[name]) for name in order}, orient="index", columns=columns)


def chance_of_pairs(runs: Sequence[Run]) -> pd.DataFrame:
    """As ``chance_rows``, of every two runs, as text."""
    tables = {runs[n].info.name: chance_rows(runs[n:], runs[n]) for n in range(len(runs) - 1)}
    table = pd.concat(tables, names=["Compared with", "Run"]).replace(r"\*\*", "", regex=True)
    return table.rename(index=lambda name: name.replace("\\", ""), level="Run")


def _difference(run: Run, reference: Run) -> Difference | str:
    """The difference in rank 1, or why there is none."""
    try:
        return paired_bootstrap(run.hits(), reference.hits())
    except ValueError as error:
        return str(error)


def _chance(difference: Difference | str) -> list[str]:
    if isinstance(difference, str):
        return ["", "", difference, ""]
    low, high = 100 * difference.low, 100 * difference.high
    answer = "**yes**" if difference.beyond_chance else "no"
    pairs = f"{difference.splits} splits, {difference.probes} probes"
    return [f"{100 * difference.mean:+.1f}", f"{low:+.1f} to {high:+.1f}", answer, pairs]


def offer_downloads(runs: Sequence[Run], name: str) -> None:
    """The rates of runs that were tested alike as CSV, as rows for LaTeX, and with all that they rest on as JSON."""
    table = rank_table(runs)
    content = [asdict(run.info) | {"results": run.summary.to_dict("records")} for run in runs]
    files = {
        "csv": (table.to_csv(index=False), "text/csv"),
        "json": (json.dumps(content, indent=1), "application/json"),
        "tex": (latex_rows(table), "text/plain"),
    }
    with st.container(horizontal=True):
        for suffix, (text, kind) in files.items():
            title = {"csv": "CSV", "json": "JSON", "tex": "LaTeX rows"}[suffix]
            st.download_button(
                title, text, f"{name}.{suffix}", kind, key=f"{name} {suffix}", icon=":material/download:"
            )


def offer_table(tables: Mapping[str, pd.DataFrame], name: str) -> None:
    """What a chart shows of some runs as one CSV with their names in its first column."""
    table = pd.concat(tables, names=["run"]).reset_index("run") if tables else pd.DataFrame()
    text = table.to_csv(index=False)
    st.download_button("CSV", text, f"{name}.csv", "text/csv", key=f"{name} csv", icon=":material/download:")

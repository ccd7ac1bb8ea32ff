"""What is asked of the user about runs; every answer is in the URL."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from reid_core.runs import Listed, Run
from ui.glossary import GLOSSARY
from ui.library import choose, chosen_keys
from ui.pickers import linked_choice, linked_select
from ui.runs.tables import filtered, overview, task_numbers

ANY = "any"
THRESHOLD_STEPS = 400
LONGEST_HEAD_PX = 128  # attention-pooling
FULL_ROWS, FULL_PX = 10, 400  # a table of more rows is as high as Streamlit lets one be: known before it is drawn


def pick_runs(runs: Mapping[str, Listed]) -> list[Listed]:
    """The runs whose rows are selected, out of a table that can be searched, filtered and sorted."""
    tasks = {str(number): f"{number}: {task}" for task, number in task_numbers(runs).items()}
    _choose_names(runs)
    search, head, task = st.columns([2, 2, 3])
    words = search.text_input("Search", key="search", bind="query-params", placeholder="any word of the table")
    heads = sorted({run.info.head for run in runs.values()})
    with head:
        only = linked_select("Head", {ANY: ANY} | {name: name for name in heads}, "head")
    with task:
        tested = linked_select("Tested on", {ANY: ANY} | tasks, "task")
    _choose_rows(filtered(overview(runs), words, only, tested), chosen_keys(runs))
    if len(tasks) > 1:
        st.caption("Rank 1 can be compared within one task only: " + "; ".join(tasks.values()) + ".")
    return [runs[key] for key in chosen_keys(runs)]


def _choose_rows(table: pd.DataFrame, chosen: Sequence[str]) -> None:
    """The table with the chosen rows selected; chosen runs that it does not show stay chosen."""
    # other rows, or others chosen elsewhere, are another widget, which would keep its selection
    name = f"runs {hash(tuple(table.index))} {st.session_state.get('other choice', 0)}"
    hidden = [key for key in chosen if key not in table.index]

    def follow() -> None:
        rows = st.session_state[name]["selection"]["rows"]
        choose([*hidden, *table.index[rows]])

    st.dataframe(
        table,
        hide_index=True,
        height=FULL_PX if len(table) > FULL_ROWS else "auto",
        key=name,
        on_select=follow,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [row for row, key in enumerate(table.index) if key in chosen]}},
        alt="All stored runs, with what they were trained and tested on and their rank-1 rate",
        column_config={
            "Task": None,
            "Head": st.column_config.TextColumn(width=LONGEST_HEAD_PX),
            "Rank 1, %": st.column_config.TextColumn(help=GLOSSARY["rank 1"]),
        },
    )


def _choose_names(runs: Mapping[str, Listed]) -> None:
    """The chosen runs by name, to be had with the keyboard alone, which the table is not."""
    st.session_state["names"] = chosen_keys(runs)

    def follow() -> None:
        choose(st.session_state["names"])
        st.session_state["other choice"] = st.session_state.get("other choice", 0) + 1  # the table is drawn anew

    st.multiselect(
        "Runs that are shown", list(runs), format_func=lambda key: runs[key].info.name, key="names", on_change=follow
    )


def pick_split(run: Run) -> int:
    """One of the splits that a run was tested on."""
    splits = [str(split) for split in run.summary["split"]]
    return int(linked_select("Split", {split: f"split {split}" for split in splits}, "split"))


def pick_one(runs: Sequence[Run]) -> Run:
    """One of the selected runs."""
    places = {run.info.name: run for run in runs}
    return places[linked_select("Run", {name: name for name in places}, "run")]


def pick_picture() -> str:
    """What the button at the corner of a chart saves."""
    return linked_choice("Save charts as", {"png": "PNG", "svg": "SVG"}, "picture")


def pick_threshold(run: Run, split: int) -> float:
    """A distance up to which pairs are accepted; it stays and stands in the URL until another run or split is shown."""
    table = run.histograms[run.histograms["split"] == split]
    low, high = float(table["left"].min()), float(table["right"].max())
    if low >= high:
        return low
    shown = (str(run.folder), split)
    if st.session_state.setdefault("threshold of", shown) != shown:
        st.session_state["threshold of"] = shown
        st.session_state.pop("threshold", None)
        st.query_params.pop("threshold", None)
    linked = _number(st.query_params.get("threshold"))
    if linked is not None:
        st.session_state["threshold"] = min(max(linked, low), high)
    elif "threshold" not in st.session_state:
        st.session_state["threshold"] = run.first_threshold(split)[0]

    def follow() -> None:
        st.query_params["threshold"] = f"{st.session_state['threshold']:.4g}"

    chosen = st.slider(
        "Accept pairs up to this distance",
        low,
        high,
        step=(high - low) / THRESHOLD_STEPS,
        key="threshold",
        on_change=follow,
        persist_state="session",
    )
    return float(chosen)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if np.isfinite(value) else None

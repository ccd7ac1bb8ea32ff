"""What the page shows of the selected runs, a function for each view."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from reid_core.runs import HELD_OUT, LEARNING_CURVES, Run, Task, differences, published_for, rank_table
from ui.curves import Looks, cost_chart, held_out_chart
from ui.downloads import offer
from ui.glossary import GLOSSARY
from ui.library import by_task, looks_of
from ui.pickers import linked_choice, linked_select
from ui.report import zipped
from ui.runs.charts import cmc_chart, distance_histograms, error_chart
from ui.runs.pickers import pick_one, pick_picture, pick_split, pick_threshold
from ui.runs.report import runs_report
from ui.runs.tables import chance_rows, offer_downloads, offer_table, rate_rows
from ui.runs.words import CHANCE, CURVES
from ui.style import picture_config
from ui.words import plain

UNEVEN: dict[str, Callable[[Run], Hashable]] = {  # what runs of one task may still differ in, and must not in silence
    "**They were not tested on the same splits.**": lambda run: tuple(run.summary["split"]),
    "**Their distances are means over different numbers of crops.**": lambda run: run.info.test_variants,
    "**Their data sets bear one name but are not the same files.**": lambda run: run.info.fingerprint.split("-")[-1],
}


def show_ranks(runs: Sequence[Run]) -> None:
    """CMC curves, rates and whether they differ by more than chance, for each task by itself."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        every = st.toggle("Every split", key="every_split", bind="query-params")
        kind = pick_picture()
    looks = looks_of(runs)
    for number, (task, group) in enumerate(by_task(runs).items(), 1):
        st.header(plain(str(task)), anchor=False)
        if task.gallery:
            _ranks(task, group, looks, number, every, kind)


def _ranks(task: Task, group: Sequence[Run], looks: Looks, number: int, every: bool, kind: str) -> None:
    published = published_for(task)
    splits = {run.info.name: run.cmc for run in group} if every else None
    figure = cmc_chart({run.info.name: run.mean_cmc() for run in group}, looks, published, splits)
    rates = rate_rows(rank_table(group), published)
    alt = "Matching rates at rank 1: " + "; ".join(f"{name} {rate}" for name, rate in rates["Rank 1, %"].items())
    st.plotly_chart(figure, key=f"cmc {number}", config=picture_config(kind, f"cmc-{number}"), alt=alt)
    st.table(rates)
    st.caption(" ".join(remarks(task, group)))
    if len(group) > 1:
        _chance(group, number)
    offer_downloads(group, f"rates-{number}")


def remarks(task: Task, group: Sequence[Run]) -> list[str]:
    """What has to be said beside rates: what they are, and what they must not be compared with."""
    said = ["Mean ± standard deviation over the splits; the best in bold."]
    published = published_for(task)
    if len(published):
        printed = "; ".join(f"{source}: {methods}" for source, methods in _printed(published).items())
        said.append(f'"Published" rows were not measured here; they are printed in {plain(printed)}.')
    if task.dataset.startswith("synthetic"):
        said.append("These are rendered people: the rates say nothing about those of the paper.")
    said += [words for words, of in UNEVEN.items() if len({of(run) for run in group}) > 1]
    elsewhere: dict[str, list[str]] = {}
    for run in group:
        if run.info.trained_on != run.info.dataset:
            elsewhere.setdefault(run.info.trained_on, []).append(run.info.name)
    return said + [f"Trained on {plain(data)}: {plain(', '.join(names))}." for data, names in elsewhere.items()]


def _printed(published: pd.DataFrame) -> dict[str, str]:
    """Methods with their years, where these are known, by where they are printed."""
    years = published["year"].map(lambda year: "" if pd.isna(year) else f" ({year:.0f})")
    told = published["run"].str.removesuffix(" (published)") + years
    return {str(source): ", ".join(names) for source, names in told.groupby(published["source"], sort=False)}


def _chance(group: Sequence[Run], number: int) -> None:
    names = {run.info.name: run for run in group}
    best = max(group, key=lambda run: run.summary["rank_1"].mean()).info.name
    order = [best, *(name for name in names if name != best)]
    st.markdown("**Is a difference in rank 1 more than chance?**")
    against = linked_select("Compared with", {name: name for name in order}, f"against_{number}")
    st.table(chance_rows(group, names[against]))
    st.caption(CHANCE)


def show_verification(runs: Sequence[Run]) -> None:
    """ROC or DET of every run, and the distances of one split with a threshold that can be moved."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scale = linked_choice("Curve", CURVES, "curve")
        kind = pick_picture()
    for number, (task, group) in enumerate(by_task(runs).items(), 1):
        st.header(plain(str(task)), anchor=False)
        if task.gallery:
            curves = {run.info.name: run.mean_roc() for run in group}
            figure = error_chart(curves, looks_of(runs), scale)
            alt = "Error rates of verification: " + ", ".join(run.info.name for run in group)
            st.plotly_chart(figure, key=f"roc {number}", config=picture_config(kind, f"roc-{number}"), alt=alt)
            offer_table(curves, f"roc-{number}")
    tested = [run for run in runs if not run.summary.empty]
    if tested:
        _threshold(tested, kind)


@st.fragment
def _threshold(runs: Sequence[Run], kind: str) -> None:
    st.header("A threshold", anchor=False)
    left, right = st.columns(2)
    with left:
        run = pick_one(runs)
    with right:
        split = pick_split(run)
    threshold = pick_threshold(run, split)
    far, frr = run.error_rates(split, threshold)
    with st.container(horizontal=True):
        st.metric("Pairs of two persons accepted (FAR)", f"{far:.1%}", help=GLOSSARY["FAR"])
        st.metric("Pairs of one person rejected (FRR)", f"{frr:.1%}", help=GLOSSARY["FRR"])
    alt = f"Histograms of distances; at {threshold:.2f} the FAR is {far:.1%} and the FRR {frr:.1%}"
    figure = distance_histograms(run.histograms[run.histograms["split"] == split], threshold)
    st.plotly_chart(figure, key="histograms", config=picture_config(kind, "distances"), alt=alt)
    start, source = run.first_threshold(split)
    st.caption(f"The slider begins at {start:.3g}, {source}.")


def show_training(runs: Sequence[Run]) -> None:
    """A cost of training over the epochs, or rank 1 on people held out, of the runs that kept it."""
    curves = {name: name for name in LEARNING_CURVES}
    if any(run.held_out_is_known for run in runs):
        curves[HELD_OUT] = "rank 1 on people held out"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cost = linked_choice("Curve", curves, "cost")
        kind = pick_picture()
    histories = {run.info.name: run.mean_history(cost) for run in runs}
    draw = held_out_chart if cost == HELD_OUT else partial(cost_chart, cost=cost)
    figure = draw(histories, looks_of(runs))
    alt = f"The {curves[cost]} over the epochs of " + ", ".join(run.info.name for run in runs)
    st.plotly_chart(figure, key="costs", config=picture_config(kind, cost), alt=alt)
    st.caption("Mean over the splits, with a band of one standard deviation. Every stage of a training starts anew.")
    offer_table(histories, cost)


def show_configurations(runs: Sequence[Run]) -> None:
    """The settings in which the runs differ, and how each was made."""
    table = differences(run.info for run in runs)
    if len(runs) > 1 and len(table):
        st.dataframe(table.rename_axis("Setting"), alt="Settings in which the runs differ")
    else:
        st.info(
            "Select several runs to see in which settings they differ." if len(runs) == 1 else "They do not differ."
        )
    offer("Report (zip, opens offline)", lambda: zipped(runs_report(runs)), "report.zip", "application/zip")
    for run in runs:
        with st.expander(plain(run.info.name)):
            st.code(run.info.command, "shell", wrap_lines=True)
            st.json({"network": run.info.network, "loss": run.info.loss, "schedule": run.info.schedule}, expanded=False)
            st.caption(f"Seed {run.info.seed}, data {run.info.fingerprint}, " + plain(str(run.info.versions)))

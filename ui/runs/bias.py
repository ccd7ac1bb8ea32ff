"""What the page shows of position: the sweep of a cover over the clip, its controls, and where importance lies."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from reid_core.explain import position_bias
from reid_core.model import HEADS
from reid_core.runs import Run, RunError, read_bias
from ui.curves import Looks
from ui.library import by_task, looks_of, short_path
from ui.pickers import linked_choice
from ui.runs.charts import controlled, sweep_chart, thirds_chart
from ui.runs.pickers import pick_picture
from ui.runs.tables import offer_table
from ui.runs.words import BIAS, CONTROLS, COVERS, IMPORTANCE
from ui.style import picture_config
from ui.words import MEASURES, plain

PLACES = {"Start, %": 0.0, "Middle, %": 0.5, "End, %": 1.0}
ORDERS = {"Reversed, %": "reversed", "Shuffled, %": "shuffled"}
THIRDS = ["first", "middle", "last"]
PROFILE = {  # what a table says of importance beside its thirds: title, column and format
    "Centre, %": ("centre", "{:.0%}"),
    "Entropy": ("entropy", "{:.2f}"),
    "On the covered, %": ("covered", "{:.0%}"),
    "Attention agrees": ("agreement", "{:+.2f}"),
    "Median": ("median_agreement", "{:+.2f}"),
    "Ten most / random": ("deletion", "{:.2f}"),
    "Clips": ("clips", "{:.0f}"),
}


def show_bias(runs: Sequence[Run]) -> None:
    """The position sweep and the importance profiles of the runs that have them, for each task by itself."""
    sweeps, profiles = stored_bias(runs)
    missing = [run for run in runs if run.info.name not in sweeps]
    if missing:
        _missing(missing)
    if not sweeps and not profiles:
        return
    st.markdown(BIAS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cover = _one_of("Hidden by", _covers(sweeps), "hidden_by")
        measure = _one_of("Importance by", _measures(profiles), "importance_by")
        controls = st.toggle("Controls", value=True, key="controls", bind="query-params")
        kind = pick_picture()
    for number, (task, group) in enumerate(by_task(runs).items(), 1):
        names = [run.info.name for run in group]
        if not (sweeps.keys() | profiles.keys()).isdisjoint(names):
            st.header(plain(str(task)), anchor=False)
            stored = {name: sweeps[name] for name in names if name in sweeps}
            _sweep(stored, looks_of(runs), cover, controls, number, kind)
            _importance({name: profiles[name] for name in names if name in profiles}, measure, number, kind)


def _one_of(label: str, titles: Mapping[str, str], key: str) -> str:
    """One of what is stored; nothing where none of it is known."""
    return linked_choice(label, titles, key) if titles else ""


def stored_bias(runs: Sequence[Run]) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Sweeps (control, cover, position, mean, sd over the splits) and importance by run; what is damaged is told."""
    sweeps, profiles = {}, {}
    for run in runs:
        try:
            bias, importance = read_bias(run.folder), run.importance()
        except RunError as error:
            st.warning(str(error))
            continue
        if bias is not None and len(bias):
            sweeps[run.info.name] = over_splits(bias)
        if len(importance):
            profiles[run.info.name] = importance
    return sweeps, profiles


def over_splits(bias: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation of rank 1 over the splits: a table control, cover, position, mean, sd."""
    groups = bias.groupby(["control", "cover", "position"], dropna=False, sort=False)["rank_1"]
    return pd.DataFrame({"mean": groups.mean(), "sd": groups.std(ddof=0)}).reset_index()


def bias_rows(sweeps: Mapping[str, pd.DataFrame], cover: str) -> pd.DataFrame:
    """Rank 1 in percent and the position bias in points, a row a run and a row each of its controls."""
    rows = {}
    for name, sweep in sweeps.items():
        for control, rates in sweep.groupby("control", sort=False):
            curve = rates[rates["cover"] == cover].sort_values("position").set_index("position")["mean"]
            if len(curve):
                rows[plain(controlled(name, str(control)))] = _bias_row(rates.set_index("cover")["mean"], curve)
    return pd.DataFrame.from_dict(rows, orient="index")


def _bias_row(rates: pd.Series, curve: pd.Series) -> dict[str, str]:
    hidden = {title: curve.iloc[int(np.abs(curve.index - place).argmin())] for title, place in PLACES.items()}
    orders = {title: rates.get(order, np.nan) for title, order in ORDERS.items()}
    bias = f"**{100 * position_bias(curve.to_numpy(np.float64)):.1f}**"
    told = {
        title: f"{100 * rate:.1f}"
        for title, rate in ({"Not hidden, %": rates.get("none", np.nan)} | hidden | orders).items()
    }
    return {"Position bias, points": bias} | told


def importance_rows(profiles: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Where importance lies, a row a run and measure."""
    rows = {}
    for name, profile in profiles.items():
        for row in profile.to_dict("records"):
            shares = {f"{third.capitalize()} third, %": f"{100 * row[third]:.0f}" for third in THIRDS}
            more = {title: _told(row[column], how) for title, (column, how) in PROFILE.items()}
            rows[plain(f"{name}: {MEASURES.get(row['measure'], row['measure'])}")] = shares | more
    return pd.DataFrame.from_dict(rows, orient="index")


def _told(value: float, how: str) -> str:
    """A number, or nothing where it was not measured."""
    return "" if np.isnan(value) else how.format(value).removesuffix("%")


def _sweep(
    sweeps: Mapping[str, pd.DataFrame], looks: Looks, cover: str, controls: bool, number: int, kind: str
) -> None:
    shown = {name: rows if controls else rows[rows["control"] == "trained"] for name, rows in sweeps.items()}
    table = bias_rows(shown, cover)
    if table.empty:
        return
    curves = {name: rows[rows["cover"] == cover] for name, rows in shown.items()}
    alt = f"Position bias in points, hidden by {COVERS[cover]}: " + "; ".join(
        f"{name} {points.strip('*')}" for name, points in table["Position bias, points"].items()
    )
    figure = sweep_chart(curves, looks)
    st.plotly_chart(figure, key=f"sweep {number}", config=picture_config(kind, f"position-{number}"), alt=alt)
    st.table(table)
    if controls:
        st.caption(CONTROLS)
    offer_table(sweeps, f"position-{number}")


def _importance(profiles: Mapping[str, pd.DataFrame], measure: str, number: int, kind: str) -> None:
    if not profiles:
        return
    tables = {name: profile.set_index("measure") for name, profile in profiles.items()}
    shares = pd.DataFrame(
        {name: table.loc[measure, THIRDS] for name, table in tables.items() if measure in table.index}
    )
    if not shares.empty:
        alt = "Share of the last third: " + "; ".join(
            f"{name} {100 * last:.0f} %" for name, last in shares.loc["last"].items()
        )
        figure = thirds_chart(shares.T.astype(float), MEASURES[measure])
        st.plotly_chart(figure, key=f"thirds {number}", config=picture_config(kind, f"importance-{number}"), alt=alt)
    st.table(importance_rows(profiles))
    st.caption(IMPORTANCE)
    offer_table(profiles, f"importance-{number}")


def _covers(sweeps: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The covers that were tried, in words."""
    tried = {cover for sweep in sweeps.values() for cover in sweep["cover"]}
    return {cover: words for cover, words in COVERS.items() if cover in tried}


def _measures(profiles: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The measures there are; what a frame does to the embedding before where attention went."""
    there = {measure for profile in profiles.values() for measure in profile["measure"]}
    return {measure: MEASURES[measure] for measure in MEASURES if measure in there}


def _missing(runs: Sequence[Run]) -> None:
    if others := [run.info.name for run in runs if run.info.head not in HEADS]:
        st.info(f"Sweeps are measured of networks; these runs are of none: {plain(', '.join(others))}.")
    networks = [run for run in runs if run.info.head in HEADS]
    if not networks:
        return
    names, first = ", ".join(run.info.name for run in networks), networks[0]
    st.info(f"No position sweep is stored with: {plain(names)}. This measures one:", icon=":material/science:")
    weights = "" if list(first.folder.glob("split_*.safetensors")) else f" --checkpoint {first.info.head}"
    st.code(
        f"reid bias {short_path(first.folder)}{weights} --data FOLDER --dataset NAME",
        "shell",
        wrap_lines=True,
    )

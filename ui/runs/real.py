"""What the checkpoints that ship measure on real people, beside their rates on synthetic ones."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd
import streamlit as st

from reid_core.evaluation import weights_fingerprint
from reid_core.runs import Listed, MeasuredOnReal, RealPeople, RunError, read_real_people
from ui.library import SHIPPED
from ui.loaders import checkpoint, shipped_names
from ui.pickers import linked_choice, linked_select
from ui.runs.charts import real_chart
from ui.runs.words import NO_REAL, REAL, REAL_FIGURES, outdated_in_words
from ui.style import CHART
from ui.words import model_title, plain

FOLDER = SHIPPED.parent / "real_people"
SHIPPED_RUN = "shipped-{}"  # of a checkpoint, tested on synthetic people


def show_real(runs: Mapping[str, Listed]) -> None:
    """A set of real people, whom distances are held against there, and what each checkpoint measures.

    Args: runs: all stored ones, by key.
    """
    sets = _read()
    if not sets:
        st.info(NO_REAL, icon=":material/groups:")
        return
    data = next(iter(sets))
    if len(sets) > 1:
        data = linked_select("People", {name: name for name in sets}, "people")
    people = sets[data]
    cohorts = {row.cohort: row.cohort for row in people.rows if row.checkpoint}
    cohort = linked_choice("Held against", cohorts, "held_against")
    rows = [row for row in people.rows if row.cohort == cohort or not row.checkpoint]
    synthetic = {
        row.checkpoint: runs[key].rank_1 for row in rows if (key := SHIPPED_RUN.format(row.checkpoint)) in runs
    }
    st.header(f"{people.people} real people: {plain(data)}", anchor=False)
    st.markdown(REAL)
    table = real_table(rows, synthetic)
    alt = "Rank 1, real and synthetic: " + "; ".join(f"{name} {row.iloc[0]}" for name, row in table.iterrows())
    st.plotly_chart(real_chart(_titled(rows), synthetic), config=CHART, alt=alt)
    st.table(table)
    st.caption(f"{people.protocol} {people.tracklets} tracklets, {people.pictures} pictures; {people.created[:10]}.")
    if gone := outdated(rows):
        st.warning(outdated_in_words([model_title(name) for name in gone]))
    content = json.dumps(asdict(people), indent=1)
    st.download_button("JSON", content, f"{data}.json", "application/json", icon=":material/download:")


def real_table(rows: Sequence[MeasuredOnReal], synthetic: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """Each checkpoint's figures as text with their intervals, and its rank 1 on synthetic people.

    Args: synthetic: rank 1 in each split, by checkpoint.
    """
    told = {}
    for row in rows:
        shares = 100 * np.array(synthetic.get(row.checkpoint, ()))
        rate = {"Synthetic rank 1, %": f"{shares.mean():.1f} ± {shares.std():.1f}" if len(shares) else ""}
        figures = {title: _spread(row, name) for name, title in REAL_FIGURES.items()}
        told[_title(row)] = {"Rank 1, %": figures.pop("Rank 1, %")} | rate | figures
    return pd.DataFrame.from_dict(told, orient="index")


def outdated(rows: Sequence[MeasuredOnReal]) -> list[str]:
    """The checkpoints that have other weights now than when they were measured."""
    known = [row for row in rows if row.checkpoint in shipped_names()]
    return [row.checkpoint for row in known if row.fingerprint != _fingerprint(row.checkpoint)]


def _read() -> dict[str, RealPeople]:
    sets = {}
    for path in sorted(FOLDER.glob("*.json")):
        try:
            people = read_real_people(path)
            sets[people.data] = people
        except RunError as error:
            st.warning(str(error))
    return sets


def _titled(rows: Sequence[MeasuredOnReal]) -> dict[str, MeasuredOnReal]:
    return {_title(row): row for row in rows}


def _title(row: MeasuredOnReal) -> str:
    return model_title(row.checkpoint) if row.checkpoint else row.cohort


def _spread(row: MeasuredOnReal, name: str) -> str:
    if name not in row.figures:
        return ""
    value, low, high = (100 * number for number in row.figures[name])
    return f"{value:.1f} [{low:.1f} {high:.1f}]"


@st.cache_data(show_spinner=False)
def _fingerprint(name: str) -> str:
    return weights_fingerprint(checkpoint(name))

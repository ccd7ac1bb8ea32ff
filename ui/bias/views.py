"""The parts of the Bias lab: what is asked, the stage, what lies below it, downloads."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from reid_core.explain import (
    LONGER,
    ORDERS,
    Edit,
    Longer,
    Order,
    frame_table,
    outcome_table,
    png,
    strip_picture,
    sweep_table,
)
from ui.bias.charts import lab_rows, pair_sweep, share_sweep, stored_sweep
from ui.bias.data import Shown, edited_pair, measured_by, stored_curves
from ui.bias.stage import stage
from ui.bias.story import begin_as_linked, tell_story
from ui.bias.words import (
    COVER_TITLES,
    LEAD,
    LONGER_TITLES,
    MEASURE_TITLES,
    NO_COVER,
    NO_STORED_SWEEP,
    ORDER_TITLES,
    STEPS,
    WHAT_IS_SHOWN,
    Step,
    edit_in_words,
    rows_in_words,
    shares_in_words,
    step_title,
)
from ui.charts import before_and_after, before_and_after_in_words
from ui.clips import Clip
from ui.downloads import offer, standalone
from ui.footage import Footage
from ui.library import library, looks_of
from ui.pickers import linked_choice, linked_select, pick_person
from ui.style import CHART, QUIET

FIRST = STEPS[2].edit  # what the page shows without a click
FIRST_CHOICES = {"example": "same", "edit": "b", "cover": str(FIRST.cover), "order": FIRST.order,
                 "longer": FIRST.longer, "measure": next(iter(MEASURE_TITLES))}  # fmt: skip
STATES = ("as filmed", "as edited")
ALREADY_COVERED = "covered"  # the bundled pair whose video has the cover in it
STEP = 5  # of the sliders, in percent: what the models are asked for


def start_with_the_story() -> None:
    """Begin as the link says, or with a pair of one person that nothing hides, and somebody in front at the end.

    What was chosen on another page, or before this one was left, goes into the URL: reloading shows the same view.
    """
    if st.session_state.get("example", ALREADY_COVERED) == ALREADY_COVERED:
        st.session_state["example"] = FIRST_CHOICES["example"]
    begin_as_linked()
    for key, first in FIRST_CHOICES.items():
        if st.session_state.setdefault(key, first) != first and key not in st.query_params:
            st.query_params[key] = st.session_state[key]


def pick_people(people: Mapping[str, Footage | None]) -> None:
    """Who of a scene is compared, side by side; nothing is asked where each video shows one person."""
    asked = {
        side: found
        for side, found in people.items()
        if found is not None and (found.scene.kind == "nobody" or len(found.scene.tracklets) > 1)
    }
    if asked:
        for column, (side, found) in zip(st.columns(len(asked), gap="large"), asked.items(), strict=True):
            with column:
                pick_person(found, side)


def pick_edit() -> Edit:
    """What is done to the clip; all of it is in the URL."""
    kind = linked_select("Cover", COVER_TITLES, "cover")
    share = _percent("Covered, % of the frames", "share", (STEP, 95, STEP), FIRST.share, kind == NO_COVER)
    label = "Place of the cover, %: 0 the start, 100 the end"
    position = _percent(label, "at", (0, 100, STEP), FIRST.position, kind == NO_COVER)
    with st.expander("Order and length"):
        order = linked_choice("Order", {name: ORDER_TITLES[name] for name in ORDERS}, "order")
        length = _percent("Length, % of what was filmed", "length", (20, 200, 10), FIRST.length)
        longer: str = LONGER[0]
        if length > 1:
            longer = linked_choice("To make it longer", {name: LONGER_TITLES[name] for name in LONGER}, "longer")
    return edit_of(kind, share, position, order, length, longer)


def _percent(label: str, key: str, scale: tuple[int, int, int], first: float, disabled: bool = False) -> float:
    """A slider in percent, in the URL; what it says as a share. Args: scale: least, most and step. first: a share."""
    low, high, step = scale
    value = st.slider(
        label, low, high, round(100 * first), step, key=key, bind="query-params", persist_state="session",
        disabled=disabled,
    )  # fmt: skip
    return value / 100


def edit_of(kind: str, share: float, position: float, order: str, length: float, longer: str) -> Edit:
    """What the controls say, where the models were asked; those that change nothing count as untouched."""
    end: Longer = next(name for name in LONGER if name == longer) if length > 1 else LONGER[0]
    kept: Order = next(name for name in ORDERS if name == order)
    if kind == NO_COVER:
        return Edit(order=kept, length=length, longer=end)
    share, position = (round(value * 100 / STEP) * STEP / 100 for value in (share, position))
    return Edit(kind, share, position, kept, length, end)


def heading(step: Step | None, large: bool) -> None:
    """The title of the page, or of the step that a presenter tells."""
    st.title(step_title(step) if step and large else "Bias lab")
    if step is None:
        st.markdown(LEAD)


def laboratory(
    clip: Clip, partner: Clip, edit: Edit, step: Step | None, large: bool, held: DeltaGenerator
) -> Shown | None:
    """The story and the stage. Args: held: what is in their place until they are here.

    Returns: what more may be told of, once nothing is to be guessed and nobody presents.
    """
    story, place = st.container(), st.container()
    try:
        shown = edited_pair(clip, partner, edit)
    except ValueError as error:
        st.error(str(error))
        return None
    held.empty()
    with story:
        telling = tell_story(step, shown, large)
    with place:
        stage(shown, telling)
    return None if telling.hidden or large else shown


def tell_more(shown: Shown) -> None:
    """All that lies below the stage: curves, stored runs, numbers, downloads."""
    st.caption(edit_in_words(shown.edit, len(shown.edited)))
    _shares(shown)
    _everybody(shown)
    with st.expander("In numbers"):
        st.dataframe(
            outcome_table(shown.outcomes), hide_index=True, alt="Distances, thresholds, probabilities, verdicts"
        )
    with st.expander("Other measures of importance"):
        _rows(shown)
    with st.expander("What is shown"):
        st.markdown(WHAT_IS_SHOWN)
    _downloads(shown)


def _rows(shown: Shown) -> None:
    measured = measured_by(shown, linked_choice("Importance of a frame", MEASURE_TITLES, "measure"))
    figure = lab_rows(shown.edited, measured)
    st.plotly_chart(figure, key="lab rows", config=CHART, alt=rows_in_words(shown.edited, measured))


def _everybody(shown: Shown) -> None:
    """The same cover over all test identities of stored runs; without any how sure each model is of this pair."""
    stored = stored_curves(shown.edit.cover) if shown.edit.cover else {}
    if stored:
        first = next(iter(stored))
        task = linked_choice("Tested on", {name: name for name in stored}, "tested") if len(stored) > 1 else first
        _stored(stored[task])
        st.caption(f"Tested on {task}.")  # no room for it in the chart on a phone
        return
    figure = before_and_after(shown.before, shown.after, STATES)
    st.plotly_chart(figure, config=QUIET, alt=before_and_after_in_words(shown.before, shown.after))
    if shown.edit.cover:
        st.caption(NO_STORED_SWEEP)


def _shares(shown: Shown) -> None:
    if shown.edit.cover is None:
        return
    words = shares_in_words(shown.outcomes)
    st.plotly_chart(share_sweep(shown.outcomes, shown.edit.share), key="lab shares", config=CHART, alt=words)
    st.caption(words)


def _stored(curves: Mapping[str, pd.DataFrame]) -> None:
    looks = looks_of(run for run in library().runs.values() if run.info.name in curves)
    alt = "Rank 1 over the position of the cover, lowest and highest: " + "; ".join(
        f"{name} {100 * curve['rank_1'].min():.0f} and {100 * curve['rank_1'].max():.0f} %"
        for name, curve in curves.items()
    )
    st.plotly_chart(stored_sweep(curves, looks), config=CHART, alt=alt)


def _downloads(shown: Shown) -> None:
    stem = shown.clip.subject.name.rsplit(".", 1)[0]
    tables = {
        "Verdicts": outcome_table(shown.outcomes),
        "Importance": frame_table(shown.edited, shown.outcomes),
        "Sweep": sweep_table(shown.outcomes),
    }
    with st.container(horizontal=True):
        for title, table in tables.items():
            if len(table):
                offer(f"{title} (CSV)", table.to_csv(index=False), f"{stem}-{title.lower()}.csv", "text/csv")
        offer("Strip (PNG)", partial(_png, shown), f"{stem}-strip.png", "image/png")
        offer("Figures (HTML)", partial(_html, shown), f"{stem}-bias.html", "text/html")


def _png(shown: Shown) -> bytes:
    told = {(one.model, one.measure): one.importance for one in shown.outcomes if one.importance is not None}
    return png(strip_picture(shown.edited.frames, told, np.arange(len(shown.edited)), shown.edited.covered))


def _html(shown: Shown) -> str:
    figures = [lab_rows(shown.edited, shown.outcomes), before_and_after(shown.before, shown.after, STATES)]
    if shown.edit.cover:
        figures.append(pair_sweep(shown.outcomes, shown.edit))
        figures.append(share_sweep(shown.outcomes, shown.edit.share))
    return standalone(figures, f"Bias lab: {shown.clip.subject.name}")

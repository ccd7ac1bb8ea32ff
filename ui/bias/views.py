"""The parts of the Bias lab: what is asked, the six steps, the experiment, its curves, downloads."""

from collections.abc import Mapping
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from reid_core.explain import (
    LONGER,
    ORDERS,
    Edit,
    EditedClip,
    Longer,
    Order,
    frame_table,
    outcome_table,
    png,
    share_table,
    strip_picture,
    sweep_table,
)
from ui.bias.charts import lab_rows, pair_sweep, share_sweep, stored_sweep
from ui.bias.data import Shown, edited_pair, stored_curves
from ui.bias.words import (
    COVER_TITLES,
    LONGER_TITLES,
    MEASURE_TITLES,
    NO_COVER,
    NO_STORED_SWEEP,
    NO_SWEEP,
    ORDER_TITLES,
    STEPS,
    WHAT_IS_SHOWN,
    edit_in_words,
    rows_in_words,
    shares_in_words,
    step_of,
    sweep_in_words,
    why_in_words,
)
from ui.charts import before_and_after, before_and_after_in_words
from ui.clips import Clip
from ui.downloads import offer, standalone
from ui.footage import Footage
from ui.library import library, looks_of
from ui.pickers import linked_choice, pick_person
from ui.style import CHART, QUIET
from ui.words import ICONS, changed_answers, model_title

CARD_PX = 171
FIRST = STEPS[2].edit  # what the page shows without a click
FIRST_CHOICES = {"example": "same", "edit": "b", "cover": str(FIRST.cover), "order": FIRST.order,
                 "longer": FIRST.longer, "measure": next(iter(MEASURE_TITLES))}  # fmt: skip
STATES = ("as filmed", "as edited")
ALREADY_COVERED = "covered"  # the bundled pair whose video has the cover in it


def start_with_the_story() -> None:
    """Begin with a pair of one person that nothing hides, and with somebody in front at the end.

    What was chosen on another page, or before this one was left, goes into the URL: reloading shows the same view.
    """
    if st.session_state.get("example", ALREADY_COVERED) == ALREADY_COVERED:
        st.session_state["example"] = FIRST_CHOICES["example"]
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


@st.fragment
def laboratory(clip: Clip, partner: Clip) -> None:
    """The steps, the controls, and at once what every model makes of the edited pair."""
    story, answers, edit = st.container(), st.container(), _pick_edit()
    with story:
        _steps(edit)
    bars, below = st.container(), st.container()
    with below:
        measure = linked_choice("Importance of a frame", MEASURE_TITLES, "measure")
    try:
        shown = edited_pair(clip, partner, edit, measure)
    except ValueError as error:
        st.error(str(error))
        return
    with answers:
        _verdicts(shown)
    with bars:
        st.caption(edit_in_words(edit, len(shown.edited)))
        _rows(shown)
    st.subheader("Does it matter where?", anchor=False)
    _curves(shown)
    _shares(shown)
    _downloads(shown)
    with st.expander("What is shown"):
        st.markdown(WHAT_IS_SHOWN)


def _steps(edit: Edit) -> None:
    with st.container(horizontal=True, gap="small"):
        for step in STEPS:
            kind: Literal["primary", "secondary"] = "primary" if step.edit == edit else "secondary"
            st.button(step.title, key=step.title, type=kind, on_click=_set, args=(step.edit,))


def _set(edit: Edit) -> None:
    """Put all controls to an edit; where it covers nothing, the sliders of the cover stay where they are."""
    values: dict[str, str | int] = {
        "cover": edit.cover or NO_COVER,
        "order": edit.order,
        "longer": edit.longer,
        "length": round(100 * edit.length),
    }
    if edit.cover:
        values |= {"share": round(100 * edit.share), "at": round(100 * edit.position)}
    for key, value in values.items():
        st.session_state[key] = value
    for key in ("cover", "order", "longer"):
        st.query_params[key] = str(values[key])


def _pick_edit() -> Edit:
    kind = linked_choice("Cover", COVER_TITLES, "cover")
    first, second, third = st.columns(3, gap="large")
    share = _percent(first, "Covered, % of the frames", "share", (5, 95, 5), FIRST.share, kind == NO_COVER)
    length = _percent(second, "Length, % of what was filmed", "length", (20, 200, 10), FIRST.length)
    longer: str = LONGER[0]
    with third:
        order = linked_choice("Order", {name: ORDER_TITLES[name] for name in ORDERS}, "order")
        if length > 1:
            longer = linked_choice("To make it longer", {name: LONGER_TITLES[name] for name in LONGER}, "longer")
    label = "Where the cover is, %: drag it from the start to the end"
    position = _percent(st.container(), label, "at", (0, 100, 1), FIRST.position, kind == NO_COVER)
    return edit_of(kind, share, position, order, length, longer)


def _percent(
    place: DeltaGenerator, label: str, key: str, scale: tuple[int, int, int], first: float, disabled: bool = False
) -> float:
    """A slider in percent, in the URL; what it says as a share. Args: scale: least, most and step. first: a share."""
    low, high, step = scale
    value = place.slider(
        label, low, high, round(100 * first), step, key=key, bind="query-params", persist_state="session",
        disabled=disabled,
    )  # fmt: skip
    return value / 100


def edit_of(kind: str, share: float, position: float, order: str, length: float, longer: str) -> Edit:
    """What the controls say; those that change nothing count as untouched."""
    end: Longer = next(name for name in LONGER if name == longer) if length > 1 else LONGER[0]
    kept: Order = next(name for name in ORDERS if name == order)
    if kind == NO_COVER:
        return Edit(order=kept, length=length, longer=end)
    return Edit(kind, share, position, kept, length, end)


def _verdicts(shown: Shown) -> None:
    step = step_of(shown.edit)
    told = changed_answers(shown.before, shown.after)
    words = [step.look if step else "", told, why_in_words(shown.edited, shown.outcomes)]
    st.info(" ".join(filter(None, words)), icon=":material/lightbulb:")
    with st.container(horizontal=True, gap="small"):
        for before, after in zip(shown.before, shown.after, strict=True):
            with st.container(border=True, width=CARD_PX, gap="xxsmall"):
                st.markdown(f"**{model_title(after.checkpoint)}**  \n{ICONS[after.verdict]} {after.answer}")
                st.caption(
                    f"{100 * after.probability_same:.0f} % same, was {100 * before.probability_same:.0f} %  \n"
                    f"distance {after.distance:.2f}  \nthreshold {after.threshold:.2f}"
                )


def _rows(shown: Shown) -> None:
    st.plotly_chart(
        lab_rows(shown.edited, shown.outcomes),
        key="lab rows",
        config=CHART,
        on_select=partial(_follow_rows, shown.edited),
        selection_mode="points",
        alt=rows_in_words(shown.edited, shown.outcomes),
    )


def _follow_rows(clip: EditedClip) -> None:
    """Put the middle of the cover where the bars or the strip were clicked."""
    points = st.session_state["lab rows"]["selection"]["points"]
    room = len(clip) - clip.count
    if points and clip.count and room:
        start = np.clip(points[0]["x"] - (clip.count - 1) / 2, 0, room)
        st.session_state["at"] = round(100 * float(start) / room)


def _follow_sweep() -> None:
    points = st.session_state["lab sweep"]["selection"]["points"]
    if points:
        st.session_state["at"] = int(np.clip(round(points[0]["x"]), 0, 100))


def _curves(shown: Shown) -> None:
    kind = shown.edit.cover
    if kind is None:
        st.info(NO_SWEEP, icon=":material/show_chart:")
        return
    stored = stored_curves(kind)
    pair, beside = st.columns(2, gap="large")
    with pair:
        st.plotly_chart(
            pair_sweep(shown.outcomes, shown.edit.position),
            key="lab sweep",
            config=CHART,
            on_select=_follow_sweep,
            selection_mode="points",
            alt=sweep_in_words(shown.outcomes),
        )
    with beside:
        if stored:
            first = next(iter(stored))
            task = linked_choice("Tested on", {name: name for name in stored}, "tested") if len(stored) > 1 else first
            _stored(stored[task], task)
        else:
            _sureness(shown)
    if not stored:
        st.caption(NO_STORED_SWEEP)


def _shares(shown: Shown) -> None:
    if shown.edit.cover is None:
        return
    st.subheader("How much does it take to fool it?", anchor=False)
    words = shares_in_words(shown.outcomes)
    st.plotly_chart(share_sweep(shown.outcomes, shown.edit.share), key="lab shares", config=CHART, alt=words)
    st.caption(words)


def _stored(curves: Mapping[str, pd.DataFrame], task: str) -> None:
    looks = looks_of(run for run in library().runs.values() if run.info.name in curves)
    alt = "Rank 1 over the position of the cover, lowest and highest: " + "; ".join(
        f"{name} {100 * curve['rank_1'].min():.0f} and {100 * curve['rank_1'].max():.0f} %"
        for name, curve in curves.items()
    )
    st.plotly_chart(stored_sweep(curves, looks, task), config=CHART, alt=alt)


def _sureness(shown: Shown) -> None:
    st.plotly_chart(
        before_and_after(shown.before, shown.after, STATES),
        config=QUIET,
        alt=before_and_after_in_words(shown.before, shown.after),
    )


def _downloads(shown: Shown) -> None:
    stem = shown.clip.subject.name.rsplit(".", 1)[0]
    tables = {
        "Verdicts": outcome_table(shown.outcomes),
        "Importance": frame_table(shown.edited, shown.outcomes),
        "Curve": sweep_table(shown.outcomes),
        "Shares": share_table(shown.outcomes),
    }
    with st.container(horizontal=True):
        for title, table in tables.items():
            if len(table):
                offer(f"{title} (CSV)", table.to_csv(index=False), f"{stem}-{title.lower()}.csv", "text/csv")
        offer("Strip (PNG)", partial(_png, shown), f"{stem}-strip.png", "image/png")
        offer("Figures (HTML)", partial(_html, shown), f"{stem}-bias.html", "text/html")


def _png(shown: Shown) -> bytes:
    bars = {(model_title(one.model), one.measure): one.importance for one in shown.outcomes}
    told = {name: values for name, values in bars.items() if values is not None}
    return png(strip_picture(shown.edited.frames, told, shown.edited.covered))


def _html(shown: Shown) -> str:
    figures = [lab_rows(shown.edited, shown.outcomes), before_and_after(shown.before, shown.after, STATES)]
    if shown.edit.cover:
        figures.append(pair_sweep(shown.outcomes, shown.edit.position))
        figures.append(share_sweep(shown.outcomes, shown.edit.share))
    return standalone(figures, f"Bias lab: {shown.clip.subject.name}")

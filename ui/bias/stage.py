"""The strip with the cover that is dragged, a row a model and a curve: the browser has the whole sweep and moves it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from reid_core.evaluation import Comparison
from reid_core.explain import NOT_COVERED, Edit, Outcome, middles, shares, tallest_share
from ui.bias.data import Shown
from ui.bias.words import cover_in_words, sweep_in_words, why_in_words
from ui.footage import remembered
from ui.pictures import frame_uri
from ui.style import MARK, look_of
from ui.words import MEASURES, changed_answers, model_title

THUMBNAILS = 16
TOP = 255  # of a bar, in a byte
TOLD = 2  # models whose importance is told in words
HIGH_PX = 800  # of its place until the browser has read ui/places.css
FIRST_ROW = 1  # of a sweep: nothing is covered in row 0
DASHES = {"solid": "none", "dash": "9 7", "dot": "2 5", "dashdot": "9 5 2 5"}  # of SVG, by Plotly's names

_html, _css, _js = (Path(__file__).with_name(f"stage.{part}").read_text() for part in ("html", "css", "js"))
_component = st.components.v2.component("bias stage", html=_html, css=_css, js=_js)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Telling:
    """How the stage is told: answers hidden while the class guesses, notes by model, large, a curve over the share."""

    hidden: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)
    large: bool = False
    over_share: bool = False


def place_of_stage(reserved: bool) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Where the stage will be, and what holds its place until it is there, to be emptied then.

    Args: reserved: whether its place is held at all, so that nothing is pushed down.
    """
    with st.container(key="scene" if reserved else None, gap=None):
        held, scene = st.empty(), st.container()
    if reserved and "stage" not in st.session_state:
        held.container(height=HIGH_PX, border=False)
    return scene, held


def stage(shown: Shown, telling: Telling) -> None:
    """Draw the pair; a cover that is let go, or moved by keys, comes back as the page's share and place."""

    def follow() -> None:
        moved = st.session_state["stage"]["moved"]
        if moved is not None:
            for key in ("share", "at", "moves"):
                st.session_state[key] = moved[key]

    key = (shown.clip.key, shown.partner.key, replace(shown.edit, position=0.0), shown.before)
    of = shown.clip.footage.source, shown.partner.footage.source
    one = shown.outcomes[0]
    row, column = (0, 0) if one.sweep is None else one.sweep.nearest(shown.edit)
    _component(
        key="stage",
        on_moved_change=follow,
        data=remembered("lab stage", key, lambda: stage_data(shown), of=of)
        | {
            "now": [max(row - FIRST_ROW, 0), column],
            "moves": st.session_state.get("moves", 0),
            "hidden": telling.hidden,
            "notes": [telling.notes.get(one.model, "") for one in shown.outcomes],
            "large": telling.large,
            "overShare": telling.over_share,
        },
    )


def stage_data(shown: Shown) -> dict[str, Any]:
    """All that the browser needs to show any place and share of the cover, but where it is now.

    Rows (S) are shares of the clip that are covered, columns (K) places of the cover, without a cover one of each.
    """
    sweep, frames = shown.outcomes[0].sweep, shown.edited.frames
    covers = [[[0, 0]]] if sweep is None else sweep.covers[FIRST_ROW:].tolist()
    cells = [
        [_cell(shown, FIRST_ROW + row, column, cover) for column, cover in enumerate(line)]
        for row, line in enumerate(covers)
    ]
    thumbnails = middles(len(frames), THUMBNAILS)
    plain = shown.clip.subject.tracklet.frames[shown.edited.places[thumbnails]]
    return {
        "of": str(hash((shown.clip.key, replace(shown.edit, position=0.0, share=1.0)))),
        "name": shown.clip.subject.name,
        "length": len(frames),
        "plain": [frame_uri(frame) for frame in plain],
        "covered": [] if sweep is None else [frame_uri(frame) for frame in shown.covered[thumbnails]],
        "shares": [0] if sweep is None else _percent(sweep.shares[FIRST_ROW:]),
        "places": [0] if sweep is None else _percent(sweep.places),
        "covers": covers,
        "cells": cells,
        "curves": [sweep_in_words(shown.outcomes, FIRST_ROW + row) for row in range(len(covers))],
        "mark": MARK,
        "models": [_model(shown, one, len(frames)) for one in shown.outcomes],
    }


def _cell(shown: Shown, row: int, column: int, cover: Sequence[int]) -> dict[str, Any]:
    """What is said of one cover, a card a model: answer, how sure, distance, importance under the cover, if changed."""
    start, count = cover
    covered = slice(start, start + count) if count else NOT_COVERED
    after = [one.after if one.sweep is None else one.at(row, column) for one in shown.outcomes]
    found = {one.model: _importance_at(shown, one, row, column) for one in shown.outcomes}
    told = {
        one.model: (one.measure, values) for one in shown.outcomes[:TOLD] if (values := found[one.model]) is not None
    }
    changed = "" if shown.edit == Edit() else changed_answers(shown.before, after)
    return {
        "value": cover_in_words(shown.edit, start, count),
        "told": f"{changed} {why_in_words(covered, told)}".strip().replace("**", ""),
        "cards": [
            _card(before, now, found[one.model], covered)
            for before, now, one in zip(shown.before, after, shown.outcomes, strict=True)
        ],
    }


def _card(before: Comparison, after: Comparison, importance: Floats | None, covered: slice) -> list[str | bool]:
    within = "" if importance is None or not covered.stop else f"{100 * shares(importance)[covered].sum():.0f} %"
    return [
        after.answer,
        f"{100 * after.probability_same:.0f} % same, was {100 * before.probability_same:.0f} %",
        f"distance {after.distance:.2f}, threshold {after.threshold:.2f}",
        f", {within} of it under the cover" if within else "",
        after.verdict != before.verdict,
    ]


def _model(shown: Shown, one: Outcome, length: int) -> dict[str, Any]:
    """A row of bars. bars: a byte a bar for the rows from ``row`` on, (rows, K, T); tops: a share of 1 for each."""
    look = look_of(one.model)
    values, row = _swept(shown, one)
    found = np.apply_along_axis(shares, -1, values)
    tops = np.array([tallest_share(line.max(0)) for line in found])
    heights = np.round(TOP * found / tops[:, None, None]).astype(np.uint8)
    relative = (
        np.array([[one.relative_distance]])
        if one.sweep is None
        else one.sweep.distances[FIRST_ROW:] / one.after.threshold
    )
    return {
        "title": model_title(one.model),
        "measure": MEASURES[one.measure],
        "colour": look.colour,
        "dash": DASHES.get(look.dash, look.dash.replace("px", "").replace(",", " ")),
        "bars": base64.b64encode(heights.tobytes()).decode(),
        "row": row,
        "tops": [f"{length * top:.1f} × an even share" for top in tops],
        "even": np.round(TOP / length / tops, 1).tolist(),
        "curve": np.round(relative, 3).tolist(),
    }


def _swept(shown: Shown, one: Outcome) -> tuple[Floats, int | None]:
    """Importance over rows, places and frames, (rows, K, T), and which row it is if it is one of several."""
    if one.sweep is None:
        assert one.importance is not None
        return one.importance[None, None], None
    if one.sweep.alpha is not None:
        return one.sweep.alpha[FIRST_ROW:], None
    return shown.left_out[one.model][None], one.sweep.nearest(shown.edit)[0] - FIRST_ROW


def _importance_at(shown: Shown, one: Outcome, row: int, column: int) -> Floats | None:
    if one.sweep is None:
        return one.importance
    if one.sweep.alpha is not None:
        found: Floats = one.sweep.alpha[row, column]
        return found
    return shown.left_out[one.model][column] if row == one.sweep.nearest(shown.edit)[0] else None


def _percent(values: Floats) -> list[int]:
    return [round(100 * value) for value in values.tolist()]

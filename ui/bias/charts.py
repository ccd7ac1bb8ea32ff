"""Charts of the Bias lab: outcomes in, figure out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from reid_core.explain import CoverSweep, Edit, EditedClip, Outcome, shares
from ui.rows import BAR_PX, FLAT, STEADY, STRIP_PX, Rows
from ui.style import GREY, MARK, Look, layout, look_of
from ui.words import MEASURES, model_title

SWEEP_PX, LEGEND_PX = 380, 14  # high, and more for each run of a legend
TURNS = "ring: it crosses on average, x: at the worst place"


def lab_rows(clip: EditedClip, outcomes: Sequence[Outcome]) -> go.Figure:
    """A row of bars for each model over one strip of frames; bars of covered frames are hatched, their place is shaded.

    Args: outcomes: those with an importance are drawn.
    """
    found = [(one, shares(one.importance)) for one in outcomes if one.importance is not None]
    heights = [BAR_PX] * len(found) + [STRIP_PX]
    rows, places = Rows(heights, len(clip)), np.arange(len(clip))
    for row, (one, values) in enumerate(found):
        rows.bars(row, values, look_of(one.model).colour, places, clip.covered)
        answer, sure = one.after.answer.lower(), 100 * one.after.probability_same
        rows.title(row, f"<b>{model_title(one.model)}</b>, {MEASURES[one.measure]}: {answer}, {sure:.0f} %")
    rows.thumbnails(len(heights) - 1, clip.frames, places)
    rows.cover(clip.covered)
    if clip.count:
        place = {"type": "rect", "x0": clip.start - 0.5, "x1": clip.start + clip.count - 0.5, "y0": 0, "y1": 1}
        rows.shape(place | {"line": {"color": MARK, "width": 2}})
    return rows.figure()


def pair_sweep(outcomes: Sequence[Outcome], edit: Edit) -> go.Figure:
    """Distance / threshold of a pair over the place of the cover, a line a model; large marks: where it is now.

    Args: outcomes: those with a sweep are drawn. edit: of which the cover's share and position count.
    """
    traces, top, now = [], 1.5, edit.position
    for one in outcomes:
        if one.sweep is None:
            continue
        look, row = look_of(one.model), one.sweep.nearest(edit)[0]
        values = one.sweep.distances[row] / one.after.threshold
        marker = {"color": look.colour, "symbol": look.symbol, "size": 14, "line": {"color": MARK, "width": 2}}
        here = {"type": "scatter", "x": [100 * now], "y": [one.relative_distance], "mode": "markers", "marker": marker}
        title = model_title(one.model)
        traces.append(_curve(100 * one.sweep.places, values, title, look, "%{y:.2f} x threshold"))
        traces.append(here | {"showlegend": False, "hoverinfo": "skip"} | STEADY)
        top = max(top, float(values.max()))
    upright: dict[str, Any] = {"type": "line", "x0": 100 * now, "x1": 100 * now, "y0": 0, "y1": 1, "yref": "paper"}
    level: dict[str, Any] = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 1, "y1": 1, "line": FLAT}
    label = {"text": "threshold", "x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yanchor": "bottom"}
    return _laid_out(traces, {
        "title": {"text": "This pair: distance over the position of the cover"},
        "yaxis": {"title": {"text": "distance / threshold"}, "range": [0, 1.08 * top], "fixedrange": True},
        "shapes": [upright | {"line": {"color": MARK, "width": 2}}, level],
        "annotations": [label | {"showarrow": False, "font": {"color": GREY}}],
    })  # fmt: skip


def share_sweep(outcomes: Sequence[Outcome], now: float | None) -> go.Figure:
    """Distance / threshold of a pair over the share that is covered, mean over its positions; open marks: it turns.

    Args: outcomes: those with such a sweep are drawn. now: the share that is covered.
    """
    traces, top = [], 1.5
    for one in outcomes:
        if one.sweep is None:
            continue
        look, title, values = look_of(one.model), model_title(one.model), one.sweep.mean / one.after.threshold
        traces.append(_curve(100 * one.sweep.shares, values, title, look, "%{y:.2f} x threshold", "%{x:.0f} % covered"))
        top = max(top, float(values.max()))
        traces += _turns(one, one.sweep)
    level: dict[str, Any] = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 1, "y1": 1, "line": FLAT}
    upright = {} if now is None else {"type": "line", "x0": 100 * now, "x1": 100 * now, "y0": 0, "y1": 1}
    label = {"text": "threshold", "x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yanchor": "bottom"}
    shapes = [level] + ([upright | {"yref": "paper", "line": {"color": MARK, "width": 2}}] if upright else [])
    return _laid_out(traces, {
        "title": {"text": "This pair: distance over the covered share", "subtitle": {"text": TURNS}},
        "xaxis": {"title": {"text": "covered, % of the frames"}, "range": [-3, 93], "fixedrange": True},
        "yaxis": {"title": {"text": "distance / threshold"}, "range": [0, 1.08 * top], "fixedrange": True},
        "shapes": shapes,
        "annotations": [label | {"showarrow": False, "font": {"color": GREY}}],
    })  # fmt: skip


def stored_sweep(curves: Mapping[str, pd.DataFrame], looks: Mapping[str, Look]) -> go.Figure:
    """Rank-1 of runs over the position of the cover, a line a run. Args: curves: tables position, rank_1 by run."""
    traces = [
        _curve(100 * curve["position"], 100 * curve["rank_1"], name, looks[name], "rank 1 %{y:.1f} %")
        for name, curve in curves.items()
    ]
    return _laid_out(traces, {
        "height": SWEEP_PX + LEGEND_PX * len(traces),  # on a phone each run has a line of the legend
        "title": {"text": "All test identities: rank 1 over the position"},
        "yaxis": {"title": {"text": "rank 1, %"}, "range": [0, 104], "fixedrange": True},
    })  # fmt: skip


def _turns(one: Outcome, sweep: CoverSweep) -> list[dict[str, Any]]:
    """Marks on the threshold where a model turns: a ring on average, an x where the cover is at its worst place."""
    limit, colour, marks = one.after.threshold, look_of(one.model).colour, []
    for turn, symbol, where in (
        (sweep.turns(limit), "circle-open", "on average"),
        (sweep.first_turn(limit), "x-thin", "with the cover at its worst place"),
    ):
        if turn is None:
            continue
        marker = {"symbol": symbol, "size": 15, "color": colour, "line": {"width": 3, "color": colour}}
        hover = f"{model_title(one.model)} turns when {100 * turn:.0f} % are covered, {where}<extra></extra>"
        mark = {"type": "scatter", "x": [100 * turn], "y": [1], "mode": "markers", "marker": marker}
        marks.append(mark | {"showlegend": False, "hovertemplate": hover} | STEADY)
    return marks


def _curve(x: Any, y: Any, name: str, look: Look, hover: str, where: str = "cover at %{x:.0f} %") -> dict[str, Any]:
    line = {
        "type": "scatter",
        "x": np.asarray(x),
        "y": np.asarray(y),
        "name": name,
        "mode": "lines+markers",
        "line": {"color": look.colour, "dash": look.dash, "width": 2.5},
        "marker": {"color": look.colour, "symbol": look.symbol, "size": 7},
        "hovertemplate": f"{name}, {where}: {hover}<extra></extra>",
    }
    return line | STEADY


def _laid_out(traces: list[dict[str, Any]], own: dict[str, Any]) -> go.Figure:
    """All at once, as in ``ui.rows``."""
    title = {"text": "position of the cover, % (0: start, 100: end)"}
    common = layout(SWEEP_PX, 64) | {"xaxis": {"title": title, "range": [-3, 103], "fixedrange": True}}
    return go.Figure({"data": traces, "layout": common | own})

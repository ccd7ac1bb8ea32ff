"""Charts of the Bias lab: arrays in, figure out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from reid_core.explain import shares
from ui.attention.charts import COLOURS, DASHES
from ui.rows import BAR_PX, FLAT, STEADY, STRIP_PX, Rows
from ui.style import GREY, VERMILLION
from ui.words import model_title

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross")

Floats = NDArray[np.float64]


def lab_rows(
    found: Mapping[str, Floats],
    titles: Mapping[str, str],
    models: Sequence[str],
    frames: NDArray[np.uint8],
    cover: tuple[int, int],
) -> go.Figure:
    """A row of bars for each model over one strip of frames; bars of covered frames are hatched, their place is shaded.

    Args: found: importances of T frames, (T,) by model. titles: of the rows, by model. models: all there are, which
        decide the colours. frames: uint8 (T, 128, 64, 3). cover: its first frame and how many it hides.
    """
    heights = [BAR_PX] * len(found) + [STRIP_PX]
    rows, places = Rows(heights, len(frames)), np.arange(len(frames))
    shown = {name: 100 * shares(values) for name, values in found.items()}
    top = max((float(values.max()) for values in shown.values()), default=1.0)
    start, count = cover
    hidden = (places >= start) & (places < start + count)
    for row, (name, values) in enumerate(shown.items()):
        rows.bars(row, values, top, COLOURS[models.index(name) % len(COLOURS)], places, hidden)
        rows.title(row, titles[name])
    rows.thumbnails(len(heights) - 1, frames, places)
    if count:
        place = {"type": "rect", "x0": start - 0.5, "x1": start + count - 0.5, "y0": 0, "y1": 1}
        rows.shape(place | {"fillcolor": GREY, "opacity": 0.2, "layer": "below", "line": {"width": 0}})
        rows.shape(place | {"line": {"color": VERMILLION, "width": 2}})
    return rows.figure()


def pair_sweep(
    positions: Floats, curves: Mapping[str, Floats], now: float, values: Mapping[str, float], models: Sequence[str]
) -> go.Figure:
    """Distance / threshold of a pair over the position of the cover, a line a model; large marks: where it is now.

    Args: positions: (K,), percent. curves: (K,) by model. now: the position of the cover, percent. values: by model.
    """
    traces = []
    for name, curve in curves.items():
        number = models.index(name)
        marker = {"color": COLOURS[number % len(COLOURS)], "symbol": SYMBOLS[number % len(SYMBOLS)], "size": 14}
        here = {"type": "scatter", "x": [now], "y": [values[name]], "mode": "markers", "showlegend": False}
        edge = {"line": {"color": VERMILLION, "width": 2}}
        traces.append(_curve(positions, curve, model_title(name), number, "%{y:.2f} x threshold"))
        traces.append(here | {"marker": marker | edge, "hoverinfo": "skip"} | STEADY)
    top = 1.08 * max(1.5, *(float(curve.max()) for curve in curves.values())) if curves else 1.5
    upright: dict[str, Any] = {"type": "line", "x0": now, "x1": now, "y0": 0, "y1": 1, "yref": "paper"}
    level: dict[str, Any] = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 1, "y1": 1, "line": FLAT}
    label: dict[str, Any] = {
        "text": "threshold",
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yanchor": "bottom",
    }
    layout = {
        "title": {"text": "This pair: distance over the position of the cover"},
        "yaxis": {"title": {"text": "distance / threshold"}, "range": [0, top], "fixedrange": True},
        "shapes": [upright | {"line": {"color": VERMILLION, "width": 2}}, level],
        "annotations": [label | {"showarrow": False, "font": {"color": GREY}}],
    }
    return _laid_out(traces, layout)


def stored_sweep(curves: Mapping[str, pd.DataFrame], task: str) -> go.Figure:
    """Rank-1 of runs over the position of the cover, a line a run. Args: curves: tables position, rank_1 by run."""
    traces = [
        _curve(100 * curve["position"], 100 * curve["rank_1"], name, number, "rank 1 %{y:.1f} %")
        for number, (name, curve) in enumerate(curves.items())
    ]
    layout = {
        "title": {"text": "All test identities: rank 1 over the position", "subtitle": {"text": task}},
        "yaxis": {"title": {"text": "rank 1, %"}, "range": [0, 104], "fixedrange": True},
    }
    return _laid_out(traces, layout)


def _curve(x: Any, y: Any, name: str, number: int, hover: str) -> dict[str, Any]:
    colour = COLOURS[number % len(COLOURS)]
    line = {
        "type": "scatter",
        "x": np.asarray(x),
        "y": np.asarray(y),
        "name": name,
        "mode": "lines+markers",
        "line": {"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2.5},
        "marker": {"color": colour, "symbol": SYMBOLS[number % len(SYMBOLS)], "size": 7},
        "hovertemplate": f"{name}, cover at %{{x:.0f}} %: {hover}<extra></extra>",
    }
    return line | STEADY


def _laid_out(traces: list[dict[str, Any]], layout: dict[str, Any]) -> go.Figure:
    """All at once, as in ``ui.rows``."""
    title = {"text": "position of the cover, % (0: start, 100: end)"}
    common = {
        "xaxis": {"title": title, "range": [-3, 103], "fixedrange": True},
        "legend": {"orientation": "h", "x": 0, "y": -0.28, "yanchor": "top"},
        "height": 380,
        "margin": {"l": 8, "r": 8, "t": 64, "b": 8},
        "dragmode": False,
    }
    return go.Figure({"data": traces, "layout": common | layout})

"""Charts of the Bias lab: arrays in, figure out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from reid_core.explain import shares
from ui.attention_charts import COLOURS, DASHES
from ui.charts import GREY, VERMILLION
from ui.rows import BAR_PX, FLAT, STEADY, STRIP_PX, Rows
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
    figure = go.Figure()
    figure.add_vline(now, line={"color": VERMILLION, "width": 2})
    figure.add_hline(1, line=FLAT)
    for name, curve in curves.items():
        number = models.index(name)
        _curve(figure, positions, curve, model_title(name), number, "%{y:.2f} x threshold")
        figure.add_scatter(
            x=[now],
            y=[values[name]],
            mode="markers",
            marker={"color": COLOURS[number % len(COLOURS)], "symbol": SYMBOLS[number % len(SYMBOLS)], "size": 14,
                    "line": {"color": VERMILLION, "width": 2}},
            showlegend=False,
            hoverinfo="skip",
            **STEADY,
        )  # fmt: skip
    top = 1.08 * max(1.5, *(float(curve.max()) for curve in curves.values())) if curves else 1.5
    figure.update_layout(
        title="This pair: distance over the position of the cover",
        yaxis={"title": "distance / threshold", "range": [0, top], "fixedrange": True},
    )
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=1, yanchor="bottom", text="threshold", showarrow=False,
        font={"color": GREY},
    )  # fmt: skip
    return _laid_out(figure)


def stored_sweep(curves: Mapping[str, pd.DataFrame], task: str) -> go.Figure:
    """Rank-1 of runs over the position of the cover, a line a run. Args: curves: tables position, rank_1 by run."""
    figure = go.Figure()
    for number, (name, curve) in enumerate(curves.items()):
        _curve(figure, 100 * curve["position"], 100 * curve["rank_1"], name, number, "rank 1 %{y:.1f} %")
    figure.update_layout(
        title={"text": "All test identities: rank 1 over the position", "subtitle": {"text": task}},
        yaxis={"title": "rank 1, %", "range": [0, 104], "fixedrange": True},
    )
    return _laid_out(figure)


def _curve(figure: go.Figure, x: Any, y: Any, name: str, number: int, hover: str) -> None:
    colour = COLOURS[number % len(COLOURS)]
    figure.add_scatter(
        x=np.asarray(x),
        y=np.asarray(y),
        name=name,
        mode="lines+markers",
        line={"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2.5},
        marker={"color": colour, "symbol": SYMBOLS[number % len(SYMBOLS)], "size": 7},
        hovertemplate=f"{name}, cover at %{{x:.0f}} %: {hover}<extra></extra>",
        **STEADY,
    )


def _laid_out(figure: go.Figure) -> go.Figure:
    return figure.update_layout(
        xaxis={"title": "position of the cover, % (0: start, 100: end)", "range": [-3, 103], "fixedrange": True},
        legend={"orientation": "h", "x": 0, "y": -0.28, "yanchor": "top", "title": None},
        height=380,
        margin={"l": 8, "r": 8, "t": 64, "b": 8},
        dragmode=False,
    )

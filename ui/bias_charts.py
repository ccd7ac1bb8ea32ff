"""Charts of the Bias lab: arrays in, figure out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from reid_core.explain import shares
from ui.attention_charts import BAR_PX, BARELY, COLOURS, DASHES, GAP_PX, STEADY, STRIP_PX
from ui.charts import GREY, VERMILLION
from ui.pictures import frame_uri
from ui.strip import thumbnail_indices
from ui.words import model_title

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross")
FLAT = {"color": GREY, "width": 1.5, "dash": "dash"}

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
    total = sum(heights) + GAP_PX * (len(heights) - 1)
    figure = make_subplots(
        len(heights), 1, shared_xaxes=True, row_heights=heights, vertical_spacing=GAP_PX / total if found else 0
    )
    shown = {name: 100 * shares(values) for name, values in found.items()}
    top = 1.05 * max((float(values.max()) for values in shown.values()), default=1.0)
    start, count = cover
    hidden = (np.arange(len(frames)) >= start) & (np.arange(len(frames)) < start + count)
    for row, (name, values) in enumerate(shown.items(), 1):
        _bars(figure, row, values, top, COLOURS[models.index(name) % len(COLOURS)], hidden)
        _row_title(figure, row, titles[name])
    _thumbnails(figure, len(heights), frames)
    if count:
        edge = {"color": VERMILLION, "width": 2}
        shade: dict[str, Any] = {"fillcolor": GREY, "opacity": 0.2, "layer": "below", "line": {"width": 0}}
        place: dict[str, Any] = {"x0": start - 0.5, "x1": start + count - 0.5, "y0": 0, "y1": 1, "yref": "paper"}
        figure.add_shape(type="rect", **place, **shade)
        figure.add_shape(type="rect", **place, line=edge)
    figure.update_xaxes(range=[-0.7, len(frames) - 0.3], visible=False, fixedrange=True)
    figure.update_yaxes(fixedrange=True, zeroline=False)
    return figure.update_layout(
        height=total + 30,
        barmode="overlay",
        bargap=0.12,
        showlegend=False,
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 24, "b": 6},
    )


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


def _bars(figure: go.Figure, row: int, values: Floats, top: float, colour: str, hidden: NDArray[np.bool_]) -> None:
    x = np.arange(len(values))
    marker = {"color": colour, "pattern": {"shape": np.where(hidden, "/", "").tolist(), "fillmode": "replace"}}
    figure.add_bar(x=x, y=values, marker=marker, hoverinfo="skip", row=row, col=1, **STEADY)
    figure.add_bar(  # the whole column can be clicked, however small its bar
        x=x,
        y=np.full(len(values), top),
        marker={"color": colour, "opacity": 0.01},
        customdata=np.stack([x, values], axis=1),
        text=np.where(hidden, ", covered", ""),
        textposition="none",
        hovertemplate="frame %{customdata[0]}%{text}: %{customdata[1]:.1f} %<extra></extra>",
        row=row,
        col=1,
        **BARELY,
    )
    even = 100 / len(values)
    figure.add_shape(type="line", x0=-0.5, x1=len(values) - 0.5, y0=even, y1=even, row=row, col=1, line=FLAT)
    figure.update_yaxes(
        range=[0, top], tickvals=[0, top / 1.05], ticktext=["0", f"{top / 1.05:.0f} %"], showgrid=False, row=row, col=1
    )


def _row_title(figure: go.Figure, row: int, text: str) -> None:
    figure.add_annotation(
        text=text, x=0, xref="paper", y=1, yref=f"y{row if row > 1 else ''} domain", xanchor="left", yanchor="bottom",
        showarrow=False, font={"size": 12},
    )  # fmt: skip


def _thumbnails(figure: go.Figure, row: int, frames: NDArray[np.uint8]) -> None:
    shown = thumbnail_indices(len(frames))
    figure.add_scatter(
        x=shown,
        y=np.zeros(len(shown)),
        mode="markers",
        marker={"size": 44, "symbol": "square", "opacity": 0.01},
        hovertemplate="frame %{x}<extra></extra>",
        row=row,
        col=1,
        **BARELY,
    )
    width = 0.96 * len(frames) / len(shown)
    for t in shown:
        picture: dict[str, Any] = {"source": frame_uri(frames[t]), "x": t, "y": 0, "sizex": width, "sizey": 2}
        figure.add_layout_image(**picture, xanchor="center", yanchor="middle", layer="below", row=row, col=1)
    figure.update_yaxes(range=[-1, 1], visible=False, row=row, col=1)

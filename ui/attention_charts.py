"""Charts of importance and attention: arrays in, figure out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from reid_core.explain import Hop, Importance, all_measures, shares, tallest_shares
from ui.attention_words import MEASURES
from ui.charts import BLUE, GREEN, GREY, ORANGE, VERMILLION
from ui.pictures import frame_uri
from ui.strip import thumbnail_indices
from ui.words import model_title

COLOURS = (BLUE, VERMILLION, ORANGE, GREEN, "#CC79A7", "#56B4E9")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
BAR_PX, ARCS_PX, STRIP_PX, GAP_PX = 62, 70, 110, 24
FLAT = {"color": GREY, "width": 1.5, "dash": "dash"}  # where all frames count the same
SMALLEST_DRAWN = 1e-8  # of a gradient, as a share of its largest
# Plotly hides what is not selected; here a click only moves the linked frame
STEADY = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}
BARELY = {"selected": {"marker": {"opacity": 0.01}}, "unselected": {"marker": {"opacity": 0.01}}}


def importance_rows(
    found: Mapping[str, Importance],
    frames: NDArray[np.uint8],
    places: NDArray[np.int64],
    current: int,
    arcs: Sequence[Hop] = (),
) -> go.Figure:
    """Models stacked over one strip of frames: a row of bars for each importance, arcs of the ways back, thumbnails.

    Args: found: importances of T frames by model. frames: uint8 (T, 128, 64, 3). places: of the frames in the tracklet,
        (T,). current: the linked frame, 0 to T-1. arcs: hops of the first model with attention.
    """
    bars = all_measures(found)
    heights = [BAR_PX] * len(bars) + ([ARCS_PX] if arcs else []) + [STRIP_PX]
    figure = rows_over_frames(heights, len(frames))
    tallest, models = tallest_shares(bars), list(found)
    for row, ((model, measure), values) in enumerate(bars.items(), 1):
        colour = COLOURS[models.index(model) % len(COLOURS)]
        draw_bars(figure, row, 100 * shares(values), 100 * tallest[measure], colour, places)
        draw_title(figure, row, f"<b>{model_title(model)}</b>: {MEASURES[measure]}")
    if arcs:
        _arcs(figure, len(bars) + 1, arcs)
        name = next(model for model, one in found.items() if one.attention is not None)
        draw_title(figure, len(bars) + 1, f"<b>{model_title(name)}</b>: ways back through memory")
    draw_thumbnails(figure, len(heights), frames, places)
    edge = {"color": VERMILLION, "width": 2}
    figure.add_shape(type="rect", x0=current - 0.5, x1=current + 0.5, y0=0, y1=1, yref="paper", line=edge)
    return figure


def attention_map(attention: NDArray[np.float64], places: NDArray[np.int64], frame: int, step: int) -> go.Figure:
    """alpha as a map: a row a step that looks back, a column a frame looked at; zeros are blank, cells clickable."""
    weights = np.where(attention > 0, attention, np.nan)
    steps, frames = np.nonzero(attention)
    figure = go.Figure()
    figure.add_heatmap(
        z=weights,
        zmin=0,
        zmax=float(attention.max()) or 1.0,
        colorscale="Cividis",
        reversescale=True,
        colorbar={"title": {"text": "weight"}, "thickness": 12},
        hoverinfo="skip",
    )
    # a heatmap tells nothing when it is clicked; squares over its cells do
    figure.add_scatter(
        x=frames,
        y=steps,
        mode="markers",
        marker={"symbol": "square", "size": 9, "opacity": 0.01},
        customdata=np.stack([places[steps], places[frames], attention[steps, frames]], axis=1),
        hovertemplate="step %{customdata[0]} looks at frame %{customdata[1]}<br>weight %{customdata[2]:.3f}"
        "<extra></extra>",
        showlegend=False,
        **BARELY,
    )
    edge = {"color": VERMILLION, "width": 2}
    last = len(attention) - 0.5
    figure.add_shape(type="rect", x0=-0.5, x1=last, y0=step - 0.5, y1=step + 0.5, line={"color": GREY, "width": 1})
    figure.add_shape(type="rect", x0=frame - 0.5, x1=frame + 0.5, y0=-0.5, y1=last, line={"color": GREY, "width": 1})
    figure.add_shape(type="rect", x0=frame - 0.5, x1=frame + 0.5, y0=step - 0.5, y1=step + 0.5, line=edge)
    ticks = _ticks(places)
    return figure.update_layout(
        title="Who looks at whom: attention of every step",
        xaxis={"title": "frame looked at", "range": [-0.5, last], "fixedrange": True, "showgrid": False} | ticks,
        yaxis={"title": "step that looks back", "range": [last, -0.5], "fixedrange": True, "showgrid": False} | ticks,
        height=460,
        margin={"l": 8, "r": 8, "t": 44, "b": 8},
        dragmode=False,
    )


def lag_curves(found: Mapping[str, Importance]) -> go.Figure:
    """The gradient of the embedding over the lag, the frames between a frame and the last one, on a log scale."""
    figure = go.Figure()
    for number, (name, one) in enumerate(found.items()):
        back = one.gradient[::-1] / max(one.gradient.max(), np.finfo(float).tiny)
        figure.add_scatter(
            x=np.arange(len(back)),
            y=np.where(back > SMALLEST_DRAWN, back, np.nan),
            name=model_title(name),
            mode="lines",
            line={"color": COLOURS[number % len(COLOURS)], "dash": DASHES[number % len(DASHES)], "width": 3},
            hovertemplate=f"{model_title(name)}, %{{x}} frames before the last: %{{y:.2g}}<extra></extra>",
        )
    return figure.update_layout(
        title="How far back does the gradient reach?",
        xaxis={"title": "frames before the last one", "fixedrange": True},
        yaxis={"title": "gradient, as a share of its largest", "type": "log", "exponentformat": "power",
               "fixedrange": True},
        legend={"orientation": "h", "x": 0, "y": -0.25, "yanchor": "top", "title": None},
        height=360,
        margin={"l": 8, "r": 8, "t": 44, "b": 8},
        dragmode=False,
    )  # fmt: skip


def standalone(figures: Sequence[go.Figure], title: str) -> str:
    """The figures as one page of HTML that needs nothing else."""
    parts = [figure.to_html(full_html=False, include_plotlyjs=not number) for number, figure in enumerate(figures)]
    head = f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n<h1>{title}</h1>'
    return "\n".join([head, *parts, "</html>"])


def rows_over_frames(heights: Sequence[int], count: int) -> go.Figure:
    """Rows of these heights, px, that share the axis of ``count`` frames."""
    total = sum(heights) + GAP_PX * (len(heights) - 1)
    figure = make_subplots(len(heights), 1, shared_xaxes=True, row_heights=heights, vertical_spacing=GAP_PX / total)
    figure.update_xaxes(range=[-0.7, count - 0.3], visible=False, fixedrange=True)
    figure.update_yaxes(fixedrange=True, zeroline=False)
    return figure.update_layout(
        height=total + 28,
        barmode="overlay",
        bargap=0.12,
        showlegend=False,
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 22, "b": 6},
    )


def draw_bars(
    figure: go.Figure,
    row: int,
    values: NDArray[np.float64],
    top: float,
    colour: str,
    places: NDArray[np.int64],
    hidden: NDArray[np.bool_] | None = None,
) -> None:
    """Bars of T frames. Args: values: percent, (T,). top: the longest there may be. hidden: which are hatched, (T,)."""
    x, hatched = np.arange(len(values)), np.zeros(len(values), bool) if hidden is None else hidden
    marker = {"color": colour, "pattern": {"shape": np.where(hatched, "/", "").tolist(), "fillmode": "replace"}}
    figure.add_bar(x=x, y=values, marker=marker, hoverinfo="skip", row=row, col=1, **STEADY)
    # the whole column can be clicked, however small its bar
    figure.add_bar(
        x=x,
        y=np.full(len(values), 1.05 * top),
        marker={"color": colour, "opacity": 0.01},
        customdata=np.stack([places, values], axis=1),
        text=np.where(hatched, ", covered", ""),
        textposition="none",
        hovertemplate="frame %{customdata[0]}%{text}: %{customdata[1]:.1f} %<extra></extra>",
        row=row,
        col=1,
        **BARELY,
    )
    even = 100 / len(values)
    figure.add_shape(type="line", x0=-0.5, x1=len(values) - 0.5, y0=even, y1=even, row=row, col=1, line=FLAT)
    figure.update_yaxes(
        range=[0, 1.05 * top], tickvals=[0, top], ticktext=["0", f"{top:.0f} %"], showgrid=False, row=row, col=1
    )


def draw_title(figure: go.Figure, row: int, text: str) -> None:
    """A line of text above a row."""
    figure.add_annotation(
        text=text, x=0, xref="paper", y=1, yref=f"y{row if row > 1 else ''} domain", xanchor="left", yanchor="bottom",
        showarrow=False, font={"size": 12},
    )  # fmt: skip


def _arcs(figure: go.Figure, row: int, arcs: Sequence[Hop]) -> None:
    for hop in arcs:
        middle, height = (hop.step + hop.memory) / 2, 0.3 + 1.6 * abs(hop.step - hop.memory) / max(arcs[0].step, 1)
        figure.add_shape(
            type="path", path=f"M {hop.step},0 Q {middle},{min(height, 1.9)} {hop.memory},0", row=row, col=1,
            line={"color": BLUE, "width": 1 + 5 * hop.share}, opacity=0.35 + 0.65 * min(hop.share, 1.0),
        )  # fmt: skip
    figure.add_scatter(
        x=[hop.memory for hop in arcs],
        y=np.zeros(len(arcs)),
        mode="markers",
        marker={"color": BLUE, "size": 9},
        customdata=[(hop.step, hop.memory, 100 * hop.share) for hop in arcs],
        hovertemplate="%{customdata[2]:.0f} % of the walks jump from step %{customdata[0]} to %{customdata[1]}"
        "<extra></extra>",
        row=row,
        col=1,
        **STEADY,
    )
    figure.update_yaxes(range=[-0.1, 1], visible=False, row=row, col=1)


def draw_thumbnails(figure: go.Figure, row: int, frames: NDArray[np.uint8], places: NDArray[np.int64]) -> None:
    """Some of the frames, each under its bar."""
    shown = thumbnail_indices(len(frames))
    width = 0.96 * (len(frames) / len(shown))
    figure.add_scatter(
        x=shown,
        y=np.zeros(len(shown)),
        mode="markers",
        marker={"size": 44, "symbol": "square", "opacity": 0.01},
        customdata=places[shown],
        hovertemplate="frame %{customdata}<extra></extra>",
        row=row,
        col=1,
        **BARELY,
    )
    for t in shown:
        picture: dict[str, Any] = {"source": frame_uri(frames[t]), "x": t, "y": 0, "sizex": width, "sizey": 2}
        figure.add_layout_image(**picture, xanchor="center", yanchor="middle", layer="below", row=row, col=1)
    figure.update_yaxes(range=[-1, 1], visible=False, row=row, col=1)


def _ticks(places: NDArray[np.int64]) -> dict[str, Any]:
    """Ticks that name frames of the tracklet."""
    at = np.linspace(0, len(places) - 1, min(len(places), 6)).round().astype(int)
    return {"tickvals": at.tolist(), "ticktext": [str(place) for place in places[at]]}

"""Charts of importance and attention: arrays in, figure out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from reid_core.explain import COVERED, NOT_COVERED, Hop, Importance, all_measures, main_measure, shares, walks
from ui.rows import BAR_PX, BARELY, STEADY, STRIP_PX, Rows
from ui.style import GREY, MARK, layout, look_of
from ui.words import MEASURES, model_title

ARCS_PX, FIRST_PX = 70, 96
FEW_STEPS = 6  # of a map that has no more rows, each is named
MAIN = {
    "attention": "attention of each frame",
    "looks": "attention of the last step",
    "left_out": "change without the frame",
}
SCALE = "× an even share"
SMALLEST_DRAWN = 1e-8  # of a gradient, as a share of its largest


def first_rows(
    found: Mapping[str, Importance],
    frames: NDArray[np.uint8],
    places: NDArray[np.int64],
    current: int,
    covered: slice = NOT_COVERED,
) -> go.Figure:
    """A strip of frames and under it, for each model, a row of bars: alpha, or leaving out where there is none.

    Args: as of ``importance_rows``.
    """
    rows = Rows([STRIP_PX] + [FIRST_PX] * len(found), len(frames))
    rows.thumbnails(0, frames, places)
    for row, (model, one) in enumerate(found.items(), 1):
        measure, values = main_measure(one)
        rows.bars(row, shares(values), look_of(model).colour, places, covered)
        if one.attention is not None and walks(one.attention):
            measure = "looks"
        rows.title(row, f"<b>{model_title(model)}</b>: {MAIN[measure]}, {SCALE}")
    rows.cover(covered)
    _frame(rows, current)
    return rows.figure()


def importance_rows(
    found: Mapping[str, Importance],
    frames: NDArray[np.uint8],
    places: NDArray[np.int64],
    current: int,
    arcs: Sequence[Hop] = (),
    covered: slice = NOT_COVERED,
) -> go.Figure:
    """Models stacked over one strip of frames: a row of bars for each importance, arcs of the ways back, thumbnails.

    Args: found: importances of T frames by model. frames: uint8 (T, 128, 64, 3). places: of the frames in the tracklet,
        (T,). current: the linked frame, 0 to T-1. arcs: hops of the first model with attention. covered: the
        frames of the clip that are known to be covered.
    """
    bars = all_measures(found)
    heights = [BAR_PX] * len(bars) + ([ARCS_PX] if arcs else []) + [STRIP_PX]
    rows = Rows(heights, len(frames))
    for row, ((model, measure), values) in enumerate(bars.items()):
        rows.bars(row, shares(values), look_of(model).colour, places, covered)
        rows.title(row, f"<b>{model_title(model)}</b>: {MEASURES[measure]}, {SCALE}")
    if arcs:
        name = next(model for model, one in found.items() if "visits" in one.measures)
        _arcs(rows, len(bars), arcs, look_of(name).colour)
        rows.title(len(bars), f"<b>{model_title(name)}</b>: ways back through memory")
    rows.thumbnails(len(heights) - 1, frames, places)
    rows.cover(covered)
    _frame(rows, current)
    return rows.figure()


def _frame(rows: Rows, current: int) -> None:
    """Around the linked frame, over all rows."""
    edge = {"color": MARK, "width": 2}
    rows.shape({"type": "rect", "x0": current - 0.5, "x1": current + 0.5, "y0": 0, "y1": 1, "line": edge})


def attention_map(
    attention: NDArray[np.float64], steps_called: Sequence[Any], places: NDArray[np.int64], frame: int, step: int
) -> go.Figure:
    """alpha as a map: a row a step that looks back, a column a frame looked at; zeros are blank, cells clickable.

    Its colours are the theme's: what weighs most is the darkest on light ground and the brightest on dark.

    Args: attention: (S, T), of any S steps. steps_called: their names. places: of the frames. frame, step: the linked
        ones, 0 to T-1 and 0 to S-1.
    """
    names = np.array(steps_called, object)
    weights = np.where(attention > 0, attention, np.nan)
    steps, frames = np.nonzero(attention)
    figure = go.Figure()
    figure.add_heatmap(
        z=weights,
        zmin=0,
        zmax=float(attention.max()) or 1.0,
        colorbar={"title": {"text": "weight"}, "thickness": 12},
        hoverinfo="skip",
    )
    # a heatmap tells nothing when it is clicked; squares over its cells do
    figure.add_scatter(
        x=frames,
        y=steps,
        mode="markers",
        marker={"symbol": "square", "size": 9, "opacity": 0.01},
        customdata=np.stack([names[steps], places[frames], attention[steps, frames]], axis=1),
        hovertemplate="step %{customdata[0]} looks at frame %{customdata[1]}<br>weight %{customdata[2]:.3f}"
        "<extra></extra>",
        showlegend=False,
        **BARELY,
    )
    edge = {"color": MARK, "width": 2}
    last, lowest = len(places) - 0.5, len(attention) - 0.5
    figure.add_shape(type="rect", x0=-0.5, x1=last, y0=step - 0.5, y1=step + 0.5, line={"color": GREY, "width": 1})
    figure.add_shape(type="rect", x0=frame - 0.5, x1=frame + 0.5, y0=-0.5, y1=lowest, line={"color": GREY, "width": 1})
    figure.add_shape(type="rect", x0=frame - 0.5, x1=frame + 0.5, y0=step - 0.5, y1=step + 0.5, line=edge)
    few = len(names) <= FEW_STEPS
    return figure.update_layout(
        title="Each reading settles further" if few else "Who looks at whom: attention of every step",
        xaxis={"title": "frame looked at", "range": [-0.5, last], "fixedrange": True, "showgrid": False}
        | _ticks(places),
        yaxis={"title": None if few else "step that looks back", "range": [lowest, -0.5], "fixedrange": True}
        | {"showgrid": False}
        | _ticks(names),
        **layout(130 + 46 * len(names) if few else 460, 44),
    )


def lag_curves(found: Mapping[str, Importance], covered: slice = NOT_COVERED) -> go.Figure:
    """The gradient of the embedding over the lag, the frames between a frame and the last one, on a log scale.

    Args: covered: the frames of the clip that are known to be covered; their lags are shaded.
    """
    figure = go.Figure()
    if covered != NOT_COVERED:
        last = len(next(iter(found.values())).gradient) - 1
        ends = {"x0": last - covered.stop + 0.5, "x1": last - covered.start + 0.5}
        words = {"annotation_text": COVERED, "annotation_position": "top"}
        figure.add_vrect(**ends, **words, fillcolor=GREY, opacity=0.2, layer="below", line_width=0)
    for name, one in found.items():
        look = look_of(name)
        back = one.gradient[::-1] / max(one.gradient.max(), np.finfo(float).tiny)
        figure.add_scatter(
            x=np.arange(len(back)),
            y=np.where(back > SMALLEST_DRAWN, back, np.nan),
            name=model_title(name),
            mode="lines",
            line={"color": look.colour, "dash": look.dash, "width": 3},
            hovertemplate=f"{model_title(name)}, %{{x}} frames before the last: %{{y:.2g}}<extra></extra>",
        )
    return figure.update_layout(
        title="How far back does the gradient reach?",
        xaxis={"title": "frames before the last one", "fixedrange": True},
        yaxis={"title": "gradient, as a share of its largest", "type": "log", "exponentformat": "power",
               "fixedrange": True},
        **layout(360, 44),
    )  # fmt: skip


def _arcs(rows: Rows, row: int, arcs: Sequence[Hop], colour: str) -> None:
    for hop in arcs:
        middle, height = (hop.step + hop.memory) / 2, 0.3 + 1.6 * abs(hop.step - hop.memory) / max(arcs[0].step, 1)
        path = f"M {hop.step},0 Q {middle},{min(height, 1.9)} {hop.memory},0"
        line = {"color": colour, "width": 1 + 5 * hop.share}
        rows.shape({"type": "path", "path": path, "line": line, "opacity": 0.35 + 0.65 * min(hop.share, 1.0)}, row)
    ends = {
        "type": "scatter",
        "x": [hop.memory for hop in arcs],
        "y": np.zeros(len(arcs)),
        "mode": "markers",
        "marker": {"color": colour, "size": 9},
        "customdata": [(hop.step, hop.memory, 100 * hop.share) for hop in arcs],
        "hovertemplate": "%{customdata[2]:.0f} % of the walks jump from step %{customdata[0]} to %{customdata[1]}"
        "<extra></extra>",
    }
    rows.trace(row, ends | STEADY)
    rows.axis(row, {"range": [-0.1, 1], "visible": False})


def _ticks(places: NDArray[Any]) -> dict[str, Any]:
    """Ticks that name frames of the tracklet, or steps."""
    at = np.linspace(0, len(places) - 1, min(len(places), 6)).round().astype(int)
    return {"tickvals": at.tolist(), "ticktext": [str(place) for place in places[at]]}

"""Where a distance stands among those of known pairs: numbers in, figure out."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from reid_core.evaluation import Calibration, Comparison, uncertain_range
from ui.style import BLUE, GREY, ORANGE, VERMILLION, laid_out


def verdict_scale(calibration: Calibration, result: Comparison) -> go.Figure:
    """A distance among the distances of known pairs, with the threshold and the range that is too close to call."""
    edges = np.asarray(calibration.bin_edges)
    low, high = uncertain_range(calibration)
    figure = go.Figure()
    for counts, name, colour in (
        (calibration.same_histogram, "pairs of one person", BLUE),
        (calibration.different_histogram, "pairs of two persons", ORANGE),
    ):
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=percent(counts),
            width=np.diff(edges),
            name=name,
            marker={"color": colour, "opacity": 0.65, "line": {"width": 0}},
            hovertemplate=f"%{{y:.1f}} % of the {name}<br>around distance %{{x:.2f}}<extra></extra>",
        )
    figure.add_vrect(low, high, fillcolor=GREY, opacity=0.25, line_width=0, layer="below")
    grey_square = {"color": GREY, "opacity": 0.4, "size": 12, "symbol": "square"}
    figure.add_scatter(x=[None], y=[None], mode="markers", name="too close to call", marker=grey_square)
    figure.add_vline(calibration.threshold, line={"color": GREY, "width": 2, "dash": "dash"})
    figure.add_vline(result.distance, line={"color": VERMILLION, "width": 4})
    _label(figure, result.distance, "these two", VERMILLION, 1.12, edges[-1])
    _label(figure, calibration.threshold, "threshold", GREY, 1.0, edges[-1])
    figure.update_layout(
        title="Distance of these two persons among known pairs",
        xaxis={"title": "distance (smaller is more alike)", "range": [0, 1.05 * max(edges[-1], result.distance)]},
        yaxis={"title": "share of the pairs, %", "rangemode": "tozero", "nticks": 5},
        barmode="overlay",
        bargap=0,
        height=360,
    )
    return laid_out(figure, top=88)


def verdict_scale_in_words(calibration: Calibration, result: Comparison) -> str:
    """The alternative text of ``verdict_scale``."""
    low, high = uncertain_range(calibration)
    return (
        f"Histograms of the distances of known pairs. These two are {result.distance:.2f} apart, the threshold is "
        f"{calibration.threshold:.2f}; from {low:.2f} to {high:.2f} it is too close to call."
    )


def percent(counts: Sequence[int]) -> NDArray[np.float64]:
    """Counts as shares of their sum, in percent."""
    values = np.array(counts, np.float64)
    values *= 100 / max(float(values.sum()), 1.0)
    return values


def _label(figure: go.Figure, x: float, text: str, colour: str, y: float, last: float) -> None:
    """Words above the plot at a place on its axis, kept inside on both sides."""
    anchor = "left" if x < 0.2 * last else "right" if x > 0.8 * last else "center"
    figure.add_annotation(
        x=x,
        y=y,
        yref="paper",
        text=f"<b>{text}</b>",
        font={"color": colour},
        showarrow=False,
        xanchor=anchor,
        yanchor="bottom",
    )

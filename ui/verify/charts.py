"""Where a distance stands among those of known pairs: numbers in, figure out."""

import plotly.graph_objects as go

from reid_core.evaluation import Comparison
from reid_core.model import Calibration
from ui.charts import pair_histograms
from ui.style import GREY, MARK, layout


def verdict_scale(result: Comparison) -> go.Figure:
    """A distance among the distances of known pairs, with the threshold and the range that is too close to call."""
    calibration = _scale(result)
    last = calibration.bin_edges[-1]
    low, high = calibration.uncertain_range(result.allowed)
    figure = pair_histograms(calibration.bin_edges, calibration.same_histogram, calibration.different_histogram)
    figure.add_vrect(low, high, fillcolor=GREY, opacity=0.25, line_width=0, layer="below")
    grey_square = {"color": GREY, "opacity": 0.4, "size": 12, "symbol": "square"}
    figure.add_scatter(x=[None], y=[None], mode="markers", name="too close to call", marker=grey_square)
    figure.add_vline(result.threshold, line={"color": GREY, "width": 2, "dash": "dash"})
    figure.add_vline(result.distance, line={"color": MARK, "width": 4})
    _label(figure, result.distance, "these two", MARK, 1.12, last)
    _label(figure, result.threshold, "threshold", GREY, 1.0, last)
    return figure.update_layout(
        title="Distance of these two persons among known pairs",
        xaxis_range=[0, 1.05 * max(last, result.distance)],
        **layout(360, 88, -0.3),
    )


def verdict_scale_in_words(result: Comparison) -> str:
    """The alternative text of ``verdict_scale``."""
    low, high = _scale(result).uncertain_range(result.allowed)
    return (
        f"Histograms of the distances of known pairs. These two are {result.distance:.2f} apart, the threshold is "
        f"{result.threshold:.2f}; from {low:.2f} to {high:.2f} it is too close to call."
    )


def _scale(result: Comparison) -> Calibration:
    if result.scale is None:
        raise ValueError("a comparison must know its scale to be drawn, it has none")
    return result.scale


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

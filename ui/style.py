"""How charts look: colours, Okabe and Ito's, which colour-blind people can tell apart, and what all charts share."""

import plotly.graph_objects as go

BLUE, ORANGE, VERMILLION, GREEN, GREY = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#8A8F98"
QUIET = {"displayModeBar": False, "scrollZoom": False}
CHART = {"scrollZoom": False, "displaylogo": False, "modeBarButtons": [["toImage"]], "displayModeBar": "hover",
         "toImageButtonOptions": {"format": "svg"}}  # fmt: skip


def laid_out(figure: go.Figure, top: int) -> go.Figure:
    """Margins and a legend below that fit a phone."""
    legend = {"orientation": "h", "x": 0, "y": -0.3, "yanchor": "top", "title": None}
    margin = {"l": 8, "r": 8, "t": top, "b": 8}
    return figure.update_layout(legend=legend, margin=margin, dragmode=False, hoverlabel={"align": "left"})

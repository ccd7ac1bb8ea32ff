"""Charts of runs: tables in, figure out. Runs differ by colour, marker and, beyond six, by dashes."""

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.charts import BLUE, GREEN, GREY, ORANGE, VERMILLION

PURPLE, SKY = "#CC79A7", "#56B4E9"
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY)
DASHES = ("solid", "dash", "dashdot", "longdash")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
RANKS = 20
PUBLISHED_RANKS = {"rank_1": 1, "rank_5": 5, "rank_10": 10, "rank_20": 20}
DET_TICKS = (0.001, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95)
DET_RANGE = (0.0005, 0.98)


def picture_config(kind: str, name: str) -> dict[str, Any]:
    """A chart with one button: save it as svg or png."""
    image = {"format": kind, "filename": name, "scale": 2}
    return {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": image,
    }


def cmc_chart(
    means: Mapping[str, pd.DataFrame], published: pd.DataFrame, splits: Mapping[str, pd.DataFrame] | None = None
) -> go.Figure:
    """Share of probes matched within k: the mean over the splits with a band of one standard deviation.

    Args: means: rank, mean, sd by run. published: what the paper prints, dotted. splits: split, rank, share by run, to
        be drawn one by one.
    """
    figure = go.Figure()
    for number, (name, mean) in enumerate(means.items()):
        shown = mean[mean["rank"] <= RANKS]
        _band(figure, shown["rank"], 100 * shown["mean"], 100 * shown["sd"], number, most=100)
        for _, curve in (splits or {}).get(name, pd.DataFrame({"split": []})).groupby("split"):
            part = curve[curve["rank"] <= RANKS]
            line = {"color": _colour(number), "width": 0.8}
            figure.add_scatter(x=part["rank"], y=100 * part["share"], mode="lines", line=line, **_SILENT)
        hover = "rank %{x}: %{y:.1f} ± %{customdata:.1f} %"
        _line(figure, shown["rank"], 100 * shown["mean"], name, number, 100 * shown["sd"], hover)
    for number, row in enumerate(published.to_dict("records")):
        figure.add_scatter(
            x=list(PUBLISHED_RANKS.values()),
            y=[100 * row[rate] for rate in PUBLISHED_RANKS],
            name=row["run"],
            mode="lines+markers",
            line={"color": GREY, "width": 1.5, "dash": "dot"},
            marker={"symbol": f"{SYMBOLS[number % len(SYMBOLS)]}-open", "size": 8},
            hovertemplate=f"{row['run']}<br>rank %{{x}}: %{{y:.1f}} %<extra></extra>",
        )
    figure.update_layout(
        title="Right person among the k nearest",
        xaxis={"title": "rank k", "range": [0.5, RANKS + 0.5], "tickvals": [1, 5, 10, 15, 20]},
        yaxis={"title": "probes matched within k, %"},
    )
    return _laid_out(figure)


def error_chart(curves: Mapping[str, pd.DataFrame], det: bool) -> go.Figure:
    """Error rates of verification, means over the splits: ROC, or DET on the scales of the normal distribution.

    Args: curves: far, mean (of the FRR), sd by run.
    """
    figure = go.Figure()
    for number, (name, curve) in enumerate(curves.items()):
        far, frr = curve["far"].to_numpy(), curve["mean"].to_numpy()
        x, y = (_probit(far), _probit(frr)) if det else (100 * far, 100 * (1 - frr))
        hover = "FAR %{customdata[0]:.1f} %, FRR %{customdata[1]:.1f} %"
        _line(figure, x, y, name, number, 100 * np.stack([far, frr], 1), hover, markers=False)
    if det:
        ticks = {"tickvals": _probit(DET_TICKS), "ticktext": [f"{100 * tick:g}" for tick in DET_TICKS]}
        reach = {"range": _probit(DET_RANGE).tolist(), "zeroline": False, **ticks}
        figure.update_layout(
            title="Errors of verification (DET)",
            xaxis={"title": "pairs of two persons accepted (FAR), %", **reach},
            yaxis={"title": "pairs of one person rejected (FRR), %", **reach},
        )
    else:
        figure.update_layout(
            title="Verification (ROC)",
            xaxis={"title": "pairs of two persons accepted (FAR), %", "range": [-1, 101]},
            yaxis={"title": "pairs of one person accepted, %", "range": [-1, 101]},
        )
    return _laid_out(figure)


def distance_histograms(table: pd.DataFrame, threshold: float) -> go.Figure:
    """Distances of all pairs of a split, of one person and of two, with a threshold.

    Args: table: left, right, same, different: numbers of pairs over the distance.
    """
    figure = go.Figure()
    for column, name, colour in (
        ("same", "pairs of one person", BLUE),
        ("different", "pairs of two persons", ORANGE),
    ):
        share = 100 * table[column] / max(table[column].sum(), 1)
        figure.add_bar(
            x=(table["left"] + table["right"]) / 2,
            y=share,
            width=table["right"] - table["left"],
            name=name,
            marker={"color": colour, "opacity": 0.65, "line": {"width": 0}},
            hovertemplate=f"%{{y:.1f}} % of the {name}<br>around distance %{{x:.2f}}<extra></extra>",
        )
    figure.add_vline(threshold, line={"color": VERMILLION, "width": 3, "dash": "dash"})
    figure.update_layout(
        title="Distances of all pairs of the split",
        xaxis={"title": "distance (smaller is more alike)"},
        yaxis={"title": "share of the pairs, %", "rangemode": "tozero"},
        barmode="overlay",
        bargap=0,
    )
    return _laid_out(figure)


def cost_chart(histories: Mapping[str, pd.DataFrame], cost: str) -> go.Figure:
    """A cost of training over the epochs: the mean over the splits with a band of one standard deviation.

    Args: histories: epoch, mean, sd by run.
    """
    figure = go.Figure()
    for number, (name, history) in enumerate(histories.items()):
        _band(figure, history["epoch"], history["mean"], history["sd"], number)
        hover = "epoch %{x}: %{y:.3f}"
        _line(figure, history["epoch"], history["mean"], name, number, history["sd"], hover, markers=False)
    figure.update_layout(
        title=f"{cost.capitalize()} in training",
        xaxis={"title": "epoch"},
        yaxis={"title": f"{cost}, mean over the steps", "rangemode": "tozero"},
    )
    return _laid_out(figure)


_SILENT: dict[str, Any] = {"showlegend": False, "hoverinfo": "skip"}


def _line(
    figure: go.Figure, x: Any, y: Any, name: str, number: int, custom: Any, hover: str, markers: bool = True
) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        name=name,
        mode="lines+markers" if markers else "lines",
        line={"color": _colour(number), "width": 2.5, "dash": DASHES[number // len(COLOURS) % len(DASHES)]},
        marker={"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 7},
        customdata=custom,
        hovertemplate=f"{name}<br>{hover}<extra></extra>",
    )


def _band(figure: go.Figure, x: Any, mean: Any, sd: Any, number: int, most: float | None = None) -> None:
    """One standard deviation on both sides, between 0 and ``most``."""
    low, high = (np.clip(mean + side * sd, 0, most) for side in (-1, 1))
    red, green, blue = (int(_colour(number)[at : at + 2], 16) for at in (1, 3, 5))
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.15)",
        line={"width": 0},
        mode="lines",
        **_SILENT,
    )


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _probit(shares: Any) -> NDArray[np.float64]:
    """Where the standard normal distribution reaches a share; 0 and 1 are moved inside."""
    inside = np.clip(np.asarray(shares, np.float64), 1e-4, 1 - 1e-4)
    return np.array([NormalDist().inv_cdf(share) for share in inside])


def _laid_out(figure: go.Figure) -> go.Figure:
    """Room for the legend below, whatever the width."""
    legend = {"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "title": None}
    margin = {"l": 8, "r": 8, "t": 56, "b": 8}
    height = 400 + 14 * sum(trace.showlegend is not False for trace in figure.data)
    hover = {"align": "left"}
    return figure.update_layout(legend=legend, margin=margin, height=height, dragmode=False, hoverlabel=hover)

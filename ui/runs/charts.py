"""Charts of runs: tables in, figure out. A model has its colour; its runs differ by dashes and marker."""

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from reid_core.runs import MeasuredOnReal
from ui.charts import SILENT, pair_histograms
from ui.curves import Looks, draw_band, draw_line, laid_out
from ui.style import GREY, GREYS, MARK, OPEN_SYMBOLS, look_of

RANKS = 20
PUBLISHED_RANKS = {"rank_1": 1, "rank_5": 5, "rank_10": 10, "rank_20": 20}
CONTROLS = {"uniform": "uniform attention", "untrained": "untrained weights"}
CONTROL_SYMBOLS = {"uniform": "line-ew-open", "untrained": "circle-open"}
DET_TICKS = (0.001, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95)
DET_RANGE = (0.0005, 0.98)


def cmc_chart(
    means: Mapping[str, pd.DataFrame],
    looks: Looks,
    published: pd.DataFrame,
    splits: Mapping[str, pd.DataFrame] | None = None,
) -> go.Figure:
    """Share of probes matched within k: the mean over the splits with a band of one standard deviation.

    Args: means: rank, mean, sd by run. published: what others print, dotted. splits: split, rank, share by run, to
        be drawn one by one.
    """
    figure = go.Figure()
    for name, mean in means.items():
        shown = mean[mean["rank"] <= RANKS]
        draw_band(figure, shown["rank"], 100 * shown["mean"], 100 * shown["sd"], looks[name], most=100)
        for _, curve in (splits or {}).get(name, pd.DataFrame({"split": []})).groupby("split"):
            part = curve[curve["rank"] <= RANKS]
            line = {"color": looks[name].colour, "width": 0.8}
            figure.add_scatter(x=part["rank"], y=100 * part["share"], mode="lines", line=line, **SILENT)
        hover = "rank %{x}: %{y:.1f} ± %{customdata:.1f} %"
        draw_line(figure, shown["rank"], 100 * shown["mean"], name, looks[name], 100 * shown["sd"], hover)
    for number, row in enumerate(published.to_dict("records")):
        figure.add_scatter(
            x=list(PUBLISHED_RANKS.values()),
            y=[100 * row[rate] for rate in PUBLISHED_RANKS],
            name=row["run"],
            mode="lines+markers",
            line={"color": GREY, "width": 1.5, "dash": "dot"},
            marker={"symbol": OPEN_SYMBOLS[number % len(OPEN_SYMBOLS)], "size": 8},
            hovertemplate=f"{row['run']}<br>rank %{{x}}: %{{y:.1f}} %<extra></extra>",
        )
    figure.update_layout(
        title="Right person among the k nearest",
        xaxis={"title": "rank k", "range": [0.5, RANKS + 0.5], "tickvals": [1, 5, 10, 15, 20]},
        yaxis={"title": "probes matched within k, %"},
    )
    return laid_out(figure)


def error_chart(curves: Mapping[str, pd.DataFrame], looks: Looks, scale: str) -> go.Figure:
    """Error rates of verification, means over the splits.

    Args: curves: far, mean (of the FRR), sd by run. scale: "roc"; "log", its FAR on a log scale, from the smallest that
        was measured; "det", both errors on the scales of the normal distribution.
    """
    figure = go.Figure()
    for name, curve in curves.items():
        far, frr = curve["far"].to_numpy(), curve["mean"].to_numpy()
        x, y = (_probit(far), _probit(frr)) if scale == "det" else (100 * far, 100 * (1 - frr))
        hover = "FAR %{customdata[0]:.2g} %, FRR %{customdata[1]:.1f} %"
        draw_line(figure, x, y, name, looks[name], 100 * np.stack([far, frr], 1), hover, markers=False)
    if scale == "det":
        return laid_out(_det(figure))
    reach: dict[str, Any] = {"range": [-1, 101]}
    if scale == "log":
        least = min((100 * curve["far"][curve["far"] > 0].min() for curve in curves.values()), default=np.nan)
        low = np.log10(least) if np.isfinite(least) else -1
        reach = {"type": "log", "range": [low, 2], "dtick": 1, "exponentformat": "none"}
    figure.update_layout(
        title="Verification (ROC)",
        xaxis={"title": "pairs of two persons accepted (FAR), %", **reach},
        yaxis={"title": "pairs of one person accepted, %", "range": [-1, 101]},
    )
    return laid_out(figure)


def _det(figure: go.Figure) -> go.Figure:
    """Both axes in percent on the scales of the normal distribution."""
    ticks = {"tickvals": _probit(DET_TICKS), "ticktext": [f"{100 * tick:g}" for tick in DET_TICKS]}
    reach = {"range": _probit(DET_RANGE).tolist(), "zeroline": False, **ticks}
    return figure.update_layout(
        title="Errors of verification (DET)",
        xaxis={"title": "pairs of two persons accepted (FAR), %", **reach},
        yaxis={"title": "pairs of one person rejected (FRR), %", **reach},
    )


def distance_histograms(table: pd.DataFrame, threshold: float) -> go.Figure:
    """Distances of all pairs of a split, of one person and of two, with a threshold.

    Args: table: left, right, same, different: numbers of pairs over the distance, bin after bin.
    """
    figure = pair_histograms([*table["left"], *table["right"][-1:]], table["same"], table["different"])
    figure.add_vline(threshold, line={"color": MARK, "width": 3, "dash": "dash"})
    return laid_out(figure.update_layout(title="Distances of all pairs of the split"))


def sweep_chart(curves: Mapping[str, pd.DataFrame], looks: Looks) -> go.Figure:
    """Rank 1 over the position of a cover, mean over the splits: runs with bands, their controls thin and without.

    Args: curves: control, position (0 to 1), mean, sd by run.
    """
    figure = go.Figure()
    for name, curve in curves.items():
        for control, rows in curve.groupby("control", sort=False):
            x, mean, sd = 100 * rows["position"], 100 * rows["mean"], 100 * rows["sd"]
            if control == "trained":
                draw_band(figure, x, mean, sd, looks[name], most=100)
            hover = "cover at %{x:.0f} %: %{y:.1f} ± %{customdata:.1f} %"
            draw_line(figure, x, mean, controlled(name, str(control)), looks[name], sd, hover)
            if control != "trained":
                figure.data[-1].update(
                    line={"width": 1.2, "dash": "dot"}, marker={"symbol": CONTROL_SYMBOLS[str(control)]}
                )
    figure.update_layout(
        title="Rank 1 by where the cover is",
        xaxis={"title": "position of the cover, % (0: start, 100: end)", "range": [-3, 103]},
        yaxis={"title": "rank 1, %", "rangemode": "tozero"},
    )
    return laid_out(figure)


def thirds_chart(shares: pd.DataFrame, measure: str) -> go.Figure:
    """How importance is spread over the thirds of a clip, a bar a run; dotted: a third each.

    Args: shares: first, middle, last, each 0 to 1, by run. measure: in words.
    """
    figure = go.Figure()
    for column, colour, pattern in zip(("first", "middle", "last"), GREYS, ("/", "", "\\"), strict=True):
        figure.add_bar(
            y=shares.index,
            x=100 * shares[column],
            orientation="h",
            name=f"{column} third",
            marker={
                "color": colour,
                "pattern": {"shape": pattern, "size": 6, "fillmode": "overlay", "fgopacity": 0.5},
                "line": {"width": 0},
            },
            hovertemplate=f"%{{y}}, {column} third: %{{x:.0f}} %<extra></extra>",
        )
    for third in (1, 2):
        figure.add_vline(100 * third / 3, line={"color": GREY, "width": 2, "dash": "dot"})
    figure.update_layout(
        title=f"Where importance lies: {measure}",
        xaxis={"title": "share of the importance, %", "range": [0, 100]},
        yaxis={"autorange": "reversed", "title": None},
        barmode="stack",
    )
    below = {"y": 0, "yref": "container", "yanchor": "bottom", "traceorder": "normal"}
    return laid_out(figure).update_layout(height=200 + 34 * len(shares), legend=below, margin_b=72)


def real_chart(rows: Mapping[str, MeasuredOnReal], synthetic: Mapping[str, Sequence[float]]) -> go.Figure:
    """Rank 1 of checkpoints on real people with its interval, and on synthetic ones.

    Args: rows: what was measured, by title. synthetic: rank 1 in each split, by checkpoint.
    """
    figure, spreads = go.Figure(), {title: 100 * np.array(row.figures["rank_1"]) for title, row in rows.items()}
    colours = [look_of(row.checkpoint).colour if row.checkpoint else GREY for row in rows.values()]
    rates = [100 * float(np.mean(synthetic.get(row.checkpoint, np.nan))) for row in rows.values()]
    value, low, high = np.array(list(spreads.values())).T
    for name, x, symbol in (("synthetic people", rates, "circle-open"), ("real people", value, "diamond")):
        figure.add_scatter(
            x=x,
            y=list(rows),
            name=name,
            mode="markers",
            marker={"symbol": symbol, "size": 13, "color": colours, "line": {"width": 2, "color": colours}},
            hovertemplate=f"%{{y}}, {name}: %{{x:.1f}} %<extra></extra>",
        )
    figure.data[-1].error_x = {"array": high - value, "arrayminus": value - low, "color": GREY, "thickness": 1.5}
    figure.update_layout(
        title="Rank 1 on synthetic and on real people",
        xaxis={"title": "rank 1, %", "range": [0, 102]},
        yaxis={"autorange": "reversed", "title": None},
    )
    return laid_out(figure).update_layout(height=170 + 34 * len(rows))


def controlled(name: str, control: str) -> str:
    """What a run is called under a control."""
    return name if control == "trained" else f"{name}, {CONTROLS[control]}"


def _probit(shares: Any) -> NDArray[np.float64]:
    """Where the standard normal distribution reaches a share; 0 and 1 are moved inside."""
    inside = np.clip(np.asarray(shares, np.float64), 1e-4, 1 - 1e-4)
    return np.array([NormalDist().inv_cdf(share) for share in inside])

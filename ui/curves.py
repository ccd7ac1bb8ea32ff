"""Curves with bands over epochs, ranks or positions, for the pages that show runs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ui.charts import SILENT
from ui.style import GREY, Look, layout

Looks = Mapping[str, Look]  # by run, of ``ui.style.run_looks``
FEW_EPOCHS = 12  # that a tick each has room for


def cost_chart(histories: Mapping[str, pd.DataFrame], looks: Looks, cost: str) -> go.Figure:
    """A cost of training over the epochs, as of ``learning_chart``."""
    return learning_chart(histories, looks, f"{cost.capitalize()} in training", f"{cost}, mean over the steps")


def held_out_chart(histories: Mapping[str, pd.DataFrame], looks: Looks) -> go.Figure:
    """Rank 1 on people held out, over the epochs, as of ``learning_chart``. Args: histories: with shares of 0 to 1."""
    percent = {
        name: history.assign(mean=100 * history["mean"], sd=100 * history["sd"]) for name, history in histories.items()
    }
    figure = learning_chart(percent, looks, "Rank 1 on people held out", "rank 1, %")
    return figure.update_yaxes(range=[0, 105])


def learning_chart(histories: Mapping[str, pd.DataFrame], looks: Looks, title: str, axis: str) -> go.Figure:
    """What is measured over the epochs of training: the mean over the splits with a band of one standard deviation.

    A line ends where a stage of its training ends; a dotted line names the part of the network that is trained next.

    Args: histories: epoch, part, mean, sd by run.
    """
    figure = go.Figure()
    starts: dict[float, list[str]] = {}
    last = max((int(history["epoch"].max()) for history in histories.values() if len(history)), default=0)
    for name, history in histories.items():
        for place, stage in enumerate(_stages(history)):
            part = str(stage["part"].iloc[0])
            starts.setdefault(float(stage["epoch"].iloc[0]), []).append(part)
            draw_band(figure, stage["epoch"], stage["mean"], stage["sd"], looks[name])
            hover = f"epoch %{{x}} ({part}): %{{y:.3f}}" if part else "epoch %{x}: %{y:.3f}"
            draw_line(
                figure, stage["epoch"], stage["mean"], name, looks[name], stage["sd"], hover, markers=len(stage) == 1
            )
            figure.data[-1].update(showlegend=place == 0, legendgroup=name)
    for start, parts in starts.items():
        words = " or ".join(dict.fromkeys(part for part in parts if part))
        figure.add_vline(start - 0.5, line={"color": GREY, "width": 1, "dash": "dot"}, annotation_text=words)
    figure.update_annotations(xanchor="left", yanchor="bottom", y=1, font={"color": GREY})
    figure.update_layout(
        title=title,
        xaxis={"title": "epoch", "dtick": 1 if last <= FEW_EPOCHS else None},
        yaxis={"title": axis, "rangemode": "tozero"},
    )
    return laid_out(figure)


def draw_line(
    figure: go.Figure, x: Any, y: Any, name: str, look: Look, custom: Any, hover: str, markers: bool = True
) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        name=name,
        mode="lines+markers" if markers else "lines",
        line={"color": look.colour, "width": 2.5, "dash": look.dash},
        marker={"symbol": look.symbol, "size": 7},
        customdata=custom,
        hovertemplate=f"{name}<br>{hover}<extra></extra>",
    )


def draw_band(figure: go.Figure, x: Any, mean: Any, sd: Any, look: Look, most: float | None = None) -> None:
    """One standard deviation on both sides, between 0 and ``most``."""
    low, high = (np.clip(mean + side * sd, 0, most) for side in (-1, 1))
    red, green, blue = (int(look.colour[at : at + 2], 16) for at in (1, 3, 5))
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.15)",
        line={"width": 0},
        mode="lines",
        **SILENT,
    )


def _stages(history: pd.DataFrame) -> list[pd.DataFrame]:
    """The epochs of one part of the network after the other."""
    return [stage for _, stage in history.groupby((history["part"] != history["part"].shift()).cumsum())]


def laid_out(figure: go.Figure) -> go.Figure:
    """Room for the legend below, whatever the width."""
    height = 400 + 14 * sum(trace.showlegend is not False for trace in figure.data)
    return figure.update_layout(layout(height, legend=-0.2))

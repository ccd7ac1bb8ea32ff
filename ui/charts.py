"""Charts of several pages: numbers in, figure out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from reid_core.evaluation import Comparison
from ui.style import DIFFERENT, GREY, SAME, layout, look_of
from ui.words import model_title

SILENT: dict[str, Any] = {"showlegend": False, "hoverinfo": "skip"}


def before_and_after(before: Sequence[Comparison], after: Sequence[Comparison], names: tuple[str, str]) -> go.Figure:
    """How sure each model is that a pair is one person, before and after something was done to it."""
    models = [model_title(result.checkpoint) for result in before]
    sure = [100 * np.array([result.probability_same for result in results]) for results in (before, after)]
    figure = go.Figure()
    looks = [look_of(result.checkpoint) for result in before]
    for model, look, x0, x1 in zip(models, looks, *sure, strict=True):
        figure.add_scatter(x=[x0, x1], y=[model] * 2, mode="lines", line={"color": look.colour, "width": 3}, **SILENT)
    for results, x, name, symbol in zip((before, after), sure, names, ("circle-open", "diamond"), strict=True):
        mark = {"size": 15, "symbol": symbol, "line": {"width": 3 if symbol.endswith("open") else 0}}
        figure.add_scatter(
            x=x,
            y=models,
            mode="markers",
            marker=mark | {"color": [look.colour for look in looks]},
            text=[result.answer.lower() for result in results],
            hovertemplate=f"%{{y}}, {name}: %{{x:.0f}} %, %{{text}}<extra></extra>",
            showlegend=False,
        )
        figure.add_scatter(x=[None], y=[models[0]], mode="markers", name=name, marker=mark | {"color": GREY})
    figure.add_vline(50, line={"color": GREY, "width": 1, "dash": "dash"})
    figure.update_layout(
        title="How sure is each model that this is one person?",
        xaxis={"title": "probability of the same person, %", "range": [-4, 104], "tickvals": [0, 25, 50, 75, 100]},
        yaxis={"autorange": "reversed", "title": None},
        **layout(330, 60),
    )
    return figure


def before_and_after_in_words(before: Sequence[Comparison], after: Sequence[Comparison]) -> str:
    """The alternative text of ``before_and_after``."""
    return "Probability of the same person, before and after: " + "; ".join(
        f"{model_title(b.checkpoint)} {100 * b.probability_same:.0f} % and {100 * a.probability_same:.0f} %"
        for b, a in zip(before, after, strict=True)
    )


def pair_histograms(edges: ArrayLike, same: ArrayLike, different: ArrayLike) -> go.Figure:
    """Distances of pairs of one person and of two, in percent of each kind.

    Args: edges: of the bins, (K + 1,). same, different: numbers of pairs, (K,).
    """
    bins = np.asarray(edges, np.float64)
    figure = go.Figure()
    for counts, name, colour in ((same, "pairs of one person", SAME), (different, "pairs of two persons", DIFFERENT)):
        figure.add_bar(
            x=(bins[:-1] + bins[1:]) / 2,
            y=100 * np.asarray(counts) / max(np.sum(counts), 1),
            width=np.diff(bins),
            name=name,
            marker={"color": colour, "opacity": 0.65, "line": {"width": 0}},
            hovertemplate=f"%{{y:.1f}} % of the {name}<br>around distance %{{x:.2f}}<extra></extra>",
        )
    return figure.update_layout(
        xaxis={"title": "distance (smaller is more alike)"},
        yaxis={"title": "share of the pairs, %", "rangemode": "tozero", "nticks": 5},
        barmode="overlay",
        bargap=0,
    )

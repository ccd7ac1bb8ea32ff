"""Charts: arrays in, figure out. Colours are Okabe and Ito's, which colour-blind people can tell apart."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from reid_core.evaluation import Comparison
from ui.style import BLUE, GREY, VERMILLION, laid_out
from ui.words import ANSWERS, model_title


def before_and_after(before: Sequence[Comparison], after: Sequence[Comparison], names: tuple[str, str]) -> go.Figure:
    """How sure each model is that a pair is one person, before and after something was done to it."""
    models = [model_title(result.checkpoint) for result in before]
    sure = [100 * np.array([result.probability_same for result in results]) for results in (before, after)]
    figure = go.Figure()
    for model, x0, x1 in zip(models, *sure, strict=True):
        figure.add_scatter(
            x=[x0, x1],
            y=[model, model],
            mode="lines",
            line={"color": GREY, "width": 3},
            showlegend=False,
            hoverinfo="skip",
        )
    for results, x, name, colour, symbol in zip(
        (before, after), sure, names, (BLUE, VERMILLION), ("circle", "diamond"), strict=True
    ):
        figure.add_scatter(
            x=x,
            y=models,
            mode="markers",
            name=name,
            marker={"color": colour, "size": 15, "symbol": symbol},
            text=[ANSWERS[result.verdict].lower() for result in results],
            hovertemplate=f"%{{y}}, {name}: %{{x:.0f}} %, %{{text}}<extra></extra>",
        )
    figure.add_vline(50, line={"color": GREY, "width": 1, "dash": "dash"})
    figure.update_layout(
        title="How sure is each model that this is one person?",
        xaxis={"title": "probability of the same person, %", "range": [-4, 104], "tickvals": [0, 25, 50, 75, 100]},
        yaxis={"autorange": "reversed", "title": None},
        height=330,
    )
    return laid_out(figure, top=60)


def before_and_after_in_words(before: Sequence[Comparison], after: Sequence[Comparison]) -> str:
    """The alternative text of ``before_and_after``."""
    return "Probability of the same person, before and after: " + "; ".join(
        f"{model_title(b.checkpoint)} {100 * b.probability_same:.0f} % and {100 * a.probability_same:.0f} %"
        for b, a in zip(before, after, strict=True)
    )

"""How charts look: lines and marks of each model on every page, and what all charts share."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reid_core.explain import colour_of, colours

MARK = "#9040F0"  # what is looked at: a frame, a cover, a threshold, this pair
GREY = colours.GREY
GREYS = ("#555B66", GREY, "#C3C8D0")
SAME, DIFFERENT = colours.SKY, colours.PURPLE  # pairs of one person, of two

QUIET = {"displayModeBar": False, "scrollZoom": False}


@dataclass(frozen=True)
class Look:
    """How the lines and marks of a model or a run are drawn."""

    colour: str
    dash: str
    symbol: str


LOOKS = {
    model: Look(colour_of(model), dash, symbol)
    for model, dash, symbol in (
        ("utrcnn", "solid", "circle"),
        ("bptt", "dash", "square"),
        ("sab", "10px,3px,2px,3px,2px,3px", "hexagon"),
        ("rcnn", "dot", "diamond"),
        ("mean", "dashdot", "triangle-up"),
    )
}
OTHER_LOOKS = tuple(map(Look, colours.OTHERS, ("longdash", "longdashdot"), ("x", "star")))
RUN_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = tuple(look.symbol for look in (*LOOKS.values(), *OTHER_LOOKS))
OPEN_SYMBOLS = tuple(f"{symbol}-open" for symbol in SYMBOLS)  # of what was not measured here


def look_of(model: str) -> Look:
    """A model's look is a function of its name alone, so it is the same on every page and in every company."""
    return LOOKS.get(model) or next(look for look in OTHER_LOOKS if look.colour == colour_of(model))


def model_of(head: str, variant: str) -> str:
    """The model of a run: its variant where that ships under a name of its own, else its head."""
    return variant if variant in LOOKS else head


def run_looks(models: Mapping[str, str]) -> dict[str, Look]:
    """How runs are drawn that are shown together: in the colour of their model, and one of a model unlike the next.

    The first is drawn solid, with the model's own symbol. Args: models: the model of each run, by the run's name.
    """
    before: Counter[str] = Counter()
    found = {}
    for run, model in models.items():
        look = look_of(model)
        turn = before[look.colour]
        before[look.colour] += 1
        symbol = SYMBOLS[(SYMBOLS.index(look.symbol) + turn) % len(SYMBOLS)]
        found[run] = Look(look.colour, RUN_DASHES[turn % len(RUN_DASHES)], symbol)
    return found


def layout(height: int, top: int = 56, legend: float = -0.28) -> dict[str, Any]:
    """What all charts share: margins and a legend below that fit a phone, and no dragging.

    Args: height, top: of the figure and above the plot, px. legend: where it begins, in heights of the plot.
    """
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": top, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": legend, "yanchor": "top", "title": None},
        "dragmode": False,
        "hoverlabel": {"align": "left"},
    }


def picture_config(kind: str, name: str) -> dict[str, Any]:
    """A chart with one button: save it. Args: kind: svg or png. name: of the file."""
    return QUIET | {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": kind, "filename": name, "scale": 2},
    }


CHART = picture_config("svg", "chart") | {"displayModeBar": "hover"}

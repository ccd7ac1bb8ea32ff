"""One name and one colour for each model, on every page and in every picture.

Colours are Okabe and Ito's, which colour-blind people can tell apart, on light and dark ground.
"""

from zlib import crc32

MODEL_WORDS = {
    "utrcnn": "UTRCNN",
    "bptt": "BPTT",
    "sab": "SAB",
    "rcnn": "RCNN",
    "mean": "Mean",
}
BLUE, ORANGE, VERMILLION, GREEN = "#0072B2", "#E69F00", "#D55E00", "#009E73"
BROWN = "#994433"  # ours, as far from the others as can be
PURPLE, SKY, GREY = "#CC79A7", "#56B4E9", "#8A8F98"
COLOURS = {"utrcnn": BLUE, "bptt": VERMILLION, "sab": BROWN, "rcnn": ORANGE, "mean": GREEN}
OTHERS = (SKY, PURPLE)


def colour_of(model: str) -> str:
    """A model's colour, #RRGGBB: a function of its name alone, so it is the same everywhere and in every company."""
    return COLOURS.get(model) or OTHERS[crc32(model.encode()) % len(OTHERS)]


def rgb(colour: str) -> tuple[int, ...]:
    """The three bytes of #RRGGBB."""
    return tuple(bytes.fromhex(colour[1:]))


def model_title(name: str) -> str:
    """What a checkpoint is called."""
    return MODEL_WORDS.get(name, name)

"""Who walks in the wide world: printed clothes, children, umbrellas, bicycles, and more people who look alike."""

import colorsys
from dataclasses import replace
from typing import Any

import numpy as np

from reid_core.data.synthetic.cloth import Colour, Print
from reid_core.data.synthetic.people import VISIBLE, Person, cloth_colour, pick, sibling, stranger

TOP_PRINTS = {
    "stripes": 0.15,
    "check": 0.13,
    "picture": 0.16,
    "letters": 0.1,
    "blocks": 0.13,
    "wear": 0.09,
    "knit": 0.06,
    "dye": 0.05,
    "flowers": 0.04,
    "camouflage": 0.03,
    "dots": 0.03,
    "denim": 0.03,
}
LOWER_PRINTS = {
    "denim": 0.5,
    "wear": 0.2,
    "blocks": 0.1,
    "check": 0.05,
    "camouflage": 0.05,
    "flowers": 0.03,
    "stripes": 0.03,
    "dye": 0.04,
}
SIBLING_SHARE = 0.5
_NOT_OF_CHILDREN = ("height", "girth")
_SWAPPED = (
    *(name for name in VISIBLE if name not in _NOT_OF_CHILDREN),
    *("top_print", "lower_print", "top_print", "bag_print", "top", "collar", "sleeves"),
)


def citizen(seed: int, pid: int) -> Person:
    """Draw person ``pid`` of the wide world ``seed``, the same whatever the number of persons.

    Half of them are siblings, as in ``person``.

    Args: seed: of the data set, >= 0. pid: number of the person, >= 1.
    Raises: ValueError: seed or pid is out of range.
    """
    if seed < 0 or pid < 1:
        raise ValueError(f"expected seed >= 0 and pid >= 1, got seed {seed} and pid {pid}")
    rng = np.random.default_rng((seed, pid, 8))
    fresh = newcomer(rng, pid)
    if pid == 1 or rng.random() >= SIBLING_SHARE:
        return fresh
    return sibling(rng, citizen(seed, int(rng.integers(1, pid))), fresh, newcomer, _SWAPPED)


def newcomer(rng: np.random.Generator, pid: int = 0) -> Person:
    """Draw an identity of the wide world that depends on nothing but the generator."""
    base = stranger(rng, pid)
    return replace(base, **_cloths(base, rng), **_luggage(rng), **(_child(rng) if rng.random() < 0.07 else {}))


def _cloths(base: Person, rng: np.random.Generator) -> dict[str, Any]:
    printed = rng.random() < 0.5
    plain = printed or rng.random() < 0.45
    return {
        "top_colour": _vivid(rng) if rng.random() < 0.15 else base.top_colour,
        "lower_colour": _vivid(rng) if rng.random() < 0.06 else base.lower_colour,
        "pattern": "plain" if plain else base.pattern,
        "top_print": _print(rng, TOP_PRINTS) if printed else None,
        "lower_print": _print(rng, LOWER_PRINTS) if rng.random() < 0.45 else None,
        "scarf": cloth_colour(rng) if rng.random() < 0.08 else base.scarf,
    }


def _luggage(rng: np.random.Generator) -> dict[str, Any]:
    """More kinds of bags, and what few people take along."""
    rare = rng.choice(("umbrella", "bicycle", "trolley", ""), p=[0.035, 0.04, 0.03, 0.895])
    return {
        "bag_size": round(float(np.clip(rng.lognormal(0, 0.25), 0.6, 1.6)), 2),
        "bag_print": _print(rng, TOP_PRINTS) if rng.random() < 0.4 else None,
        **({str(rare): cloth_colour(rng) if rng.random() < 0.6 else _vivid(rng)} if rare else {}),
    }


def _child(rng: np.random.Generator) -> dict[str, Any]:
    """Small and slight; the head stays large."""
    height = float(rng.uniform(1.02, 1.45))
    girth = float(np.clip(0.52 + 0.32 * (height - 1), 0.5, 0.75) * rng.normal(1.12, 0.08))
    return {"height": round(height, 3), "girth": round(girth, 3), "shoulders": 0.92, "beard": False}


def _print(rng: np.random.Generator, shares: dict[str, float]) -> Print:
    second = _vivid(rng) if rng.random() < 0.4 else cloth_colour(rng)
    return Print(pick(rng, shares), (second, cloth_colour(rng)), int(rng.integers(1 << 30)))


def _vivid(rng: np.random.Generator) -> Colour:
    """Any colour at all."""
    hue, saturation, value = rng.random(), rng.uniform(0.25, 1), rng.uniform(0.25, 0.95)
    red, green, blue = (int(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, value))
    return red, green, blue

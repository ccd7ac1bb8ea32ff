"""Who walks: an identity is a handful of things that can be seen of a person from afar."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from reid_core.data.synthetic.cloth import Colour, Print

SKINS: tuple[Colour, ...] = (
    (236, 200, 178),
    (224, 178, 150),
    (201, 150, 116),
    (168, 116, 84),
    (122, 82, 60),
    (82, 56, 44),
)
HAIR_COLOURS: tuple[Colour, ...] = (
    (22, 19, 18),
    (38, 28, 22),
    (66, 44, 30),
    (104, 72, 46),
    (176, 140, 88),
    (150, 148, 146),
    (206, 204, 200),
    (120, 52, 30),
)
# colour, share among tops, share among trousers and skirts: what people wear in a street is mostly dark
CLOTHES: tuple[tuple[Colour, float, float], ...] = (
    ((22, 22, 25), 0.19, 0.24),  # black
    ((28, 34, 58), 0.10, 0.11),  # navy
    ((52, 53, 57), 0.08, 0.09),  # charcoal
    ((112, 114, 118), 0.08, 0.06),  # grey
    ((62, 84, 122), 0.05, 0.17),  # denim
    ((40, 52, 82), 0.02, 0.10),  # dark denim
    ((128, 150, 182), 0.03, 0.04),  # washed denim
    ((150, 134, 100), 0.03, 0.06),  # khaki
    ((226, 226, 222), 0.09, 0.02),  # white
    ((200, 186, 160), 0.05, 0.04),  # beige
    ((88, 64, 48), 0.06, 0.04),  # brown
    ((78, 84, 54), 0.04, 0.02),  # olive
    ((172, 28, 34), 0.05, 0.005),  # red
    ((96, 28, 42), 0.03, 0.005),  # burgundy
    ((44, 88, 168), 0.04, 0.005),  # blue
    ((38, 104, 72), 0.02, 0.0),  # green
    ((28, 118, 124), 0.015, 0.0),  # teal
    ((214, 178, 48), 0.01, 0.0),  # yellow
    ((218, 104, 38), 0.01, 0.0),  # orange
    ((212, 128, 156), 0.015, 0.0),  # pink
    ((96, 62, 120), 0.01, 0.0),  # purple
    ((150, 186, 214), 0.02, 0.0),  # light blue
)
SHOES: tuple[tuple[Colour, float], ...] = (
    ((20, 19, 20), 0.42),
    ((72, 48, 34), 0.18),
    ((228, 228, 226), 0.20),
    ((110, 110, 112), 0.12),
    ((170, 36, 40), 0.04),
    ((40, 60, 120), 0.04),
)

HAIR_STYLES = {"short": 0.46, "bald": 0.07, "crop": 0.12, "bob": 0.10, "long": 0.15, "ponytail": 0.06, "bun": 0.04}
HEADWEAR = {"none": 0.78, "cap": 0.06, "beanie": 0.05, "hat": 0.03, "hood": 0.05, "headscarf": 0.03}
TOPS = {"shirt": 0.28, "sweater": 0.2, "jacket": 0.26, "puffer": 0.13, "coat": 0.13}
LOWERS = {
    "trousers": 0.5,
    "skinny": 0.16,
    "wide": 0.1,
    "flared": 0.05,
    "shorts": 0.06,
    "skirt": 0.08,
    "long skirt": 0.05,
}
PATTERNS = {
    "plain": 0.56,
    "stripes": 0.07,
    "pinstripes": 0.04,
    "plaid": 0.06,
    "yoke": 0.06,
    "band": 0.05,
    "logo": 0.07,
    "raglan": 0.05,
    "blotches": 0.04,
}
COLLARS = {"none": 0.4, "collar": 0.28, "hood": 0.22, "fur": 0.04, "turtleneck": 0.06}
SIBLING_SHARE = 0.3


@dataclass(frozen=True)
class Person:
    """One identity; lengths in metres, colours as RGB, an absent thing is None."""

    pid: int
    height: float
    girth: float
    shoulders: float
    skin: Colour
    hair: str
    hair_colour: Colour
    beard: bool
    headwear: str
    headwear_colour: Colour
    top: str
    top_colour: Colour
    sleeves: str
    length: float
    inner_colour: Colour | None
    collar: str
    scarf: Colour | None
    pattern: str
    pattern_colour: Colour
    lower: str
    lower_colour: Colour
    tights: bool
    shoes: Colour
    boots: bool
    backpack: Colour | None
    shoulder_bag: Colour | None
    hand_bag: Colour | None
    papers: bool
    swing: float
    stride: float
    lean: float
    # what only the wide world has
    top_print: Print | None = None
    lower_print: Print | None = None
    bag_print: Print | None = None
    bag_size: float = 1.0
    umbrella: Colour | None = None
    bicycle: Colour | None = None
    trolley: Colour | None = None

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("hair", self.hair, HAIR_STYLES),
            ("headwear", self.headwear, HEADWEAR),
            ("top", self.top, TOPS),
            ("sleeves", self.sleeves, ("none", "short", "long")),
            ("collar", self.collar, COLLARS),
            ("pattern", self.pattern, PATTERNS),
            ("lower", self.lower, LOWERS),
        ):
            if value not in allowed:
                raise ValueError(f"Person.{name} is {value!r}; allowed are {', '.join(allowed)}")
        if not 1.0 <= self.height <= 2.3:
            raise ValueError(f"Person.height is {self.height}; allowed are 1.0 to 2.3 metres")


def person(seed: int, pid: int) -> Person:
    """Draw person ``pid`` of the data set ``seed``, the same whatever the number of persons.

    A share of persons are siblings: an earlier person but for one or two things.

    Args: seed: of the data set, >= 0. pid: number of the person, >= 1.
    Raises: ValueError: seed or pid is out of range.
    """
    if seed < 0 or pid < 1:
        raise ValueError(f"expected seed >= 0 and pid >= 1, got seed {seed} and pid {pid}")
    rng = np.random.default_rng((seed, pid, 0))
    fresh = stranger(rng, pid)
    if pid == 1 or rng.random() >= SIBLING_SHARE:
        return fresh
    return sibling(rng, person(seed, int(rng.integers(1, pid))), fresh, stranger, VISIBLE)


def stranger(rng: np.random.Generator, pid: int = 0) -> Person:
    """Draw an identity that depends on nothing but the generator."""
    return Person(pid=pid, **_body(rng), **_head(rng), **_clothes(rng), **_things(rng))


# what two siblings may differ in, often named twice: in what is seen best
VISIBLE = (
    *(
        "top_colour",
        "lower_colour",
        "top_colour",
        "lower_colour",
        "lower",
        "hair",
        "hair_colour",
        "headwear",
        "pattern",
    ),
    *("inner_colour", "length", "shoes", "backpack", "shoulder_bag", "hand_bag", "scarf", "skin", "girth", "height"),
)
_CLEAR = {"girth": 0.2, "height": 0.12, "length": 0.15}  # a smaller difference cannot be seen
_CLEAR_COLOUR = 90  # sum over R, G, B


def differences(a: Person, b: Person) -> tuple[str, ...]:
    """Name the fields, other than the number, in which two persons differ."""
    return tuple(f.name for f in fields(Person) if f.name != "pid" and getattr(a, f.name) != getattr(b, f.name))


def sibling(
    rng: np.random.Generator,
    model: Person,
    fresh: Person,
    draw: Callable[[np.random.Generator], Person],
    visible: Sequence[str],
) -> Person:
    """Copy ``model`` and take one or two clearly different of the ``visible`` fields from other persons."""
    count = int(rng.integers(1, 3))
    alike = replace(model, pid=fresh.pid)
    while len(differences(alike, model)) < count:
        name = str(rng.choice(visible))
        value = getattr(draw(rng), name)
        if _clearly_different(name, getattr(model, name), value):
            alike = replace(alike, **{name: value})
    return alike


def _clearly_different(name: str, a: Any, b: Any) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return float(np.abs(np.subtract(a, b)).sum()) >= _CLEAR_COLOUR
    return abs(a - b) >= _CLEAR[name] if name in _CLEAR else bool(a != b)


def pick(rng: np.random.Generator, shares: dict[str, float]) -> str:
    weights = np.fromiter(shares.values(), float)
    return list(shares)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def _shade(rng: np.random.Generator, colour: Colour, spread: float = 9.0) -> Colour:
    """Vary a colour a little in brightness and tint."""
    varied = np.array(colour) * rng.normal(1.0, 0.1) + rng.normal(0.0, spread, 3) * (0.3 + np.array(colour) / 255)
    red, green, blue = np.clip(varied, 12, 240).astype(int).tolist()
    return red, green, blue


def cloth_colour(rng: np.random.Generator, column: int = 1) -> Colour:
    shares = np.array([row[column] for row in CLOTHES], float)
    return _shade(rng, CLOTHES[int(rng.choice(len(shares), p=shares / shares.sum()))][0])


def _maybe_cloth(rng: np.random.Generator, probability: float) -> Colour | None:
    colour = cloth_colour(rng)
    return colour if rng.random() < probability else None


def _body(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "height": round(float(np.clip(rng.normal(1.72, 0.09), 1.5, 1.95)), 3),
        "girth": round(float(np.clip(rng.lognormal(0.0, 0.13), 0.8, 1.45)), 3),
        "shoulders": round(float(np.clip(rng.normal(1.0, 0.06), 0.86, 1.14)), 3),
        "swing": round(float(np.clip(rng.normal(1.0, 0.3), 0.3, 1.7)), 3),
        "stride": round(float(np.clip(rng.normal(1.0, 0.12), 0.7, 1.3)), 3),
        "lean": round(float(rng.normal(0.04, 0.04)), 3),
    }


def _head(rng: np.random.Generator) -> dict[str, Any]:
    skin = int(rng.choice(len(SKINS), p=[0.3, 0.28, 0.16, 0.1, 0.09, 0.07]))
    hair = int(
        rng.choice(len(HAIR_COLOURS), p=[0.3, 0.24, 0.18, 0.1, 0.07, 0.05, 0.04, 0.02] if skin < 3 else _DARK_HAIR)
    )
    return {
        "skin": _shade(rng, SKINS[skin], 4.0),
        "hair": pick(rng, HAIR_STYLES),
        "hair_colour": _shade(rng, HAIR_COLOURS[hair], 4.0),
        "beard": bool(rng.random() < 0.12),
        "headwear": pick(rng, HEADWEAR),
        "headwear_colour": cloth_colour(rng),
    }


_DARK_HAIR = [0.75, 0.15, 0.04, 0.01, 0.0, 0.03, 0.02, 0.0]


def _clothes(rng: np.random.Generator) -> dict[str, Any]:
    top = pick(rng, TOPS)
    outer = top in ("jacket", "puffer", "coat")
    bare = {"none": 0.06, "short": 0.5, "long": 0.44} if top == "shirt" else {"long": 1.0}
    longest = {"coat": (0.28, 0.62), "jacket": (0.02, 0.18), "puffer": (0.0, 0.2)}.get(top, (0.0, 0.1))
    shoe = int(rng.choice(len(SHOES), p=[share for _, share in SHOES]))
    return {
        "top": top,
        "top_colour": cloth_colour(rng),
        "sleeves": pick(rng, bare),
        "length": round(float(rng.uniform(*longest)), 3),
        "inner_colour": _maybe_cloth(rng, 0.4 if outer else 0.04),
        "collar": pick(rng, COLLARS),
        "scarf": _maybe_cloth(rng, 0.1 if outer else 0.04),
        "pattern": pick(rng, PATTERNS),
        "pattern_colour": cloth_colour(rng),
        "lower": pick(rng, LOWERS),
        "lower_colour": cloth_colour(rng, 2),
        "tights": bool(rng.random() < 0.4),
        "shoes": _shade(rng, SHOES[shoe][0], 5.0),
        "boots": bool(rng.random() < 0.12),
    }


def _things(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "backpack": _maybe_cloth(rng, 0.17),
        "shoulder_bag": _maybe_cloth(rng, 0.16),
        "hand_bag": _maybe_cloth(rng, 0.12),
        "papers": bool(rng.random() < 0.06),
    }

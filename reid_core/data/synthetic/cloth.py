"""Fabrics: a small picture of each, wrapped round a garment."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
Floats = NDArray[np.float32]
Painter = Callable[["_Dyes", np.random.Generator], Floats]

HEIGHT, AROUND = 64, 96  # of a fabric's picture, px; about a centimetre each on a garment for the chest
LETTERS = "ABCDEFGHKLMNOPRSTUWXYZ0123456789"


@dataclass(frozen=True)
class Print:
    """A fabric: its kind, two colours beside that of the garment, and what seeds the rest."""

    kind: str
    colours: tuple[Colour, Colour]
    looks: int

    def __post_init__(self) -> None:
        if self.kind not in PAINTERS:
            raise ValueError(f"Print.kind is {self.kind!r}; allowed are {', '.join(PAINTERS)}")


@dataclass(frozen=True)
class _Dyes:
    base: Floats
    second: Floats
    third: Floats


def worn(cloth: Print, base: Colour, angle: Floats, level: Floats) -> Floats:
    """Colours of a garment's quads.

    Args: base: the garment's own colour. angle: radians from the front, shape (Q,). level: height in the fabric, 0 at
        its lower end to 1, shape (Q,).
    Returns: RGB, 0 to 255, shape (Q, 3).
    """
    picture = fabric(cloth, base)
    column = ((angle / (2 * np.pi) + 0.5) * AROUND).astype(int) % AROUND
    row = np.clip((1 - level) * HEIGHT, 0, HEIGHT - 1).astype(int)
    return np.asarray(picture[row, column], np.float32)


def sleeved(cloth: Print) -> bool:
    """Whether sleeves are of the same fabric; what is printed on the chest is not on them."""
    return cloth.kind not in ("picture", "letters", "blocks")


@lru_cache(512)
def fabric(cloth: Print, base: Colour) -> NDArray[np.uint8]:
    """The picture of a fabric, uint8 RGB, shape (64, 96, 3); its middle column is worn in front."""
    dyes = _Dyes(*(np.array(colour, np.float32) for colour in (base, *cloth.colours)))
    painted = PAINTERS[cloth.kind](dyes, np.random.default_rng((cloth.looks, 12)))
    return np.asarray(np.clip(cv2.blur(painted, (2, 2)), 0, 255), np.uint8)


def _grid() -> tuple[Floats, Floats]:
    y, x = np.mgrid[0:HEIGHT, 0:AROUND].astype(np.float32)
    return y, x


def _noise(rng: np.random.Generator, cell: float, depth: int = 1) -> Floats:
    """Smooth noise with spots of ``cell`` px, deviation near 1, shape (64, 96, depth)."""
    rows, columns = max(2, round(HEIGHT / cell)), max(2, round(AROUND / cell))
    small = rng.standard_normal((rows, columns, depth)).astype(np.float32)
    large = cv2.resize(small, (AROUND, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.float32).reshape(HEIGHT, AROUND, depth)


def _dyed(share: NDArray[np.generic], low: Floats, high: Floats) -> Floats:
    """From ``low`` where the share (64, 96) is 0 to ``high`` where it is 1."""
    amount = np.asarray(share, np.float32).reshape(HEIGHT, AROUND, 1)
    return np.asarray(low + (high - low) * amount, np.float32)


def _wave(rng: np.random.Generator, across: NDArray[np.float32]) -> NDArray[np.bool_]:
    period, duty = rng.uniform(5, 18), rng.uniform(0.2, 0.6)
    return np.asarray((across / period) % 1 < duty)


def _stripes(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    """Hoops, upright or slanting stripes, at times of two colours by turns."""
    y, x = _grid()
    slope = rng.choice((0.0, 90.0, rng.uniform(20, 70)), p=[0.62, 0.26, 0.12]) * np.pi / 180
    across = np.float32(np.cos(slope)) * y + np.float32(np.sin(slope)) * x
    cloth = _dyed(_wave(rng, across), dyes.base, dyes.second)
    if rng.random() < 0.3:
        cloth[_wave(rng, across + 3)] = dyes.third
    return cloth


def _check(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    """Two sets of bands that darken where they cross, as gingham; on tartan thin lines of a third colour."""
    y, x = _grid()
    period, duty = rng.uniform(7, 20), rng.uniform(0.3, 0.6)
    bands = [((side / period) % 1 < duty).astype(np.float32) for side in (x, y)]
    cloth = _dyed(0.5 * (bands[0] + bands[1]), dyes.base, dyes.second)
    if rng.random() < 0.5:
        for side in (x, y):
            cloth[((side / period + 0.3) % 1) < 1.6 / period] = dyes.third
    return cloth


def _dots(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    y, x = _grid()
    period = rng.uniform(7, 14)
    row = np.floor(y / period)
    away = np.hypot((x / period + 0.5 * (row % 2)) % 1 - 0.5, (y / period) % 1 - 0.5)
    return _dyed(away < rng.uniform(0.22, 0.38), dyes.base, dyes.second)


def _flowers(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    """Blossoms of two colours strewn about."""
    cloth = _dyed(np.zeros((HEIGHT, AROUND)), dyes.base, dyes.base)
    size = rng.uniform(2, 6)
    for _ in range(int(900 / size**2) + 8):
        centre = int(rng.integers(AROUND)), int(rng.integers(HEIGHT))
        colour = (dyes.second if rng.random() < 0.6 else dyes.third) * rng.uniform(0.8, 1.15)
        cv2.circle(cloth, centre, round(size * rng.uniform(0.6, 1.3)), colour.tolist(), cv2.FILLED)
    return cloth


def _camouflage(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    cell = rng.uniform(6, 16)
    cloth = _dyed(_noise(rng, cell)[..., 0] > 0.1, dyes.base, dyes.second)
    cloth[_noise(rng, cell)[..., 0] > 0.55] = dyes.third
    return cloth


def _denim(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    """Rubbed pale where it is worn: in the middle of the height, in front."""
    y, x = _grid()
    pale = np.exp(-(((x - AROUND / 2) / 18) ** 2)) * np.exp(-(((y / HEIGHT - rng.uniform(0.25, 0.6)) / 0.3) ** 2))
    cloth = _dyed(rng.uniform(0.1, 0.6) * pale, dyes.base, np.full(3, 215, np.float32))
    seams = np.abs(np.abs(x - AROUND / 2) - AROUND / 4) < 1.2
    cloth[seams] *= 0.72
    return np.asarray(cloth * (1 + 0.07 * _noise(rng, 2.5) + 0.05 * _noise(rng, 12)), np.float32)


def _wear(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    """Plain, but stained, faded or creased."""
    spots = np.clip(_noise(rng, rng.uniform(8, 20))[..., 0] - 0.4, 0, 1.2) * rng.uniform(0.1, 0.5)
    cloth = _dyed(spots, dyes.base, dyes.second)
    return np.asarray(cloth * (1 + rng.uniform(0.05, 0.16) * _noise(rng, rng.uniform(3, 10))), np.float32)


def _knit(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    """Two yarns twisted, or a heather of them."""
    if rng.random() < 0.5:
        return _dyed(np.clip(0.4 + 0.35 * _noise(rng, rng.uniform(2, 4))[..., 0], 0, 1), dyes.base, dyes.second)
    y, x = _grid()
    zigzag = np.abs((x / rng.uniform(5, 9)) % 2 - 1) * 4 + y
    return _dyed((zigzag / rng.uniform(5, 11)) % 1 < 0.45, dyes.base, dyes.second)


def _place(rng: np.random.Generator) -> tuple[int, int]:
    """Where something is printed: the chest, at times the back."""
    return (AROUND // 2 if rng.random() < 0.65 else 0) + int(rng.integers(-4, 5)), int(rng.integers(16, 32))


def _picture(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    """Shapes of several colours on chest or back, at times on both."""
    cloth = _dyed(np.zeros((HEIGHT, AROUND)), dyes.base, dyes.base)
    for _ in range(1 + int(rng.random() < 0.4)):
        (x, y), wide, tall = _place(rng), rng.uniform(5, 17), rng.uniform(4, 14)
        wide_cloth = np.roll(cloth, AROUND // 2 - x, axis=1)
        for _ in range(int(rng.integers(1, 6))):
            colour = rng.choice((dyes.second, dyes.third, rng.uniform(15, 240, 3)))
            corners = np.array((AROUND / 2, y)) + rng.uniform(-1, 1, (int(rng.integers(3, 7)), 2)) * (wide, tall)
            hull = cv2.convexHull(corners.astype(np.int32))
            if rng.random() < 0.4:
                axes = int(wide * rng.uniform(0.3, 0.9)) + 1, int(tall * rng.uniform(0.3, 0.9)) + 1
                cv2.ellipse(wide_cloth, (AROUND // 2, y), axes, 0, 0, 360, colour.tolist(), cv2.FILLED)
            else:
                cv2.fillConvexPoly(wide_cloth, hull, colour.tolist())
        cloth = np.roll(wide_cloth, x - AROUND // 2, axis=1)
    return cloth


def _letters(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    """A word or a number on chest or back."""
    x, y = _place(rng)
    cloth = _dyed(np.zeros((HEIGHT, AROUND)), dyes.base, dyes.base)
    size, word = rng.uniform(0.4, 1.1), "".join(rng.choice(list(LETTERS), int(rng.integers(1, 6))))
    (wide, tall), _ = cv2.getTextSize(word, cv2.FONT_HERSHEY_DUPLEX, size, 2)
    corner = (AROUND - wide) // 2, y + tall // 2
    cv2.putText(cloth, word, corner, cv2.FONT_HERSHEY_DUPLEX, size, dyes.second.tolist(), int(rng.integers(2, 5)))
    return np.roll(cloth, x - AROUND // 2, axis=1)


def _blocks(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    """Large fields: bands one above the other, sides unlike the middle, or a back unlike the front."""
    y, x = _grid()
    side, low, high = np.abs(x - AROUND / 2) / (AROUND / 2), *np.sort(rng.uniform(0.1, 0.8, 2))
    kind = rng.integers(4)
    if kind == 3:
        return _dyed(np.abs(y / HEIGHT - low) < rng.uniform(0.03, 0.12), dyes.base, dyes.second)
    share = (y / HEIGHT > high, np.abs(side - 0.5) < rng.uniform(0.04, 0.2), side > 0.5)[kind]
    cloth = _dyed(share, dyes.base, dyes.second)
    if kind == 0 and rng.random() < 0.5:
        cloth[y / HEIGHT < low] = dyes.third
    return cloth


def _dye(dyes: _Dyes, rng: np.random.Generator) -> Floats:
    """Colours that run into each other: batik, a gradient, whatever a printer can do."""
    y, _ = _grid()
    kind = rng.integers(3)
    if kind == 0:
        return _dyed(np.clip(1.4 * y / HEIGHT - 0.2, 0, 1), dyes.base, dyes.second)
    if kind == 1:
        return _dyed(np.clip(0.5 + 0.5 * _noise(rng, rng.uniform(8, 24))[..., 0], 0, 1), dyes.base, dyes.second)
    return np.asarray(0.5 * (dyes.base + dyes.second) + rng.uniform(20, 60) * _noise(rng, rng.uniform(5, 16), 3))


PAINTERS: dict[str, Painter] = {
    "stripes": _stripes,
    "check": _check,
    "dots": _dots,
    "flowers": _flowers,
    "camouflage": _camouflage,
    "denim": _denim,
    "wear": _wear,
    "knit": _knit,
    "picture": _picture,
    "letters": _letters,
    "blocks": _blocks,
    "dye": _dye,
}

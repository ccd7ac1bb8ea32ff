"""Where they walk: grounds and walls with texture, lines and clutter, independent of who walks there."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import exact

Frames = NDArray[np.uint8]

GROUNDS = (
    (128, 126, 122),
    (104, 104, 106),
    (150, 146, 138),
    (84, 104, 52),
    (128, 98, 74),
    (168, 160, 150),
    (92, 84, 78),
    (176, 178, 180),
)
WALLS = (
    (188, 184, 176),
    (150, 104, 84),
    (206, 208, 210),
    (110, 120, 130),
    (84, 88, 92),
    (164, 150, 124),
    (72, 92, 70),
    (150, 168, 184),
)


def backdrop(rng: np.random.Generator, height: int = 320, width: int = 512) -> Frames:
    """Draw a textured ground below a wall, RGB, shape (height, width, 3); most of it is ground."""
    picture = np.empty((height, width, 3), np.float32)
    horizon = int(height * rng.choice((0.0, rng.uniform(0.1, 0.55)), p=[0.4, 0.6]))
    picture[:horizon] = _tint(rng, WALLS)
    picture[horizon:] = _tint(rng, GROUNDS)
    if horizon:
        _wall(picture[:horizon], rng)
    _ground(picture[horizon:], rng)
    canvas = np.clip(picture, 0, 255).astype(np.uint8)
    _clutter(canvas, horizon, rng)
    grain = rng.uniform(2, 9)
    layers = [_noise(rng, height, width, cell) * weight for cell, weight in ((3, grain), (12, grain), (64, 14.0))]
    return np.asarray(np.clip(canvas + np.sum(layers, axis=0)[..., None], 0, 255), np.uint8)


def _tint(rng: np.random.Generator, palette: tuple[tuple[int, int, int], ...]) -> NDArray[np.float64]:
    return np.asarray(np.array(palette[rng.integers(len(palette))]) * rng.normal(1, 0.15) + rng.normal(0, 6, 3))


def _noise(rng: np.random.Generator, height: int, width: int, cell: int) -> NDArray[np.float32]:
    """Smooth noise with spots of ``cell`` pixels, standard deviation near 1."""
    small = rng.standard_normal((height // cell + 2, width // cell + 2), np.float32)
    return exact.enlarge(small, height, width)


def _wall(wall: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Bricks, panels or windows."""
    height, width = wall.shape[:2]
    kind = rng.integers(4)
    if kind == 0:
        wall[:: int(rng.integers(5, 9))] *= 0.82
    elif kind == 1:
        wall[:, :: int(rng.integers(24, 70))] *= 0.7
    elif kind == 2:
        step = int(rng.integers(40, 110))
        glass = np.clip(rng.uniform(40, 200) + rng.normal(0, 12, 3), 0, 255)
        for x in range(int(rng.integers(step)), width, step):
            wall[height // 6 : height * 5 // 6, x : x + step // 2] = glass
    if height > 8:
        wall[-int(rng.integers(3, 8)) :] *= 0.6


def _ground(ground: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Tiles, planks, lawn, kerb or lines painted on a street."""
    height, width = ground.shape[:2]
    kind = rng.integers(5)
    if kind == 0:
        ground[:: int(rng.integers(12, 40))] *= 0.85
        ground[:, :: int(rng.integers(20, 60))] *= 0.85
    elif kind == 1:
        ground[:, :: int(rng.integers(7, 16))] *= 0.86
    elif kind == 2:
        top = int(rng.integers(height))
        ground[top : top + int(rng.integers(20, 90))] = _tint(rng, GROUNDS)
        ground[top : top + 4] *= 1.25
    for _ in range(int(rng.integers(0, 4))):
        a, b = rng.integers(0, width, 2), rng.integers(0, height, 2)
        colour = (225, 222, 214) if rng.random() < 0.6 else (214, 180, 60)
        ends = (int(a[0]), int(b[0])), (int(a[1]), int(b[1]))
        buffer = np.ascontiguousarray(ground)
        cv2.line(buffer, *ends, colour, int(rng.integers(1, 5)), cv2.LINE_AA)
        ground[:] = buffer


def _clutter(canvas: Frames, horizon: int, rng: np.random.Generator) -> None:
    """Things that stand about: boxes, bins, bushes, parked cars, signs, no more than blobs with edges."""
    height, width = canvas.shape[:2]
    for _ in range(int(rng.integers(2, 12))):
        x, y = int(rng.integers(width)), int(rng.integers(max(1, horizon - 20), height))
        w, h = int(rng.integers(6, 60)), int(rng.integers(8, 70))
        colour = tuple(int(c) for c in _tint(rng, GROUNDS + WALLS) * rng.uniform(0.3, 1.2))
        if rng.random() < 0.08:
            colour = tuple(int(c) for c in rng.integers(20, 235, 3))
        if rng.random() < 0.5:
            cv2.rectangle(canvas, (x, y - h), (x + w, y), colour, cv2.FILLED)
            cv2.rectangle(canvas, (x, y - h), (x + w // 3, y), tuple(int(c * 0.75) for c in colour), cv2.FILLED)
        else:
            _bush(canvas, x, y, w, h, rng)


def _bush(canvas: Frames, x: int, y: int, width: int, height: int, rng: np.random.Generator) -> None:
    """A heap of leaves or stones."""
    base = np.array((70, 86, 52) if rng.random() < 0.6 else (112, 108, 102)) * rng.uniform(0.5, 1.2)
    for _ in range(9):
        dx, dy = (rng.normal(0, 0.25, 2) * (width, height)).astype(int).tolist()
        colour = tuple(int(c) for c in base * rng.uniform(0.75, 1.2))
        cv2.circle(canvas, (x + dx, y - height // 3 + dy), max(2, min(width, height) // 4), colour, cv2.FILLED)


def _hedge(canvas: Frames, x: int, y: int, width: int, height: int, rng: np.random.Generator) -> None:
    """Leaves below one straight edge: a bush with a head on top would pass for a person in whole scenes."""
    base = np.array((70, 86, 52) if rng.random() < 0.6 else (112, 108, 102)) * rng.uniform(0.5, 1.2)
    for _ in range(9):
        dx, dy = (rng.normal(0, 0.25, 2) * (width, height)).astype(int).tolist()
        colour = tuple(int(c) for c in base * rng.uniform(0.75, 1.2))
        corners = (x + dx - width // 5, y - height // 2), (x + dx + width // 5, y + abs(dy))
        cv2.rectangle(canvas, *corners, colour, cv2.FILLED)


def facade(rng: np.random.Generator, height: int, width: int) -> Frames:
    """Draw a row of houses with windows, gates and hedges, RGB, shape (height, width, 3)."""
    picture = np.empty((height, width, 3), np.uint8)
    left = 0
    while left < width:
        right = min(width, left + int(rng.uniform(0.18, 0.4) * width))
        _house(picture[:, left:right], rng)
        left = right
    for _ in range(int(rng.integers(1, 5))):
        centre = (int(rng.integers(width)), int(height * rng.uniform(0.75, 1.0)))
        _hedge(picture, *centre, int(rng.uniform(0.1, 0.2) * width), int(rng.uniform(0.15, 0.3) * height), rng)
    return picture


def _house(house: Frames, rng: np.random.Generator) -> None:
    height, width = house.shape[:2]
    wall = np.clip(_tint(rng, WALLS), 0, 255)
    house[:] = wall.astype(np.uint8)
    glass = rng.uniform(40, 110) + rng.normal(0, 10, 3)
    step = max(1, int(rng.uniform(0.16, 0.3) * width))  # the last house of a row may be a strip
    for x in range(step // 2, width - step // 2, step):
        house[int(0.12 * height) : int(0.5 * height), x : x + step // 2] = glass
        house[int(0.49 * height) : int(0.52 * height), x - 2 : x + step // 2 + 2] = np.clip(wall * 1.2, 0, 255)
    gate = int(rng.uniform(0.1, 0.6) * width)  # wide, as a dark upright box would pass for a person
    house[int(0.6 * height) :, gate : gate + width // 3] = rng.uniform(30, 130, 3)
    house[int(0.96 * height) :] = wall * 0.6

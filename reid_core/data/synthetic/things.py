"""What stands or rolls in front of walkers: poles, signs, suitcases, bins, cones."""

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
Paint = tuple[int, int, int, int]

STATIC = ("pole", "sign", "suitcase", "bin", "cone", "barrier")


def draw_thing(canvas: Frames, kind: str, looks: int, x: float, y: float, scale: float) -> None:
    """Draw a thing on an RGBA canvas, standing at pixel (x, y), ``scale`` pixels a metre; ``looks`` seeds it."""
    if not -1.2 * scale < x < canvas.shape[1] + 1.2 * scale:
        return
    rng = np.random.default_rng((looks, 5))
    draw = {"pole": _pole, "sign": _sign, "suitcase": _suitcase, "bin": _bin, "cone": _cone, "barrier": _barrier}
    draw[kind](canvas, rng, x, y, scale)


def _colour(rng: np.random.Generator, bright: float = 0.3) -> NDArray[np.float64]:
    if rng.random() < bright:
        return rng.uniform(30, 230, 3)
    return np.asarray(rng.uniform(25, 210) * (1 + rng.normal(0, 0.06, 3)))


def _opaque(colour: NDArray[np.float64], factor: float = 1.0) -> Paint:
    red, green, blue = np.clip(colour * factor, 0, 255).astype(int).tolist()
    return red, green, blue, 255


def _box(canvas: Frames, colour: NDArray[np.float64], left: float, top: float, right: float, bottom: float) -> None:
    """A box with a lit middle and a dark edge."""
    for inset, factor in ((0.0, 0.75), (0.16, 1.0)):
        a = left + inset * (right - left), right - 0.5 * inset * (right - left)
        cv2.rectangle(canvas, (int(a[0]), int(top)), (int(a[1]), int(bottom)), _opaque(colour, factor), cv2.FILLED)


def _pole(canvas: Frames, rng: np.random.Generator, x: float, y: float, scale: float) -> None:
    half = rng.uniform(0.03, 0.16) * scale
    _box(canvas, _colour(rng, 0.2), x - half, 0, x + half, y)


def _sign(canvas: Frames, rng: np.random.Generator, x: float, y: float, scale: float) -> None:
    _box(canvas, _colour(rng, 0.1), x - 0.03 * scale, 0, x + 0.03 * scale, y)
    half, tall, top = rng.uniform(0.15, 0.35) * scale, rng.uniform(0.25, 0.6) * scale, y - rng.uniform(0.9, 1.8) * scale
    _box(canvas, _colour(rng, 0.8), x - half, top, x + half, top + tall)
    for line in range(1, 4):
        row = int(top + tall * line / 4)
        reach = half * rng.uniform(0.3, 0.8)
        cv2.line(canvas, (int(x - reach), row), (int(x + reach), row), (240, 240, 240, 255), max(1, int(0.03 * scale)))


def _suitcase(canvas: Frames, rng: np.random.Generator, x: float, y: float, scale: float) -> None:
    half, tall = rng.uniform(0.18, 0.32) * scale, rng.uniform(0.5, 0.85) * scale
    colour = _colour(rng, 0.5)
    for side in (-0.4, 0.4):
        cv2.line(
            canvas,
            (int(x + side * half), int(y - tall)),
            (int(x + side * half), int(y - tall - 0.35 * scale)),
            (60, 60, 62, 255),
            max(1, int(0.025 * scale)),
        )
    cv2.line(
        canvas,
        (int(x - 0.4 * half), int(y - tall - 0.35 * scale)),
        (int(x + 0.4 * half), int(y - tall - 0.35 * scale)),
        (40, 40, 42, 255),
        max(1, int(0.04 * scale)),
    )
    _box(canvas, colour, x - half, y - tall, x + half, y - 0.04 * scale)
    for line in (-0.5, 0.0, 0.5):
        cv2.line(
            canvas,
            (int(x + line * half), int(y - tall)),
            (int(x + line * half), int(y - 0.05 * scale)),
            _opaque(colour, 0.7),
            1,
        )


def _bin(canvas: Frames, rng: np.random.Generator, x: float, y: float, scale: float) -> None:
    half, tall = rng.uniform(0.2, 0.35) * scale, rng.uniform(0.6, 1.1) * scale
    colour = _colour(rng, 0.4)
    _box(canvas, colour, x - half, y - tall, x + half, y)
    cv2.ellipse(
        canvas, (int(x), int(y - tall)), (int(half), int(0.3 * half)), 0, 0, 360, _opaque(colour, 0.6), cv2.FILLED
    )


def _cone(canvas: Frames, rng: np.random.Generator, x: float, y: float, scale: float) -> None:
    tall, half = rng.uniform(0.4, 0.75) * scale, 0.2 * scale
    corners = np.array([(x - half, y), (x + half, y), (x + 0.04 * scale, y - tall), (x - 0.04 * scale, y - tall)])
    cv2.fillConvexPoly(canvas, corners.astype(np.int32), (226, 92, 36, 255))
    cv2.line(
        canvas,
        (int(x - 0.5 * half), int(y - 0.5 * tall)),
        (int(x + 0.5 * half), int(y - 0.5 * tall)),
        (236, 236, 232, 255),
        max(1, int(0.1 * scale)),
    )


def _barrier(canvas: Frames, rng: np.random.Generator, x: float, y: float, scale: float) -> None:
    half, top = rng.uniform(0.4, 0.9) * scale, y - rng.uniform(0.7, 1.1) * scale
    colour = _colour(rng, 0.5)
    for row in (0.0, 0.35):
        _box(canvas, colour, x - half, top + row * scale, x + half, top + (row + rng.uniform(0.06, 0.3)) * scale)
    for side in (-0.9, 0.9):
        _box(canvas, colour * 0.8, x + (side - 0.06) * half, top, x + (side + 0.06) * half, y)

"""Arithmetic that ends in the same bits whatever the processor can do.

Libraries choose a kernel by the instructions at hand, and kernels round differently: NumPy's and the C library's exp,
sin and powers, matrix products of BLAS, filters and resizing of OpenCV. Here every step is one of IEEE 754's
+ - * / on whole float64 arrays or a rounding to float32, each of them defined to the last bit, in a fixed order.
"""

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# ln 2 and pi / 2 in two parts, the first with so few bits that small multiples of it are exact (fdlibm)
_LN2 = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_QUARTER = 1.57079632673412561417e00, 6.07710050650619224932e-11
_EXP = [1 / math.factorial(n) for n in range(14)]
_SIN = [(-1) ** n / math.factorial(2 * n + 1) for n in range(9)]
_COS = [(-1) ** n / math.factorial(2 * n) for n in range(9)]
_ARTANH = [1 / (2 * n + 1) for n in range(12)]


def exp(x: ArrayLike) -> Doubles:
    """e to the power x, by e^(k ln 2 + r) = 2^k e^r."""
    turns, rest = _reduced(x, _LN2)
    return np.asarray(np.ldexp(_polynomial(rest, _EXP), turns))


def log(x: ArrayLike) -> Doubles:
    """The natural logarithm of x > 0, by ln(2^k m) = k ln 2 + 2 artanh((m - 1) / (m + 1))."""
    mantissa, exponent = np.frexp(np.asarray(x, np.float64))
    small = mantissa < math.sqrt(0.5)
    mantissa, exponent = np.where(small, 2 * mantissa, mantissa), exponent - small
    s = (mantissa - 1) / (mantissa + 1)
    return np.asarray(exponent * _LN2[0] + (exponent * _LN2[1] + 2 * s * _polynomial(s * s, _ARTANH)))


def power(x: ArrayLike, y: float) -> Doubles:
    """x >= 0 to the power y > 0."""
    base = np.asarray(x, np.float64)
    return np.where(base > 0, exp(y * log(np.where(base > 0, base, 1.0))), 0.0)


def tanh(x: ArrayLike) -> Doubles:
    """(e^2x - 1) / (e^2x + 1)."""
    return np.asarray(1 - 2 / (exp(2 * np.asarray(x, np.float64)) + 1))


def cos(x: ArrayLike) -> Doubles:
    """Cosine of radians, up to some thousands."""
    return _wave(x, 1)


def sin(x: ArrayLike) -> Doubles:
    """Sine of radians, up to some thousands."""
    return _wave(x, 0)


def _wave(x: ArrayLike, ahead: int) -> Doubles:
    turns, rest = _reduced(x, _QUARTER)
    square = rest * rest
    odd, negative = (turns + ahead) & 1, (turns + ahead) & 2
    wave = np.where(odd, _polynomial(square, _COS), rest * _polynomial(square, _SIN))
    return np.where(negative, -wave, wave)


def _reduced(x: ArrayLike, unit: tuple[float, float]) -> tuple[NDArray[np.int64], Doubles]:
    """The nearest whole number of units in x, and what is left."""
    values = np.asarray(x, np.float64)
    count = np.rint(values / unit[0])
    return count.astype(np.int64), np.asarray((values - count * unit[0]) - count * unit[1])


def _polynomial(x: Doubles, coefficients: Sequence[float]) -> Doubles:
    total = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total


def fused_sum(terms: Iterable[Doubles]) -> Floats:
    """Add products of float32 as fused multiply-adds do: one after the other, rounded to float32 each time."""
    first, *others = terms
    total = first.astype(np.float32)
    for term in others:
        total = (total + term).astype(np.float32)
    return total


def product(a: Floats, b: Floats) -> Floats:
    """The matrix product of a (..., M, K) and b (..., K, N), shape (..., M, N)."""
    left, right = a.astype(np.float64), b.astype(np.float64)
    inner = range(left.shape[-1])
    # column by column: the many points of a body lie along the last axis, where NumPy is fast
    columns = [fused_sum(left[..., k] * right[..., k, j, None] for k in inner) for j in range(right.shape[-1])]
    return np.stack(columns, -1)


def against(a: Floats, vector: Floats) -> Floats:
    """The scalar products of a (..., 3) with one vector (3,), shape (...)."""
    return np.asarray(a[..., 0] * vector[0] + a[..., 1] * vector[1] + a[..., 2] * vector[2])


def enlarge(small: Floats, height: int, width: int) -> Floats:
    """Resize a picture (h, w) linearly to (height, width), with ``cv2.INTER_LINEAR``'s places of the pixels."""
    return _stretched(np.ascontiguousarray(_stretched(small.T, width).T), height)


def _stretched(rows: Floats, count: int) -> Floats:
    """Between the nearest two rows: a + (b - a) w."""
    place = (np.arange(count) + 0.5) * (len(rows) / count) - 0.5
    below = np.floor(place).astype(np.int64)
    weight = (place - below).astype(np.float32).astype(np.float64)[:, None]
    a, b = (rows[np.clip(row, 0, len(rows) - 1)] for row in (below, below + 1))
    return np.asarray((b - a) * weight + a, np.float32)


def sharpen(image: NDArray[np.uint8], amount: float) -> NDArray[np.uint8]:
    """Add ``amount`` of the difference to the mean of the four neighbours, uint8 (H, W, 3), reflected at the edges."""
    height, width = image.shape[0], image.shape[1] * 3
    bordered = cv2.copyMakeBorder(image, 1, 1, 1, 1, cv2.BORDER_REFLECT_101)
    wide = bordered.reshape(height + 2, width + 6).astype(np.float64)
    edge, centre = (wide * float(np.float32(factor)) for factor in (-amount / 4, 1 + amount))
    terms = [edge[:-2, 3:-3], edge[1:-1, :-6], centre[1:-1, 3:-3], edge[1:-1, 6:], edge[2:, 3:-3]]
    total = fused_sum(terms)
    # the published frames come from vectors of four values, and what was left of a row was not fused
    rest = width - width % 4
    total[:, rest:] = fused_sum(term[:, rest:].astype(np.float32).astype(np.float64) for term in terms)
    return np.clip(np.rint(total), 0, 255).astype(np.uint8).reshape(image.shape)

"""The cameras of the wide world: lamps of every colour, lenses that bend, few pixels, and where they hang."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic.backdrop import backdrop
from reid_core.data.synthetic.body import body
from reid_core.data.synthetic.camera import Camera, Frames
from reid_core.data.synthetic.paint import View, paint, project
from reid_core.data.synthetic.people import stranger
from reid_core.data.synthetic.recording import lay_over, walk_of

CAMERAS = 34
PLACES = 10  # backgrounds of one camera


class _Cast(NamedTuple):
    """A light: its share, white balance against green, saturation, exposure."""

    share: float
    red: float
    blue: float
    saturation: float = 1.0
    exposure: float = 1.0


CASTS = {
    "daylight": _Cast(0.34, 1.0, 1.0),
    "shade": _Cast(0.12, 0.84, 1.22, 0.9),
    "bulbs": _Cast(0.12, 1.2, 0.76),
    "sodium": _Cast(0.09, 1.4, 0.45, 0.6, 1.05),
    "fluorescent": _Cast(0.12, 0.84, 0.88, 0.85, 1.1),
    "mercury": _Cast(0.06, 0.72, 1.08, 0.7, 1.0),
    "magenta": _Cast(0.08, 1.16, 1.26, 0.95),
    "night": _Cast(0.07, 1.0, 1.0, 0.0, 1.2),
}


@dataclass(frozen=True)
class Site:
    """One camera of the wide world, where it hangs and how well its detector draws boxes.

    ``camera``: colours, blur, noise and so on. ``contrast``: 0 leaves it, 1 makes a steep curve, < 0 a flat one.
    ``bend``: of the lens, > 0 a fisheye; ``tilt``: radians by which it leans. ``motion``: length of a blur, px.
    ``rate``: H.264's constant rate factor, 0 for JPEG. ``stretch``: width of a box against what it should be.
    ``size``, ``right``, ``down``: of boxes against good ones, the last two in heights of a person.
    """

    camera: Camera
    contrast: float
    bend: float
    tilt: float
    motion: float
    rate: int
    stretch: float
    size: float
    right: float
    down: float


def site(seed: int, index: int) -> Site:
    """Camera ``index`` of the wide world ``seed``."""
    return draw_site(np.random.default_rng((seed, index, 11)))


def draw_site(rng: np.random.Generator) -> Site:
    """Draw a camera from all that are possible."""
    return Site(
        camera=_camera(rng),
        contrast=float(np.clip(rng.normal(0.2, 0.3), -0.3, 0.9)),
        bend=float(rng.uniform(0.1, 0.35)) if rng.random() < 0.25 else 0.0,
        tilt=float(rng.normal(0, 0.025)),
        motion=float(rng.uniform(1.5, 6)) if rng.random() < 0.3 else 0.0,
        rate=int(rng.integers(22, 37)) if rng.random() < 0.5 else 0,
        stretch=float(np.exp(rng.normal(0, 0.1))),
        size=float(np.exp(rng.normal(0.02, 0.06))),
        right=float(rng.normal(0, 0.015)),
        down=float(rng.normal(0, 0.015)),
    )


def _camera(rng: np.random.Generator) -> Camera:
    cast = list(CASTS.values())[int(rng.choice(len(CASTS), p=[cast.share for cast in CASTS.values()]))]
    return Camera(
        red=cast.red * float(np.exp(rng.normal(0, 0.07))),
        blue=cast.blue * float(np.exp(rng.normal(0, 0.09))),
        exposure=cast.exposure * float(np.exp(rng.normal(0.1, 0.2))),
        gamma=float(np.exp(rng.normal(-0.05, 0.17))),
        saturation=cast.saturation * float(np.clip(rng.normal(1.0, 0.28), 0.35, 1.7)),
        black=float(rng.choice((rng.uniform(0, 20), rng.uniform(0, 40)))),
        blur=float(rng.uniform(0.2, 0.9)),
        sharpening=float(max(0, rng.normal(0.4, 0.7))),
        noise=float(rng.uniform(0.5, 7.0)),
        pixels=float(np.exp(rng.uniform(np.log(48), np.log(230)))),
        quality=float(rng.uniform(35, 95)),
        elevation=float(rng.uniform(0.03, 0.6)),
        heading=float(rng.uniform(-np.pi, np.pi)),
        light=float(rng.uniform(-np.pi, np.pi)),
        ambient=float(rng.uniform(0.4, 0.85)),
        frames_per_second=float(rng.uniform(6, 26)),
    )


@lru_cache(CAMERAS * PLACES)
def place(seed: int, index: int, number: int) -> Frames:
    """A background of camera ``index``, RGB: a street, often with fallen leaves or gravel, and somebody further off."""
    rng = np.random.default_rng((seed, index, number, 10))
    ground = backdrop(rng)
    if rng.random() < 0.3:
        ground = _strewn(ground, rng)
    elevation = site(seed, index).camera.elevation
    for _ in range(int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))):
        ground = _with_somebody(ground, elevation, rng)
    return ground


def _strewn(ground: Frames, rng: np.random.Generator) -> Frames:
    """Leaves, gravel, blossoms: spots of one more colour."""
    height, width = ground.shape[:2]
    cell = rng.uniform(2, 5)
    shape = int(height / cell), int(width / cell)
    spots = cv2.resize(rng.random(shape).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    amount = np.clip((spots - rng.uniform(0.35, 0.65)) * rng.uniform(2, 5), 0, 1)[..., None] * rng.uniform(0.3, 0.9)
    colour = np.array(((150, 96, 52), (96, 120, 50), (200, 196, 190), (60, 54, 46))[rng.integers(4)])
    colour = colour * rng.uniform(0.7, 1.3)
    tint = cv2.resize(rng.normal(1, 0.25, shape).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(ground * (1 - amount) + amount * tint[..., None] * colour, 0, 255), np.uint8)


def _with_somebody(ground: Frames, elevation: float, rng: np.random.Generator) -> Frames:
    who = stranger(rng)
    walk = walk_of(who, 1, _camera(rng), float(rng.uniform(-np.pi, np.pi)), rng)
    shape = project(body(who, 0, 0.5), walk.phase, walk.gait, walk.heading, View(elevation))
    layer = np.zeros((*ground.shape[:2], 4), np.uint8)
    feet = float(rng.uniform(0.1, 0.9) * ground.shape[1]), float(rng.uniform(0.4, 0.8) * ground.shape[0])
    paint(layer, shape, 0, float(rng.uniform(35, 55)), *feet)
    return lay_over(layer, ground)


def patch_of_light(rng: np.random.Generator, length: int, height: int, width: int) -> NDArray[np.float32]:
    """Brightness by which shadows of houses and leaves multiply a recording, shape (T, H, W, 1), mostly near 1."""
    cell = (rng.uniform(20, 90), rng.uniform(20, 90))
    large = rng.standard_normal((int(2 * height / cell[0]) + 3, int(4 * width / cell[1]) + 3)).astype(np.float32)
    field = cv2.resize(large, (4 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    field = 1 - rng.uniform(0.15, 0.55) / (1 + np.exp(-rng.uniform(3, 12) * (field - rng.uniform(-0.5, 0.8))))
    step = rng.uniform(-4, 4, 2)
    shifts = np.arange(length)[:, None] * step
    rows, columns = (
        np.abs(shifts[:, axis] % (2 * size) - size).astype(int) % size for axis, size in ((0, height), (1, 3 * width))
    )
    return np.stack([field[y : y + height, x : x + width, None] for y, x in zip(rows, columns, strict=True)])

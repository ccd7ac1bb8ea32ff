"""What a camera makes of what it sees: colours, blur, small sizes, noise, compression."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import exact

Frames = NDArray[np.uint8]


@dataclass(frozen=True)
class Camera:
    """One camera; every field is a number, so that two cameras can be mixed.

    ``red``, ``blue``: white balance against green. ``exposure``, ``gamma``, ``saturation``: factors.
    ``black``: the level of black, 0 to 255. ``blur``, ``noise``: standard deviations in px and grey levels.
    ``sharpening``: how much of an unsharp mask is added.
    ``pixels``: height of a person's box in the camera's own picture. ``quality``: of JPEG, 0 to 100.
    ``elevation``: radians above the walkers. ``heading``: radians, where most walk to, 0 to the right.
    ``light``: azimuth of the lamp in radians. ``ambient``: share of the light without direction.
    ``frames_per_second``: of the recording.
    """

    red: float
    blue: float
    exposure: float
    gamma: float
    saturation: float
    black: float
    blur: float
    sharpening: float
    noise: float
    pixels: float
    quality: float
    elevation: float
    heading: float
    light: float
    ambient: float
    frames_per_second: float

    def __post_init__(self) -> None:
        for name in ("red", "blue", "exposure", "gamma", "pixels", "frames_per_second"):
            if not getattr(self, name) > 0:
                raise ValueError(f"Camera.{name} is {getattr(self, name)}; it must be above 0")
        if not 1 <= self.quality <= 100:
            raise ValueError(f"Camera.quality is {self.quality}; allowed are 1 to 100")


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw a camera from all that are likely."""
    return Camera(
        red=float(exact.exp(rng.normal(0, 0.07))),
        blue=float(exact.exp(rng.normal(0, 0.08))),
        exposure=float(exact.exp(rng.normal(0.05, 0.16))),
        gamma=float(exact.exp(rng.normal(0, 0.14))),
        saturation=float(np.clip(rng.normal(0.95, 0.2), 0.4, 1.5)),
        black=float(rng.uniform(0, 22)),
        blur=float(rng.uniform(0.2, 1.0)),
        sharpening=float(max(0, rng.normal(0.3, 0.6))),
        noise=float(rng.uniform(0.5, 6.0)),
        pixels=float(rng.uniform(56, 150)),
        quality=float(rng.uniform(45, 95)),
        elevation=float(rng.uniform(0.03, 0.5)),
        heading=float(rng.uniform(-np.pi, np.pi)),
        light=float(rng.uniform(-np.pi, np.pi)),
        ambient=float(rng.uniform(0.5, 0.85)),
        frames_per_second=float(rng.uniform(9, 26)),
    )


def mix(a: Camera, b: Camera, share: float) -> Camera:
    """A camera between two: ``(1 - share) a + share b`` in every field."""

    def between(name: str) -> Any:
        return (1 - share) * getattr(a, name) + share * getattr(b, name)

    return Camera(**{field.name: between(field.name) for field in fields(Camera)})


def expose(frames: Frames, camera: Camera, rng: np.random.Generator) -> Frames:
    """Pass clean frames through a camera, shape (T, H, W, 3), RGB; the result is a new array."""
    shoot = shutter(camera, frames.shape[1], frames.shape[2], rng)
    return np.stack([shoot(frame) for frame in frames])


def shutter(camera: Camera, height: int, width: int, rng: np.random.Generator) -> Callable[[Frames], Frames]:
    """Make the function that passes one clean picture after the other through a camera."""
    levels = tones(camera)
    # noise of the sensor: one large picture of it, looked at from a new place in every frame
    pool = rng.standard_normal((height + 61, width + 61, 3), np.float32) * camera.noise
    grain = pool.round().astype(np.int16)

    def shoot(image: Frames) -> Frames:
        y, x = rng.integers(0, 61, 2).tolist()
        shot = cv2.LUT(saturate(_optics(image, camera), camera.saturation), levels)
        shot = cv2.add(shot, grain[y : y + height, x : x + width], dtype=cv2.CV_8U)
        return compress(np.asarray(shot, np.uint8), int(camera.quality))

    return shoot


def tones(camera: Camera) -> Frames:
    """White balance, exposure, gamma and black level as one table, shape (1, 256, 3)."""
    level = np.arange(256)[:, None] / 255 * np.array([camera.red, 1.0, camera.blue]) * camera.exposure
    level = exact.power(level, camera.gamma)
    soft = np.where(level > 0.8, 0.8 + 0.2 * exact.tanh((level - 0.8) / 0.2), level)  # highlights roll off
    return np.asarray(np.clip(camera.black + (255 - camera.black) * soft, 0, 255), np.uint8)[None]


def saturate(image: Frames, saturation: float) -> Frames:
    """Make colours stronger or, below 1, paler; at 0 there are only greys."""
    grey = np.array([[0.299, 0.587, 0.114]] * 3)
    matrix = saturation * np.eye(3) + (1 - saturation) * grey
    return np.asarray(cv2.transform(image, matrix), np.uint8)


def _optics(image: Frames, camera: Camera) -> Frames:
    """The few pixels that a person far away gets, blur, and the sharpening that is to make up for it."""
    height, width = image.shape[:2]
    small = camera.pixels < 0.9 * height
    if small:
        size = max(2, round(camera.pixels * width / height)), max(2, round(camera.pixels))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    if camera.blur > 0.25:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), camera.blur), np.uint8)
    if camera.sharpening > 0.1:
        image = exact.sharpen(image, camera.sharpening)
    if small:
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return image


def compress(image: Frames, quality: int) -> Frames:
    """What JPEG leaves of a picture."""
    # OpenCV takes the bytes for BGR both ways, which only swaps the chroma planes
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

"""A street with walkers who cross it: whole pictures with known boxes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic.backdrop import facade
from reid_core.data.synthetic.body import body
from reid_core.data.synthetic.camera import Camera, Frames, draw_camera, shutter
from reid_core.data.synthetic.mesh import Mesh
from reid_core.data.synthetic.paint import Shape, View, paint, project
from reid_core.data.synthetic.people import Person, person
from reid_core.data.synthetic.recording import Walk, lay_over, walk_of

LENS_HEIGHT = 2.4  # metres above the ground
OVERSAMPLE = 2
REACH = 3.0  # metres from somebody's feet, beyond which nothing of him is


@dataclass(frozen=True)
class SceneFrame:
    """One picture of a scene: ``image`` RGB (H, W, 3), ``boxes`` (N, 4) left, top, right, bottom in px, ``pids`` (N,).

    A box is cut at the picture's edge; walkers of whom less than half is in the picture are left out.
    """

    image: Frames
    boxes: NDArray[np.float32]
    pids: NDArray[np.int64]


@dataclass(frozen=True)
class _Walker:
    pid: int
    mesh: Mesh
    walk: Walk
    view: View
    scale: NDArray[np.float64]  # px a metre
    x: NDArray[np.float64]  # px of the feet
    y: NDArray[np.float64]


@dataclass(frozen=True)
class _Seen:
    """A walker in one picture: posed only now, as all poses of a long scene would take gigabytes."""

    pid: int
    shape: Shape
    scale: float
    x: float
    y: float

    @property
    def box(self) -> NDArray[np.float64]:
        """Left, top, right, bottom, px."""
        return np.asarray(self.shape.bounds[0].astype(np.float64) * self.scale + np.array([self.x, self.y] * 2))


def render_scene(
    seed: int,
    persons: Sequence[Person] | int,
    width: int = 1280,
    height: int = 720,
    seconds: float = 10.0,
    fps: float = 30.0,
    camera_index: int = 1,
) -> Iterator[SceneFrame]:
    """Render walkers who cross a street one after the other, at most about 400 px of 720 tall.

    Args: persons: who walks, in the order in which they pass the middle, or how many of the data set ``seed``.
        camera_index: the same persons before another camera, from another side.
    Yields: ``round(seconds * fps)`` pictures.
    Raises: ValueError: nobody walks, or the picture or the time is empty.
    """
    crowd = [person(seed, pid) for pid in range(1, persons + 1)] if isinstance(persons, int) else list(persons)
    count = round(seconds * fps)
    if not crowd or count < 1 or min(width, height) < 32:
        raise ValueError(
            f"expected persons, frames and 32 px or more, got {len(crowd)}, {count} and {width} x {height}"
        )
    return _scene(seed, crowd, (height, width), count, fps, camera_index)


def _scene(
    seed: int, crowd: list[Person], size: tuple[int, int], count: int, fps: float, index: int
) -> Iterator[SceneFrame]:
    rng = np.random.default_rng((seed, index, 6))
    lens = _lens(rng, fps)
    street = _street(rng, *size)
    walkers = [_walker(who, place, len(crowd), size, count, lens, rng) for place, who in enumerate(crowd)]
    shoot = shutter(lens, *size, rng)
    for frame in range(count):
        image = street.copy()
        seen = [_seen(walker, frame) for walker in walkers if _near(walker, frame, size[1])]
        for one in sorted(seen, key=lambda one: one.y):
            _draw(image, one)
        boxes = np.array([one.box for one in seen], np.float32).reshape(-1, 4)
        kept, boxes = _inside(boxes, *size)
        yield SceneFrame(shoot(image), boxes, np.array([one.pid for one in seen], np.int64)[kept])


def _lens(rng: np.random.Generator, fps: float) -> Camera:
    """A camera for whole pictures: its own colours, though no extreme ones, and sharp."""
    drawn = draw_camera(rng)
    return replace(
        drawn,
        red=drawn.red**0.6,
        blue=drawn.blue**0.6,
        exposure=0.92 * drawn.exposure**0.4,
        gamma=drawn.gamma**0.6,
        black=0.5 * drawn.black,
        blur=1.2,
        noise=min(drawn.noise, 2.5),
        sharpening=0.0,
        pixels=10_000.0,
        quality=92.0,
        elevation=0.1,
        ambient=0.6,
        frames_per_second=fps,
    )


def _horizon(height: int) -> float:
    return 0.25 * height


def _walker(
    who: Person, place: int, crowd: int, size: tuple[int, int], count: int, lens: Camera, rng: np.random.Generator
) -> _Walker:
    """Lay a path that passes the middle of the picture when it is this walker's turn."""
    height, width = size
    focal = 1.6 * height
    side = 0.0 if (place + (lens.heading > 0)) % 2 == 0 else np.pi
    walk = walk_of(who, count, lens, side + rng.normal(0, 0.25), rng)
    turn = min(count - 1, int((place + 0.5) / crowd * count))
    right = walk.right - walk.right[turn]
    distance = np.clip(rng.uniform(5.6, 6.8) + walk.away - walk.away[turn], 5.0, 8.5)
    scale = focal / distance
    view = View(lens.elevation, 7.0, (np.cos(lens.light), np.sin(lens.light), 0.9), lens.ambient, 1.12 - lens.ambient)
    mesh, feet = body(who, int(rng.integers(1 << 30)), 1.7), _horizon(height) + LENS_HEIGHT * scale
    return _Walker(who.pid, mesh, walk, view, scale, width / 2 + right * scale, feet)


def _near(walker: _Walker, frame: int, width: int) -> bool:
    """Whether some of the walker, of what is carried or of the shadow can be in the picture."""
    reach = REACH * float(walker.scale[frame])
    return bool(-reach <= walker.x[frame] <= width + reach)


def _seen(walker: _Walker, frame: int) -> _Seen:
    now, walk = slice(frame, frame + 1), walker.walk
    shape = project(walker.mesh, walk.phase[now], walk.gait, walk.heading[now], walker.view)
    return _Seen(walker.pid, shape, *(float(known[frame]) for known in (walker.scale, walker.x, walker.y)))


def _inside(boxes: NDArray[np.float32], height: int, width: int) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    cut = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
    area, seen = (np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (boxes, cut))
    kept = seen >= 0.5 * area
    return kept, cut[kept]


def _draw(image: Frames, one: _Seen) -> None:
    """Paint one walker and the shadow in the part of the picture round it."""
    height, width = image.shape[:2]
    left, top, right, bottom = (int(edge) for edge in one.box + np.array([-40, -10, 40, 30]))
    left, top, right, bottom = max(0, left), max(0, top), min(width, right), min(height, bottom)
    if left >= right or top >= bottom:
        return
    scale = one.scale * OVERSAMPLE
    x, y = (one.x - left) * OVERSAMPLE, (one.y - top) * OVERSAMPLE
    canvas = np.zeros(((bottom - top) * OVERSAMPLE, (right - left) * OVERSAMPLE, 4), np.uint8)
    cv2.ellipse(canvas, (int(x), int(y)), (int(0.34 * scale), int(0.08 * scale)), 0, 0, 360, (0, 0, 0, 80), cv2.FILLED)
    paint(canvas, one.shape, 0, scale, x, y)
    small = cv2.resize(canvas, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    image[top:bottom, left:right] = lay_over(np.asarray(small, np.uint8), image[top:bottom, left:right])


def _street(rng: np.random.Generator, height: int, width: int) -> Frames:
    """Houses, a pavement, a kerb and a road."""
    foot = int(_horizon(height) * 1.25)
    street = np.empty((height, width, 3), np.uint8)
    street[:foot] = facade(rng, foot, width)
    grey = rng.uniform(105, 165)
    depth = np.linspace(0.9, 1.05, height - foot)[:, None, None]
    road = grey * depth * (1 + rng.normal(0, 0.02, 3))
    street[foot:] = np.clip(np.broadcast_to(road, (height - foot, width, 3)), 0, 255)
    kerb = foot + int(0.09 * height)
    street[foot:kerb] = np.clip(street[foot:kerb] * 1.15, 0, 255)
    street[kerb : kerb + max(2, height // 180)] = 205
    for x in range(-width, 2 * width, width // 8):
        cv2.line(street, (width // 2 + (x - width // 2) // 2, foot), (x, kerb), (112, 110, 108), 1, cv2.LINE_AA)
    line = int(0.93 * height)
    street[line : line + max(3, height // 120)] = 214
    rough = cv2.resize(rng.standard_normal((height // 3, width // 3), np.float32), (width, height)) * 5
    stains = cv2.resize(rng.standard_normal((9, 16), np.float32), (width, height), interpolation=cv2.INTER_CUBIC) * 7
    return np.clip(street + (rough + stains)[..., None], 0, 255).astype(np.uint8)

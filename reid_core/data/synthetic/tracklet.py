"""One recording: a walker on a ground that slides by, things and others in front, cut out by a shaky detector."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import exact
from reid_core.data.synthetic.backdrop import backdrop
from reid_core.data.synthetic.body import body
from reid_core.data.synthetic.camera import Camera, Frames, draw_camera, expose, mix
from reid_core.data.synthetic.paint import Shape, View, paint, project
from reid_core.data.synthetic.people import Person, stranger
from reid_core.data.synthetic.recording import Walk, lay_over, smooth, walk_of
from reid_core.data.synthetic.things import STATIC, draw_thing
from reid_core.video.frame import FRAME_HEIGHT, FRAME_WIDTH

OVERSAMPLE = 2
BACKGROUND_SCALE = 60.0  # px a metre of the background's picture
OWN_SHARE = 0.2  # how far a single recording strays from its camera


def camera(seed: int, index: int) -> Camera:
    """Camera ``index`` of the data set ``seed``."""
    return draw_camera(np.random.default_rng((seed, index, 7)))


def render_tracklet(
    person: Person,
    camera_index: int,
    length: int,
    seed: int,
    occlude: bool = True,
    variety: float = OWN_SHARE,
) -> Frames:
    """Record a person, as a tracker would cut it out of a camera's video.

    Args: length: frames, >= 1.
        seed: of the data set; its cameras follow from it, the recording from it, camera and person.
        occlude: let things and people pass in front.
        variety: 0 to 1, how far the recording strays from its camera; 1 is another camera every time.
    Returns: RGB, shape (length, 128, 64, 3).
    Raises: ValueError: length or variety is out of range.
    """
    scene = _record(person, camera_index, length, seed, occlude, variety)
    clean = np.stack([picture(t, scene) for t in range(length)])
    return expose(clean, scene.lens, scene.rng)


def hidden_shares(
    person: Person, camera_index: int, length: int, seed: int, variety: float = OWN_SHARE
) -> NDArray[np.float64]:
    """How much of the walker is behind something else, in each frame of ``render_tracklet`` with occluders.

    Args and Raises: as there. Returns: of the pixels that show the walker with nothing in front, the share that is
    hidden, (length,), 0 to 1.
    """
    scene = _record(person, camera_index, length, seed, True, variety)
    return np.array([hidden_share(t, scene) for t in range(length)])


@dataclass(frozen=True)
class Scene:
    """What is recorded, by what, and the generator from which the noise of the recording comes."""

    lens: Camera
    shape: Shape
    walk: Walk
    boxes: NDArray[np.float64]
    ground: Frames
    front: list["Passer | Thing"]
    rng: np.random.Generator


def check_recording(length: int, variety: float) -> None:
    """Raises: ValueError: no frames, or a variety out of range."""
    if length < 1 or not 0 <= variety <= 1:
        raise ValueError(f"expected length >= 1 and variety in 0 to 1, got length {length} and variety {variety}")


def _record(person: Person, camera_index: int, length: int, seed: int, occlude: bool, variety: float) -> Scene:
    check_recording(length, variety)
    rng = np.random.default_rng((seed, person.pid, camera_index, 2))
    lens = mix(camera(seed, camera_index), draw_camera(rng), variety)
    shape, walk, view = _walker(person, length, lens, rng)
    boxes = detector_boxes(shape.bounds, rng)
    ground = backdrop(rng)
    front = in_front(walk, lens, view, rng) if occlude else []
    return Scene(lens, shape, walk, boxes, ground, front, rng)


def _walker(person: Person, length: int, lens: Camera, rng: np.random.Generator) -> tuple[Shape, Walk, View]:
    view = view_of(lens, rng)
    back = np.pi if rng.random() < 0.3 else 0.0
    walk = walk_of(person, length, lens, lens.heading + back + rng.normal(0, 0.35), rng)
    mesh = body(person, int(rng.integers(1 << 30)), 0.7)
    return project(mesh, walk.phase, walk.gait, walk.heading, view), walk, view


def view_of(lens: Camera, rng: np.random.Generator) -> View:
    """How a camera looks at those who walk by, under the lamp of one recording."""
    light = float(exact.cos(lens.light)), float(exact.sin(lens.light)), rng.uniform(0.5, 1.5)
    return View(lens.elevation, float(rng.uniform(5, 14)), light, lens.ambient, 1.12 - lens.ambient)


def detector_boxes(bounds: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float64]:
    """Boxes of shape 2 : 1 round the walker that jitter and drift: centre x, bottom y and height, (T, 3), metres."""
    length = len(bounds)
    tall = float((bounds[:, 3] - bounds[:, 1]).mean())
    centre = 0.5 * (bounds[:, 0] + bounds[:, 2]) * 0.6 + jitter(rng, length, 0.035) * tall
    height = _slow(bounds[:, 3] - bounds[:, 1]) * (
        1.11 + rng.normal(0, 0.035) + smooth(rng, length, 0.04, 40) + jitter(rng, length, 0.02)
    )
    bottom = _slow(bounds[:, 3]) + 0.05 * tall + jitter(rng, length, 0.02) * tall + rng.normal(0, 0.02) * tall
    return np.stack([centre, bottom, height], 1)


def _slow(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Running mean over five frames: detectors follow the outline, not every step."""
    padded = np.pad(values.astype(np.float64), 2, mode="edge")
    return np.asarray(sum(0.2 * padded[shift : shift + len(values)] for shift in range(5)))


def jitter(rng: np.random.Generator, length: int, spread: float) -> NDArray[np.float64]:
    """How an edge of a box trembles, shape (T,)."""
    return smooth(rng, length, spread, 8) + rng.normal(0, 0.25 * spread, length)


@dataclass(frozen=True)
class Passer:
    """Another walker: its place against the main one, in metres right and down, and the frames in which it is near."""

    shape: Shape
    right: NDArray[np.float64]
    down: NDArray[np.float64]
    first: int


@dataclass(frozen=True)
class Thing:
    """A thing in front: its kind and looks, and its place in metres right of the walker, shape (T,)."""

    kind: str
    looks: int
    right: NDArray[np.float64]
    down: float


def in_front(walk: Walk, lens: Camera, view: View, rng: np.random.Generator) -> list[Passer | Thing]:
    """Draw what passes between camera and walker: often nothing, at times much."""
    count = int(rng.choice(4, p=[0.45, 0.33, 0.16, 0.06]))
    return [_passer(walk, lens, view, rng) if rng.random() < 0.45 else _thing(walk, rng) for _ in range(count)]


def _thing(walk: Walk, rng: np.random.Generator) -> Thing:
    length = len(walk.phase)
    meets = int(rng.integers(length))
    right = walk.right[meets] - walk.right
    if np.ptp(right) < 0.8 or rng.random() < 0.25:
        # who walks towards the camera passes a thing slowly
        right = (np.arange(length) - meets) * rng.choice((-1, 1)) * rng.uniform(0.02, 0.08)
    kind = str(rng.choice(STATIC))
    return Thing(kind, int(rng.integers(1 << 30)), right + rng.normal(0, 0.1), float(rng.uniform(0.02, 0.3)))


def _passer(walk: Walk, lens: Camera, view: View, rng: np.random.Generator) -> Passer:
    length = len(walk.phase)
    other = stranger(rng)
    meets = int(rng.integers(length))
    # meeting, overtaking or walking along
    speed = (
        rng.choice((-1, 1))
        * rng.choice((rng.uniform(0.5, 2.8), rng.uniform(0.05, 0.4)), p=[0.6, 0.4])
        / lens.frames_per_second
    )
    right = (np.arange(length) - meets) * speed + rng.normal(0, 0.15)
    near = np.flatnonzero(np.abs(right) < 0.95)
    first, last = (int(near[0]), int(near[-1]) + 1) if len(near) else (0, 0)
    towards = (0.0 if speed > 0 else np.pi) + rng.normal(0, 0.4)
    theirs = walk_of(other, max(1, last - first), lens, towards, rng)
    shape = project(body(other, 0, 0.55), theirs.phase, theirs.gait, theirs.heading, view)
    return Passer(shape, right[first:last], np.full(last - first, rng.uniform(0.05, 0.35)), first)


def picture(t: int, scene: Scene) -> Frames:
    """Frame ``t``, cut to its box, before the camera has spoilt it: what is behind, the walker, what is in front."""
    canvas, (scale, x, y) = _canvas(), _placed(scene.boxes[t])
    _shadow(canvas, x, y, scale)
    paint(canvas, scene.shape, t, scale, x, y)
    _paint_front(canvas, t, scene)
    small = cv2.resize(canvas, (FRAME_WIDTH, FRAME_HEIGHT), interpolation=cv2.INTER_AREA)
    right = scene.walk.right[t] - scene.boxes[t, 0]
    return lay_over(
        np.asarray(small, np.uint8),
        _behind(scene.ground, right, scene.walk.away[t], scale / OVERSAMPLE, y / OVERSAMPLE),
    )


def hidden_share(t: int, scene: Scene) -> float:
    """Of the pixels that show the walker with nothing in front, the share that is hidden in frame ``t``."""
    walker, front = _canvas(), _canvas()
    paint(walker, scene.shape, t, *_placed(scene.boxes[t]))
    _paint_front(front, t, scene)
    shown, hides = (canvas[..., 3] > 127 for canvas in (walker, front))
    return float((shown & hides).sum() / max(1, shown.sum()))


def _canvas() -> Frames:
    return np.zeros((FRAME_HEIGHT * OVERSAMPLE, FRAME_WIDTH * OVERSAMPLE, 4), np.uint8)


def _placed(box: NDArray[np.float64]) -> tuple[float, float, float]:
    """Pixels a metre, and the pixel at which the walker stands, so that the box fills the canvas."""
    centre, bottom, height = box
    scale = FRAME_HEIGHT * OVERSAMPLE / height
    return scale, FRAME_WIDTH * OVERSAMPLE / 2 - centre * scale, FRAME_HEIGHT * OVERSAMPLE - bottom * scale


def _paint_front(canvas: Frames, t: int, scene: Scene) -> None:
    """What passes between the camera and the walker."""
    scale, x, y = _placed(scene.boxes[t])
    for other in scene.front:
        if isinstance(other, Thing):
            draw_thing(canvas, other.kind, other.looks, x + other.right[t] * scale, y + other.down * scale, scale)
        elif 0 <= t - other.first < len(other.right):
            step = t - other.first
            paint(canvas, other.shape, step, scale, x + other.right[step] * scale, y + other.down[step] * scale)


def _shadow(canvas: Frames, x: float, y: float, scale: float) -> None:
    axes = (int(0.32 * scale), int(0.09 * scale))
    cv2.ellipse(canvas, (int(x), int(y)), axes, 0, 0, 360, (0, 0, 0, 70), cv2.FILLED)


def _behind(ground: Frames, right: float, away: float, scale: float, feet: float) -> Frames:
    """The window of the background behind the walker, whose feet stand at height ``feet`` of it."""
    zoom = scale / BACKGROUND_SCALE
    # the ground's middle row is where the walker starts; who walks away from the camera climbs the picture
    x = ground.shape[1] / 2 + right * BACKGROUND_SCALE - FRAME_WIDTH / 2 / zoom
    y = ground.shape[0] * 0.6 - away * 8.0 - feet / zoom
    matrix = np.array([[1 / zoom, 0, x], [0, 1 / zoom, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(ground, matrix, (FRAME_WIDTH, FRAME_HEIGHT), flags=flags, borderMode=cv2.BORDER_REFLECT),
        np.uint8,
    )

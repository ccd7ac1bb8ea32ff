"""One recording of the wide world: more light and less of it, bent lenses, poor boxes, real codecs."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic.body import body
from reid_core.data.synthetic.camera import Frames, compress, mix, saturate, tones
from reid_core.data.synthetic.city import PLACES, Site, draw_site, patch_of_light, place, site
from reid_core.data.synthetic.mesh import Mesh
from reid_core.data.synthetic.paint import project
from reid_core.data.synthetic.people import Person
from reid_core.data.synthetic.recording import walk_of
from reid_core.data.synthetic.tracklet import (
    OWN_SHARE,
    Scene,
    check_recording,
    detector_boxes,
    hidden_share,
    in_front,
    jitter,
    picture,
    view_of,
)

TURNS = (0.0, 0.0, np.pi, np.pi, np.pi / 2, -np.pi / 2)  # where people go, against most of a camera's
CROWDED = 0.3  # share of recordings in which something may pass in front
CUT = 0.08  # share of recordings in which the box misses feet or head


def render_wide(
    person: Person,
    camera_index: int,
    length: int,
    seed: int,
    occlude: bool = True,
    variety: float = OWN_SHARE,
) -> Frames:
    """Record a person of the wide world; as ``render_tracklet``, which has arguments, result and errors."""
    scene, here = stage(person, camera_index, length, seed, occlude, variety)
    return film(np.stack([picture(t, scene) for t in range(length)]), here, scene.rng)


def hidden_shares_wide(
    person: Person, camera_index: int, length: int, seed: int, variety: float = OWN_SHARE
) -> NDArray[np.float64]:
    """How much of the walker is behind something else; as ``hidden_shares``, before the lens bends the frame."""
    scene, _ = stage(person, camera_index, length, seed, True, variety)
    return np.array([hidden_share(t, scene) for t in range(length)])


def stage(
    person: Person, camera_index: int, length: int, seed: int, occlude: bool, variety: float
) -> tuple[Scene, Site]:
    """What ``render_wide``, which has arguments and errors, records, and the camera that does."""
    check_recording(length, variety)
    rng = np.random.default_rng((seed, person.pid, camera_index, 9))
    here = site(seed, camera_index)
    lens = mix(here.camera, draw_site(rng).camera, 0.5 * variety)
    view = view_of(lens, rng)
    walk = walk_of(person, length, lens, lens.heading + rng.choice(TURNS) + rng.normal(0, 0.35), rng)
    shape = project(_dressed(person), walk.phase, walk.gait, walk.heading, view)
    boxes = _poor_boxes(detector_boxes(shape.bounds, rng), here, rng)
    ground = place(seed, camera_index, int(rng.integers(PLACES)))
    ground = np.roll(ground[:, :: rng.choice((-1, 1))], int(rng.integers(ground.shape[1])), axis=1)
    passing = np.random.default_rng((seed, person.pid, camera_index, 13))
    front = in_front(walk, lens, view, passing) if occlude and passing.random() < CROWDED else []
    return Scene(lens, shape, walk, boxes, ground, front, rng), replace(here, camera=lens)


@lru_cache(8)
def _dressed(person: Person) -> Mesh:
    """The mesh of a person, once for all recordings."""
    return body(person, 0, 0.7)


def _poor_boxes(boxes: NDArray[np.float64], here: Site, rng: np.random.Generator) -> NDArray[np.float64]:
    """Boxes too large, too small, beside the person, without feet or head."""
    centre, bottom, height = boxes.T
    length, tall = len(boxes), float(height.mean())
    size = here.size * np.exp(rng.normal(0, 0.06) + jitter(rng, length, 0.02))
    centre = centre + tall * (here.right + rng.normal(0, 0.02) + jitter(rng, length, 0.01))
    bottom = bottom + tall * (here.down + rng.normal(0, 0.015) + 0.5 * (size - 1))
    if rng.random() < CUT:
        kept = rng.uniform(0.68, 0.92)
        size = size * kept
        bottom = bottom - tall * (1 - kept) * (rng.random() < 0.7)
    return np.stack([centre, bottom, height * size], 1)


def film(clean: Frames, here: Site, rng: np.random.Generator) -> Frames:
    """Pass clean frames through light, lens, sensor and codec of a camera, shape (T, H, W, 3)."""
    lens, (height, width) = here.camera, clean.shape[1:3]
    frames: Iterable[Frames] = _bent(clean, here, rng)
    if rng.random() < 0.35:
        light = patch_of_light(rng, len(clean), height, width)
        frames = [(frame * shade).astype(np.uint8) for frame, shade in zip(frames, light, strict=True)]
    # even numbers, as codecs halve the colours' resolution
    small = max(16, 2 * round(min(lens.pixels, height) * width / height / 2)), 2 * round(min(lens.pixels, height) / 2)
    streak, levels = _streak(here.motion, rng), _levels(here)
    grain = (rng.standard_normal((small[1] + 31, small[0] + 31, 3), np.float32) * lens.noise).astype(np.int16)
    shots = []
    for frame in frames:
        shot = cv2.filter2D(frame, -1, streak) if streak is not None else frame
        shot = cv2.resize(shot, small, interpolation=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(shot, (0, 0), max(0.3, lens.blur))
        # what is soft is made sharp again, halos and all
        shot = cv2.addWeighted(soft, 1 + lens.sharpening, cv2.GaussianBlur(soft, (0, 0), 1.0), -lens.sharpening, 0)
        y, x = rng.integers(0, 31, 2).tolist()
        shot = cv2.add(shot, grain[y : y + small[1], x : x + small[0]], dtype=cv2.CV_8U)
        shots.append(np.asarray(cv2.LUT(saturate(np.asarray(shot, np.uint8), lens.saturation), levels), np.uint8))
    coded = h264(shots, here.rate) if here.rate else [compress(shot, int(lens.quality)) for shot in shots]
    return np.stack([cv2.resize(shot, (width, height), interpolation=cv2.INTER_LINEAR) for shot in coded])


def _levels(here: Site) -> Frames:
    """The camera's tones, bent round the middle for its contrast; shape (1, 256, 3)."""
    level = tones(here.camera).astype(np.float64) / 255
    steep = level * level * (3 - 2 * level)
    curved = level + here.contrast * (steep - level) if here.contrast > 0 else 0.5 + (level - 0.5) * (1 + here.contrast)
    return np.asarray(np.clip(255 * curved, 0, 255), np.uint8)


def _bent(clean: Frames, here: Site, rng: np.random.Generator) -> list[Frames]:
    """The lens's bend about a centre somewhere beside the person, its tilt, and boxes too wide or too narrow."""
    height, width = clean.shape[1:3]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (x - width / 2) / height * here.stretch * np.exp(rng.normal(0, 0.05)), (y - height / 2) / height
    lean = here.tilt + rng.normal(0, 0.02) + here.bend * rng.normal(0, 0.12)
    x, y = np.cos(lean) * x - np.sin(lean) * y, np.sin(lean) * x + np.cos(lean) * y
    away = rng.normal(0, 0.4, 2)
    square = (x - away[0]) ** 2 + (y - away[1]) ** 2
    # the middle of the picture stays where it is, as the box follows the person
    factor = 1 + here.bend * (square - away[0] ** 2 - away[1] ** 2)
    x, y = away[0] + (x - away[0]) * factor, away[1] + (y - away[1]) * factor
    maps = (x * height + width / 2).astype(np.float32), (y * height + height / 2).astype(np.float32)
    bent = (cv2.remap(frame, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT) for frame in clean)
    return [np.asarray(frame, np.uint8) for frame in bent]


def _streak(length: float, rng: np.random.Generator) -> NDArray[np.float32] | None:
    """The kernel of a blur by motion, mostly sideways; None where nothing moves."""
    if not length:
        return None
    size = 2 * int(length / 2 + 1) + 1
    kernel = np.zeros((size, size), np.float32)
    angle, middle = rng.normal(0, 0.4), size // 2
    end = round(0.5 * length * float(np.cos(angle))), round(0.5 * length * float(np.sin(angle)))
    cv2.line(kernel, (middle - end[0], middle - end[1]), (middle + end[0], middle + end[1]), 1.0)
    return np.asarray(kernel / kernel.sum(), np.float32)


def h264(frames: list[Frames], rate: int) -> list[Frames]:
    """What H.264 leaves of a recording; sides must be even.

    Args: rate: the constant rate factor, 0 (nothing is lost) to 51.
    """
    coder = av.CodecContext.create("libx264", "w")
    coder.height, coder.width = frames[0].shape[:2]
    coder.pix_fmt, coder.time_base, coder.thread_count = "yuv420p", Fraction(1, 25), 1
    coder.options = {"crf": str(rate), "preset": "veryfast", "tune": "zerolatency"}
    reader = av.CodecContext.create("h264", "r")
    reader.thread_count = 1
    planes = (np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420), np.uint8) for frame in frames)
    packets = [p for plane in planes for p in coder.encode(av.VideoFrame.from_ndarray(plane, format="yuv420p"))]
    shown = [image for packet in [*packets, *coder.encode(None), None] for image in reader.decode(packet)]
    return [np.asarray(cv2.cvtColor(image.to_ndarray(), cv2.COLOR_YUV2RGB_I420), np.uint8) for image in shown]

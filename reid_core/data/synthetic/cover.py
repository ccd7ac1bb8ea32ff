"""Hide chosen frames of a clip behind somebody or something."""

from dataclasses import replace

import cv2
import numpy as np

from reid_core.data.synthetic.body import body
from reid_core.data.synthetic.camera import Frames, draw_camera
from reid_core.data.synthetic.paint import Shape, View, paint, project
from reid_core.data.synthetic.people import stranger
from reid_core.data.synthetic.recording import lay_over, smooth, walk_of
from reid_core.data.synthetic.things import draw_thing

COVERS = ("person", "suitcase", "pole", "blank", "blur")
OVERSAMPLE = 2


def cover(frames: Frames, start: int, stop: int, kind: str = "person", seed: int = 0) -> Frames:
    """Hide frames ``start`` to ``stop`` (exclusive) and leave the others as they are.

    Args: frames: shape (T, H, W, 3). kind: "person", "suitcase", "pole", "blank" or "blur". Returns: a new array.
    Raises: ValueError: the range is not inside the clip, or the kind is unknown.
    """
    if not 0 <= start <= stop <= len(frames):
        raise ValueError(f"expected 0 <= start <= stop <= {len(frames)}, got {start} and {stop}")
    if kind not in COVERS:
        raise ValueError(f"kind is {kind!r}; allowed are {', '.join(COVERS)}")
    covered = frames.copy()
    if stop > start:
        covered[start:stop] = _cover(frames[start:stop], kind, np.random.default_rng((seed, 3)))
    return covered


def _cover(frames: Frames, kind: str, rng: np.random.Generator) -> Frames:
    if kind == "blank":
        return np.full_like(frames, 127)
    if kind == "blur":
        return np.stack([cv2.GaussianBlur(frame, (0, 0), frame.shape[0] / 10) for frame in frames])
    height, width = frames.shape[1:3]
    tall, wide = height * OVERSAMPLE, width * OVERSAMPLE
    scale, sway = tall / 1.75, smooth(rng, len(frames), 0.04 * wide, 10)
    looks = int(rng.integers(1 << 30))
    other = _passer(len(frames), rng) if kind == "person" else None
    shots = []
    for t, frame in enumerate(frames):
        canvas = np.zeros((tall, wide, 4), np.uint8)
        if other is not None:
            paint(canvas, other, t, scale * 1.25, wide / 2 + sway[t], tall * 1.2)
        else:
            draw_thing(canvas, kind, looks, wide / 2 + sway[t], tall, scale * (1.9 if kind == "suitcase" else 1.5))
        small = np.asarray(cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        shots.append(lay_over(small, frame))
    return np.stack(shots)


def _passer(length: int, rng: np.random.Generator) -> Shape:
    """Somebody who walks along between camera and person."""
    who = stranger(rng)
    lens = replace(draw_camera(rng), frames_per_second=20.0)
    walk = walk_of(who, length, lens, lens.heading, rng)
    return project(body(who, detail=1.5), walk.phase, walk.gait, walk.heading, View(0.1))

"""How somebody walks through a recording, and how pictures are laid over each other."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import exact
from reid_core.data.synthetic.camera import Camera, Frames
from reid_core.data.synthetic.people import Person
from reid_core.data.synthetic.skeleton import ARM_POSES, Gait


@dataclass(frozen=True)
class Walk:
    """How one recording is walked: phase (cycles), heading (radians), place on the ground (metres), each (T,)."""

    phase: NDArray[np.float64]
    heading: NDArray[np.float64]
    right: NDArray[np.float64]
    away: NDArray[np.float64]
    gait: Gait


def walk_of(person: Person, length: int, lens: Camera, towards: float, rng: np.random.Generator) -> Walk:
    """Choose pace and manners of a walk ``towards`` a heading in radians; the path bends a little."""
    heading = towards + smooth(rng, length, 0.3, 40)
    cadence = np.clip(rng.normal(0.92, 0.1), 0.6, 1.3) / lens.frames_per_second
    phase = rng.random() + np.cumsum(np.full(length, cadence))
    pace = 1.45 * person.stride * person.height / 1.72 * cadence
    arms = _arms(person, rng)
    gait = Gait(
        person.stride, person.swing, person.lean, arms, float(rng.normal(0, 0.3)), float(rng.normal(0.08, 0.12))
    )
    return Walk(phase, heading, np.cumsum(exact.cos(heading) * pace), np.cumsum(exact.sin(heading) * pace), gait)


def _arms(person: Person, rng: np.random.Generator) -> tuple[str, str]:
    left, right = (str(rng.choice(ARM_POSES, p=[0.76, 0.13, 0.08, 0.03])) for _ in range(2))
    left = "phone" if person.umbrella is not None else "carry" if person.papers or person.trolley is not None else left
    return left, ("carry" if person.hand_bag is not None or person.bicycle is not None else right)


def smooth(rng: np.random.Generator, length: int, spread: float, period: int) -> NDArray[np.float64]:
    """A slow random curve with the given standard deviation, shape (T,)."""
    knots = rng.normal(0, spread, length // period + 3)
    return np.interp(np.arange(length) / period + rng.random(), np.arange(len(knots)), knots)


def lay_over(top: Frames, under: Frames) -> Frames:
    """Lay a premultiplied RGBA picture over an RGB one."""
    clear = cv2.cvtColor(255 - top[..., 3], cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.add(top[..., :3], cv2.multiply(under, clear, scale=1 / 255)), np.uint8)

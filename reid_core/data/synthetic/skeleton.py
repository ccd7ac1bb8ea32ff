"""How they walk: thirteen bones in 3-D, turned by the phase of the gait.

Axes of a walker: x forward, y to the left, z up, in metres; the origin lies on the ground below the hips.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import exact

Floats = NDArray[np.float32]

PELVIS, CHEST, HEAD, ARM_L, ARM_R, FORE_L, FORE_R, THIGH_L, THIGH_R, SHIN_L, SHIN_R, FOOT_L, FOOT_R = range(13)
PARENTS = (-1, PELVIS, CHEST, CHEST, CHEST, ARM_L, ARM_R, PELVIS, PELVIS, THIGH_L, THIGH_R, SHIN_L, SHIN_R)
ARM_POSES = ("swing", "pockets", "phone", "carry")


@dataclass(frozen=True)
class Gait:
    """How one tracklet is walked; angles in radians, ``arms`` names what the left and the right arm do."""

    step: float = 1.0
    swing: float = 1.0
    lean: float = 0.04
    arms: tuple[str, str] = ("swing", "swing")
    head_yaw: float = 0.0
    head_pitch: float = 0.0

    def __post_init__(self) -> None:
        if any(arm not in ARM_POSES for arm in self.arms):
            raise ValueError(f"Gait.arms is {self.arms}; allowed are {', '.join(ARM_POSES)}")


def joints(height: float, shoulders: float = 1.0) -> Floats:
    """Where the bones turn in the rest pose (standing, arms down), shape (13, 3), metres."""
    wide, hip = 0.1 * shoulders, 0.05
    rest = [(0.0, 0.0, 0.53), (0.0, 0.0, 0.60), (0.0, 0.0, 0.86)]
    for z, y in ((0.80, wide), (0.625, wide), (0.51, hip), (0.285, hip), (0.045, hip)):
        rest += [(0.0, y, z), (0.0, -y, z)]
    return np.array(rest, np.float32) * np.float32(height)


def pose(phase: NDArray[np.float64], gait: Gait, rest: Floats) -> tuple[Floats, Floats]:
    """Turn the bones for every frame.

    A vertex v of bone b moves to R_b (v - rest_b) + o_b.

    Args: phase: of the left leg in cycles, shape (T,); 0 is the heel's strike. rest: from ``joints``.
    Returns: rotations R, shape (T, 13, 3, 3), and origins o, shape (T, 13, 3).
    """
    local = _turn(*np.array(_angles(phase, gait)).transpose(1, 0, 2))
    rotation = np.empty((len(phase), 13, 3, 3), np.float32)
    origin = np.empty((len(phase), 13, 3), np.float32)
    for bone, parent in enumerate(PARENTS):
        if parent < 0:
            rotation[:, bone], origin[:, bone] = local[bone], rest[bone]
            continue
        rotation[:, bone] = exact.product(rotation[:, parent], local[bone])
        origin[:, bone] = origin[:, parent] + exact.against(rotation[:, parent], rest[bone] - rest[parent])
    # the lower of the two soles stands on the ground: the bobbing of the hips follows from it
    soles = [_sole(rotation[:, foot], origin[:, foot], rest[foot]) for foot in (FOOT_L, FOOT_R)]
    origin[:, :, 2] -= np.minimum(*soles)[:, None]
    return rotation, origin


def _sole(rotation: Floats, origin: Floats, rest: Floats) -> Floats:
    tips = np.array([(0.15, 0, -rest[2]), (-0.06, 0, -rest[2])], np.float32)
    return np.asarray(exact.product(rotation, tips.T)[:, 2].min(axis=1) + origin[:, 2])


def _bump(phase: NDArray[np.float64], centre: float, width: float) -> NDArray[np.float64]:
    away = (phase - centre + 0.5) % 1.0 - 0.5
    return exact.exp(-0.5 * (away / width) ** 2)


def _angles(phase: NDArray[np.float64], gait: Gait) -> list[tuple[NDArray[np.float64], ...]]:
    """Roll, pitch and yaw of each bone against its parent, (T,) each; the curves follow textbook gait, in degrees."""
    zero = np.zeros_like(phase)
    wave = exact.cos(2 * np.pi * phase)
    twist = np.radians(6 * gait.step) * wave
    lean = gait.lean + np.radians(1.5) * exact.cos(4 * np.pi * phase)
    angles: list[tuple[NDArray[np.float64], ...]] = [
        (np.radians(3) * exact.sin(2 * np.pi * phase), zero, -twist),
        (zero, lean, 2 * twist),
        (zero, zero + gait.head_pitch - 0.5 * gait.lean, -twist + gait.head_yaw),
    ]
    arms = [_arm(gait.arms[0], -wave, gait, 1.0), _arm(gait.arms[1], wave, gait, -1.0)]
    angles += [upper for upper, _ in arms] + [(zero, -(elbow + zero), zero) for _, elbow in arms]
    hips, knees, ankles = zip(*(_leg((phase + shift) % 1.0, gait.step) for shift in (0.0, 0.5)), strict=True)
    angles += [(zero + out, -hip, zero + out) for hip, out in zip(hips, (0.03, -0.03), strict=True)]
    return angles + [(zero, knee, zero) for knee in knees] + [(zero, ankle, zero) for ankle in ankles]


def _leg(phase: NDArray[np.float64], step: float) -> tuple[NDArray[np.float64], ...]:
    """Hip flexion, knee flexion and pitch of the foot against the shin."""
    hip = 7 + step * (21 * exact.cos(2 * np.pi * (phase + 0.06)) - 3 * exact.cos(4 * np.pi * phase))
    knee = 5 + step * (13 * _bump(phase, 0.15, 0.07) + 56 * _bump(phase, 0.72, 0.1))
    sole = step * (-16 * _bump(phase, 0.0, 0.05) + 50 * _bump(phase, 0.62, 0.08))  # > 0: the toes point down
    return np.radians(hip), np.radians(knee), np.radians(sole + hip - knee)


def _arm(
    arm: str, wave: NDArray[np.float64], gait: Gait, side: float
) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.float64]]:
    """Angles of the upper arm and flexion of the elbow; ``wave`` is +1 when the arm is in front."""
    zero = np.zeros_like(wave)
    if arm == "swing":
        forward, out, elbow = np.radians(20) * gait.swing * wave, 0.12, np.radians(18 + 12 * gait.swing * (1 + wave))
    elif arm == "pockets":
        forward, out, elbow = zero - 0.25, 0.28, zero + 0.75
    elif arm == "phone":
        forward, out, elbow = zero + 0.55, 0.1, zero + 1.9
    else:
        forward, out, elbow = 0.1 * wave, 0.1, zero + 0.12
    inward = 0.4 if arm in ("phone", "pockets") else 0.0
    return (zero + side * out, -forward, zero - side * inward), elbow


def _turn(roll: NDArray[np.float64], pitch: NDArray[np.float64], yaw: NDArray[np.float64]) -> Floats:
    """R = R_z(yaw) R_y(pitch) R_x(roll) of angles of any shape, with (3, 3) behind it."""
    (cr, sr), (cp, sp), (cy, sy) = ((exact.cos(a), exact.sin(a)) for a in (roll, pitch, yaw))
    rows = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2).astype(np.float32)

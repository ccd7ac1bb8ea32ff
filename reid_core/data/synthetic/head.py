"""Head, hair, headwear and what is worn round the neck."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic.mesh import Builder, Tube, blend, build_tube, flat, rings
from reid_core.data.synthetic.people import Person
from reid_core.data.synthetic.skeleton import CHEST, HEAD, Floats

# (height above the chin, forward, half depth, half width) of a skull, metres
SKULL = (
    (0.0, 0.03, 0.03, 0.025),
    (0.02, 0.028, 0.06, 0.045),
    (0.06, 0.018, 0.085, 0.064),
    (0.12, 0.008, 0.096, 0.075),
    (0.17, 0.0, 0.098, 0.077),
    (0.205, -0.004, 0.088, 0.068),
    (0.232, -0.006, 0.06, 0.046),
    (0.243, -0.006, 0.01, 0.01),
)
CROWN = SKULL[-1][0]


def add_head(build: Builder, person: Person, detail: float) -> None:
    """Add neck, face, hair and headwear."""
    h = person.height
    big = 0.5 + 0.5 * h / 1.72  # heads vary less than bodies
    neck = build_tube([(0.83 * h, -0.005, 0, 0.055, 0.055), (0.9 * h, 0.005, 0, 0.052, 0.052)], 3, rings(detail, 8))
    build.add(neck, flat(neck, person.skin) * np.float32(0.85), (HEAD, CHEST), 0.5)
    profile = [(h - (CROWN - z) * big, x, 0.0, d * big, w * big) for z, x, d, w in SKULL]
    tube = build_tube(profile, rings(detail, 13), rings(detail, 14))
    build.add(tube, _face(person, tube, (tube.where[:, 2] - h) / big + CROWN), (HEAD, HEAD))
    puff = {"bald": 0.0, "crop": 0.003, "short": 0.01}.get(person.hair, 0.016)
    shell = [(z + 0.5 * puff, x - 0.012, y, d + puff, w + puff) for z, x, y, d, w in profile[2:]]
    hair = build_tube(shell, rings(detail, 9), rings(detail, 14))
    kept = _hairline(person, hair, (hair.where[:, 2] - h) / big + CROWN)
    build.add(hair, _hair_colours(person, hair), (HEAD, HEAD), keep=kept, bias=0.015)
    _long_hair(build, person, detail)
    _headwear(build, person, profile, detail)


def _hair_colours(person: Person, hair: Tube) -> Floats:
    """The rest of hair round a bald head lets the skin through."""
    through = 0.5 if person.hair == "bald" else 0.0
    return (1 - through) * flat(hair, person.hair_colour) + through * flat(hair, person.skin)


def _face(person: Person, tube: Tube, level: Floats) -> Floats:
    """Eyes, brows, mouth and the shade below the nose: little, but detectors look for it."""
    colours = flat(tube, person.skin)
    side = np.abs(tube.angle)
    colours[(np.abs(level - 0.135) < 0.013) & (side > 0.15) & (side < 0.7)] *= 0.5
    colours[(np.abs(level - 0.06) < 0.009) & (side < 0.4)] *= (0.75, 0.55, 0.55)
    colours[(np.abs(level - 0.095) < 0.012) & (side < 0.2)] *= 1.06
    colours[level < 0.03] *= 0.75
    if person.beard and person.hair in ("bald", "crop", "short"):
        colours[(level < 0.075) & (side < 1.4)] = np.array(person.hair_colour) * 0.6 + np.array(person.skin) * 0.4
    return colours


def _hairline(person: Person, hair: Tube, level: Floats) -> NDArray[np.bool_]:
    side = np.abs(hair.angle)
    if person.hair == "bald":
        return (side > 1.7) & (level > 0.07) & (level < 0.13)
    low = np.interp(side, [0, 0.8, 1.2, 1.6, np.pi], [0.19, 0.18, 0.15, 0.1, 0.045])
    return np.asarray(level > low)


def _long_hair(build: Builder, person: Person, detail: float) -> None:
    h = person.height
    reach = {"bob": 0.865, "long": 0.78}.get(person.hair)
    if reach is not None:
        profile = [
            (reach * h, -0.06, 0, 0.05, 0.085),
            (0.87 * h, -0.04, 0, 0.075, 0.095),
            (0.92 * h, -0.03, 0, 0.09, 0.095),
            (0.97 * h, -0.02, 0, 0.09, 0.08),
        ]
        tube = build_tube(profile, rings(detail, 9), rings(detail, 12))
        weight = blend(tube.vertices[:, 2], 0.8 * h, 0.87 * h)
        build.add(tube, flat(tube, person.hair_colour), (HEAD, CHEST), weight, keep=np.abs(tube.angle) > 1.0)
    if person.hair in ("ponytail", "bun"):
        low = 0.85 if person.hair == "ponytail" else 0.93
        profile = [
            (low * h, -0.13, 0, 0.015, 0.02),
            ((low + 0.03) * h, -0.13, 0, 0.035, 0.04),
            (0.955 * h, -0.11, 0, 0.035, 0.035),
            (0.97 * h, -0.1, 0, 0.01, 0.01),
        ]
        tube = build_tube(profile, rings(detail, 6), rings(detail, 8))
        build.add(tube, flat(tube, person.hair_colour), (HEAD, HEAD))


def _headwear(build: Builder, person: Person, profile: Sequence[Sequence[float]], detail: float) -> None:
    if person.headwear == "none":
        return
    colour = person.top_colour if person.headwear == "hood" else person.headwear_colour
    size = {"hood": 0.035, "headscarf": 0.02, "beanie": 0.02}.get(person.headwear, 0.014)
    tube = build_tube(
        [(z + size * (d < 0.05), x - 0.008, y, d + size, w + size) for z, x, y, d, w in profile[1:]],
        rings(detail, 10),
        rings(detail, 14),
    )
    level = tube.along
    side = np.abs(tube.angle)
    keep = (side > 0.85) | (level > 0.72) if person.headwear in ("hood", "headscarf") else level > 0.55
    build.add(tube, flat(tube, colour), (HEAD, HEAD), keep=keep, bias=0.03)
    if person.headwear in ("cap", "hat"):
        z = profile[4][0] + 0.01
        x, depth, width = (0.09, 0.085, 0.07) if person.headwear == "cap" else (0.0, 0.17, 0.15)
        brim = build_tube(
            [
                (z, x, 0, 0.01, 0.01),
                (z + 0.001, x, 0, depth, width),
                (z + 0.012, x, 0, depth, width),
                (z + 0.013, x, 0, 0.01, 0.01),
            ],
            4,
            rings(detail, 10),
        )
        build.add(brim, flat(brim, colour) * np.float32(0.85), (HEAD, HEAD))


def add_neckwear(build: Builder, person: Person, detail: float) -> None:
    h = person.height
    sides = rings(detail, 12)
    if person.scarf is not None:
        tube = build_tube(
            [(0.825 * h, 0.01, 0, 0.09, 0.09), (0.845 * h, 0.01, 0, 0.1, 0.1), (0.885 * h, 0.01, 0, 0.085, 0.085)],
            4,
            sides,
        )
        build.add(tube, flat(tube, person.scarf), (CHEST, HEAD), 0.7)
    elif person.collar in ("hood", "fur") and person.headwear != "hood":
        tube = build_tube(
            [
                (0.77 * h, -0.12, 0, 0.03, 0.08),
                (0.81 * h, -0.1, 0, 0.06, 0.115),
                (0.845 * h, -0.06, 0, 0.075, 0.11),
                (0.87 * h, -0.05, 0, 0.06, 0.09),
            ],
            5,
            sides,
        )
        colour = (122, 108, 94) if person.collar == "fur" else person.top_colour
        build.add(tube, flat(tube, colour) * np.float32(0.92), (CHEST, CHEST), keep=np.abs(tube.angle) > 0.8)
    elif person.collar == "turtleneck":
        tube = build_tube([(0.83 * h, 0, 0, 0.075, 0.08), (0.875 * h, 0, 0, 0.064, 0.064)], 3, sides)
        build.add(tube, flat(tube, person.top_colour) * np.float32(0.9), (CHEST, HEAD), 0.6)

"""What they look like: limbs, clothes and bags of a person around the bones."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import exact
from reid_core.data.synthetic.carried import add_carried
from reid_core.data.synthetic.cloth import Print, sleeved, worn
from reid_core.data.synthetic.head import add_head, add_neckwear
from reid_core.data.synthetic.mesh import Builder, Mesh, Part, Tube, blend, build_tube, creases, flat, rings
from reid_core.data.synthetic.people import Person
from reid_core.data.synthetic.skeleton import ARM_L, CHEST, FOOT_L, FORE_L, PELVIS, SHIN_L, THIGH_L, Floats, joints


def body(person: Person, seed: int = 0, detail: float = 1.0) -> Mesh:
    """Build the mesh of a person.

    Args: seed: of the creases of the clothes, which are no part of the identity.
        detail: how fine, about 1 for a person of 128 pixels, 2 for one of 400.
    """
    rng = np.random.default_rng((seed, person.pid, 1))
    build = Builder(joints(person.height, person.shoulders))
    _legs(build, person, rng, detail)
    _feet(build, person, detail)
    _torso(build, person, rng, detail)
    _arms(build, person, rng, detail)
    _skirt(build, person, rng, detail)
    add_head(build, person, detail)
    add_neckwear(build, person, detail)
    _bags(build, person, detail)
    add_carried(build, person, detail)
    return build.mesh()


def _detail_of(cloth: Print | None, detail: float) -> float:
    """What is printed on a garment needs smaller quads than its shape."""
    return detail if cloth is None else 1.6 * detail


# ---------------------------------------------------------------- legs


def _legs(build: Builder, person: Person, rng: np.random.Generator, detail: float) -> None:
    h, g = person.height, float(exact.power(person.girth, 0.7))
    loose = {"skinny": 0.002, "trousers": 0.012, "wide": 0.028, "flared": 0.008, "shorts": 0.02}.get(person.lower, 0.0)
    hem = {"trousers": 0.066, "wide": 0.105, "flared": 0.1, "skinny": 0.045}.get(person.lower, 0.04)
    for side, sign in ((0, 1), (1, -1)):
        y = sign * 0.05 * h
        profile = [
            (0.05 * h, -0.01, y, hem, hem),
            (0.13 * h, -0.015, y, max(0.05 * g, 0.9 * hem), max(0.048 * g, 0.9 * hem)),
            (0.21 * h, -0.015, y, 0.062 * g + loose, 0.057 * g + loose),
            (0.285 * h, 0.0, y, 0.061 * g + loose, 0.058 * g + loose),
            (0.38 * h, 0.005, y, 0.078 * g + loose, 0.073 * g + loose),
            (0.47 * h, 0.0, y, 0.093 * g + loose, 0.083 * g + loose),
            (0.53 * h, 0.0, y, 0.095 * g + loose, 0.085 * g + loose),
        ]
        fine = _detail_of(person.lower_print, detail)
        tube = build_tube(profile, rings(fine, 13), rings(fine, 9))
        z = tube.vertices[:, 2]
        knee = blend(z, 0.255 * h, 0.315 * h)
        upper = z > 0.4 * h
        hip = blend(z, 0.50 * h, 0.56 * h)
        colours = _leg_colours(person, tube) * creases(rng, tube, 0.05)
        # two bones a vertex: shin and thigh below, thigh and pelvis above
        first = np.where(upper, PELVIS, THIGH_L + side)
        second = np.where(upper, THIGH_L + side, SHIN_L + side)
        build.parts.append(Part(tube, colours, np.stack([first, second], 1), np.where(upper, hip, knee)))


def _leg_colours(person: Person, tube: Tube) -> Floats:
    h, z = person.height, tube.where[:, 2]
    colours = flat(tube, person.lower_colour)
    if person.lower_print is not None:
        colours = worn(person.lower_print, person.lower_colour, tube.angle, z / (0.55 * h))
    if person.lower in ("shorts", "skirt", "long skirt"):
        colours[z < (0.3 * h if person.lower == "shorts" else h)] = (34, 32, 36) if person.tights else person.skin
    if person.boots:
        colours[z < 0.2 * h] = person.shoes
    return colours


def _feet(build: Builder, person: Person, detail: float) -> None:
    h = person.height
    ankle = build.rest[FOOT_L]
    for side, sign in ((0, 1), (1, -1)):
        y = sign * ankle[1]
        profile = [
            (0.0, 0.045, y, 0.02, 0.01),
            (0.003, 0.045, y, 0.136, 0.047),
            (0.03, 0.045, y, 0.135, 0.047),
            (0.05, 0.03, y, 0.115, 0.045),
            (0.075, -0.01, y, 0.068, 0.042),
            (0.065 * h, -0.02, y, 0.05, 0.042),
            (0.07 * h, -0.02, y, 0.01, 0.01),
        ]
        tube = build_tube(profile, rings(detail, 7, 7), rings(detail, 9), 0.8)
        colours = flat(tube, person.shoes)
        colours[tube.where[:, 2] < 0.016] *= 0.6 if sum(person.shoes) < 500 else 0.9
        build.add(tube, colours, (FOOT_L + side, FOOT_L + side))


# ---------------------------------------------------------------- torso

PADDING = {"shirt": 0.006, "sweater": 0.016, "jacket": 0.03, "puffer": 0.05, "coat": 0.036}


def _torso(build: Builder, person: Person, rng: np.random.Generator, detail: float) -> None:
    h, g, pad = person.height, person.girth, PADDING[person.top]
    wide = 0.5 * (1 + g) * person.shoulders
    hem = 0.5 - 0.42 * person.length
    flare = 0.1 * person.length
    waist = 0.0 if person.top in ("puffer", "coat") else 0.012
    rows = [
        (hem, 0.11 * g + flare, 0.158 * g + flare),
        (0.52, 0.118 * g, 0.163 * g),
        (0.58, 0.11 * g, 0.152 * g - waist),
        (0.63, 0.105 * g, 0.145 * g - waist),
        (0.69, 0.112 * g, 0.152 * wide),
        (0.75, 0.118 * g, 0.168 * wide),
        (0.795, 0.105, 0.182 * wide),
        (0.82, 0.09, 0.165 * wide),
        (0.838, 0.07, 0.11),
        (0.865, 0.055, 0.06),
    ]
    belly = 0.05 * max(0.0, g - 1.05)
    profile = [(z * h, belly if 0.5 < z < 0.7 else 0.0, 0.0, d + pad, w + pad * (z < 0.8)) for z, d, w in rows]
    if person.top == "sweater":
        profile[0] = (profile[0][0], 0.0, 0.0, profile[1][3] - 0.01, profile[1][4] - 0.008)
    fine = _detail_of(person.top_print, detail)
    tube = build_tube(profile, rings(fine, 22), rings(fine, 20), 0.85)
    if person.top == "puffer":
        tube.vertices[:, :2] *= (1 + 0.03 * _quilted(tube.vertices[:, 2], h))[:, None]
    colours = _top_colours(person, tube) * creases(rng, tube, 0.045)
    _add_hanging(build, tube, colours, 0.07)


def _quilted(z: Floats, h: float) -> Floats:
    """How far the padding of a puffer stands out, 0 in its seams to 1."""
    return np.abs(exact.sin(z / h * 60)).astype(np.float32)


def _add_hanging(build: Builder, tube: Tube, colours: Floats, bias: float) -> None:
    """Attach cloth to chest and pelvis and, where it hangs below the hips, to the thigh that moves under it."""
    z, y = tube.vertices[:, 2], tube.vertices[:, 1]
    h = build.rest[PELVIS, 2] / 0.53
    above = z > 0.53 * h
    weight = np.where(above, blend(z, 0.55 * h, 0.68 * h), 1 - 0.75 * blend(-z, -0.52 * h, -0.38 * h))
    first = np.where(above, CHEST, PELVIS)
    second = np.where(above, PELVIS, np.where(y > 0, THIGH_L, THIGH_L + 1))
    build.parts.append(Part(tube, colours, np.stack([first, second], 1), weight.astype(np.float32), bias))


def _top_colours(person: Person, tube: Tube) -> Floats:
    """Paint the garment: pattern, open front, buttons, hem, straps of a bag."""
    h = person.height
    _, y, z = tube.where.T
    front = np.abs(tube.angle)
    colours = flat(tube, person.top_colour)
    if person.top_print is not None:
        colours = worn(person.top_print, person.top_colour, tube.angle, (z / h - 0.4) / 0.46)
    colours[_pattern(person, tube)] = person.pattern_colour
    if person.top == "puffer":
        colours *= (1 - 0.3 * (_quilted(z, h) < 0.35))[:, None]
    if person.inner_colour is not None:
        # a V that opens towards neck and hem
        gap = 0.16 + 0.5 * np.clip(z / h - 0.7, 0, 1) * 4 + 0.3 * np.clip(0.55 - z / h, 0, 1) * 3
        colours[front < gap] = person.inner_colour
    elif person.top in ("jacket", "coat", "puffer"):
        colours[front < 0.16] *= 0.72
    if person.collar == "collar":
        colours[z > 0.84 * h] *= 0.8
    if person.top in ("jacket", "sweater"):
        colours[tube.along < 0.05] *= 0.75
    if person.sleeves == "none":
        colours[(z > 0.79 * h) & (np.abs(y) > 0.13)] = person.skin
    if person.backpack is not None:
        colours[(front < 1.5) & (np.abs(np.abs(y) - 0.1) < 0.026) & (z > 0.66 * h)] = person.backpack
    if person.shoulder_bag is not None:
        colours[np.abs((z - 0.68 * h) + 1.15 * y) < 0.03] = person.shoulder_bag
    return colours


def _pattern(person: Person, tube: Tube) -> NDArray[np.bool_]:
    """Tell which quads of a garment carry the pattern's colour."""
    z = tube.where[:, 2]
    rel, none = z / person.height, np.zeros(len(z), bool)
    masks = {
        "stripes": exact.sin(rel * 95) > 0.1,
        "pinstripes": exact.sin(tube.angle * 10) > 0.4,
        "plaid": (exact.sin(rel * 80) > 0.45) | (exact.sin(tube.angle * 7) > 0.5),
        "yoke": rel > 0.735,
        "band": np.abs(rel - 0.7) < 0.03,
        "logo": (np.abs(tube.angle) < 0.55) & (np.abs(rel - 0.715) < 0.035),
        "blotches": exact.sin(rel * 55 + 3 * exact.sin(2 * tube.angle)) * exact.sin(4 * tube.angle + rel * 30) > 0.25,
    }
    return np.asarray(masks.get(person.pattern, none))


def _arms(build: Builder, person: Person, rng: np.random.Generator, detail: float) -> None:
    h, g = person.height, math.sqrt(person.girth)
    pad = PADDING[person.top] * 0.7
    bare = {"none": 0.9, "short": 0.66, "long": 0.485}[person.sleeves]
    for side, sign in ((0, 1), (1, -1)):
        y = float(build.rest[ARM_L + side, 1]) + sign * 0.006
        rows = [
            (0.385, 0.012, 0.008, 0.012),
            (0.40, 0.012, 0.028, 0.014),
            (0.445, 0.008, 0.042, 0.02),
            (0.484, 0, 0.026, 0.022),
            (0.495, 0, 0.03 * g, 0.027 * g),
            (0.56, 0, 0.042 * g, 0.04 * g),
            (0.63, 0, 0.043 * g, 0.042 * g),
            (0.70, 0, 0.05 * g, 0.05 * g),
            (0.765, 0, 0.056 * g, 0.054 * g),
            (0.80, 0, 0.05 * g, 0.046 * g),
            (0.82, 0, 0.03, 0.02),
        ]
        profile = [(z * h, x, y, d + pad * (z > bare), w + pad * (z > bare)) for z, x, d, w in rows]
        fine = _detail_of(person.top_print, detail)
        tube = build_tube(profile, rings(fine, 15, 11), rings(fine, 8))
        z = tube.where[:, 2] / h
        colours = flat(tube, person.skin)
        sleeve = z > bare
        colours[sleeve] = person.pattern_colour if person.pattern == "raglan" else person.top_colour
        if person.pattern in ("stripes", "plaid", "yoke", "blotches"):
            colours[sleeve & _pattern(person, tube)] = person.pattern_colour
        if person.top_print is not None and sleeved(person.top_print):
            colours[sleeve] = worn(person.top_print, person.top_colour, tube.angle, (z - 0.4) / 0.46)[sleeve]
        colours *= np.where(sleeve[:, None], creases(rng, tube, 0.05), 1)
        weight = blend(tube.vertices[:, 2], 0.6 * h, 0.65 * h)
        bones = np.tile(np.array((ARM_L + side, FORE_L + side)), (len(weight), 1))
        build.parts.append(Part(tube, colours, bones, weight, 0.03))


def _skirt(build: Builder, person: Person, rng: np.random.Generator, detail: float) -> None:
    if person.lower not in ("skirt", "long skirt"):
        return
    h, g = person.height, person.girth
    hem, flare = (0.3, 0.05) if person.lower == "skirt" else (0.13, 0.07)
    profile = [
        (hem * h, 0, 0, 0.125 * g + flare, 0.17 * g + flare),
        (0.45 * h, 0, 0, 0.125 * g, 0.172 * g),
        (0.54 * h, 0, 0, 0.118 * g, 0.162 * g),
        (0.6 * h, 0, 0, 0.1 * g, 0.145 * g),
    ]
    fine = _detail_of(person.lower_print, detail)
    tube = build_tube(profile, rings(fine, 12), rings(fine, 16))
    colours = flat(tube, person.lower_colour)
    if person.lower_print is not None:
        colours = worn(person.lower_print, person.lower_colour, tube.angle, tube.along)
    _add_hanging(build, tube, colours * creases(rng, tube, 0.06), 0.1)


# ---------------------------------------------------------------- what they carry


def _box(low: Sequence[float], high: Sequence[float], detail: float) -> Tube:
    (x0, y0, z0), (x1, y1, z1) = low, high
    x, y, depth, width = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2
    rows = [(z0, x, y, 0.2 * depth, 0.2 * width), (z0 + 0.01, x, y, depth, width), ((z0 + z1) / 2, x, y, depth, width)]
    rows += [(z1 - 0.02, x, y, 0.95 * depth, 0.95 * width), (z1, x, y, 0.3 * depth, 0.3 * width)]
    return build_tube(rows, rings(detail, 7, 5), rings(detail, 12), 0.45)


def _bags(build: Builder, person: Person, detail: float) -> None:
    h, back = person.height, 0.09 * person.girth + PADDING[person.top]
    hand = float(build.rest[FORE_L, 1])
    if person.backpack is not None:
        size = person.bag_size
        low = (-back - 0.19 * size, -0.15 * size, (0.575 + 0.245 * (1 - size)) * h)
        high = (-back + 0.03, 0.15 * size, 0.82 * h)
        tube = _box(low, high, _detail_of(person.bag_print, detail))
        colours = flat(tube, person.backpack)
        if person.bag_print is not None:
            # the picture's middle, worn in front on a garment, faces back
            colours = worn(person.bag_print, person.backpack, tube.angle + np.float32(np.pi), tube.along)
        colours[(np.abs(tube.angle) > 2.2) & (tube.along < 0.5)] *= 1.2
        build.add(tube, colours, (CHEST, CHEST))
    if person.shoulder_bag is not None:
        side = 0.17 * person.girth + PADDING[person.top]
        tube = _box((-0.16, side - 0.02, 0.43 * h), (0.14, side + 0.09, 0.56 * h), detail)
        build.add(tube, flat(tube, person.shoulder_bag), (PELVIS, PELVIS))
    if person.hand_bag is not None:
        tube = _box((-0.15, -hand - 0.05, 0.22 * h), (0.17, -hand + 0.05, 0.38 * h), detail)
        build.add(tube, flat(tube, person.hand_bag), (FORE_L + 1, FORE_L + 1))
    if person.papers:
        tube = _box((-0.02, hand - 0.012, 0.33 * h), (0.19, hand + 0.012, 0.43 * h), detail)
        build.add(tube, flat(tube, (236, 236, 232)), (FORE_L, FORE_L))

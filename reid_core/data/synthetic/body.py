"""What they look like: a body and its clothes as coloured quads around the bones, in the rest pose."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic.people import Colour, Person
from reid_core.data.synthetic.skeleton import (
    ARM_L,
    CHEST,
    FOOT_L,
    FORE_L,
    HEAD,
    PELVIS,
    SHIN_L,
    THIGH_L,
    Floats,
    joints,
)

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Mesh:
    """Quads of a body; a vertex follows the first bone by its weight and the second by the rest.

    ``vertices`` (V, 3) metres, ``bones`` (V, 2), ``weights`` (V,), ``quads`` (Q, 4), ``colours`` (Q, 3) RGB 0 to 255,
    ``rest`` (13, 3) the joints.
    """

    vertices: Floats
    bones: Ints
    weights: Floats
    quads: Ints
    colours: Floats
    rest: Floats


@dataclass(frozen=True)
class _Tube:
    """A closed surface of rings; ``where`` (Q, 3) centres, ``angle`` (Q,) round it from the front, ``along`` (Q,) 0 to 1."""

    vertices: Floats
    quads: Ints
    where: Floats
    angle: Floats
    along: Floats


def _tube(profile: Sequence[Sequence[float]], rings: int, sides: int, square: float = 1.0) -> _Tube:
    """Build rings from rows (z, x, y, half depth, half width), z rising; ``square`` < 1 makes boxes of ellipses."""
    nodes = np.array(profile, np.float32)
    steps = np.linspace(0, len(nodes) - 1, rings)
    z, x, y, depth, width = (np.interp(steps, np.arange(len(nodes)), column)[:, None] for column in nodes.T)
    angle = np.arange(sides) * (2 * np.pi / sides)
    cos, sin = (np.sign(f(angle)) * np.abs(f(angle)) ** square for f in (np.cos, np.sin))
    vertices = np.stack(np.broadcast_arrays(x + depth * cos, y + width * sin, z), -1).astype(np.float32)
    ring, side = np.divmod(np.arange((rings - 1) * sides), sides)
    nxt = (side + 1) % sides
    quads = np.stack([ring * sides + side, ring * sides + nxt, (ring + 1) * sides + nxt, (ring + 1) * sides + side], 1)
    vertices = vertices.reshape(-1, 3)
    middle = (side + 0.5) * (2 * np.pi / sides)
    middle = (middle + np.pi) % (2 * np.pi) - np.pi
    return _Tube(vertices, quads, vertices[quads].mean(axis=1), middle.astype(np.float32), ((ring + 0.5) / (rings - 1)).astype(np.float32))


class _Builder:
    """Collects tubes into one mesh."""

    def __init__(self, rest: Floats) -> None:
        self.rest = rest
        self.parts: list[tuple[_Tube, Floats, Ints, Floats]] = []

    def add(self, tube: _Tube, colours: Floats, bones: tuple[int, int], weights: Floats | float = 1.0, keep: NDArray[np.bool_] | None = None) -> None:
        """Add a tube with a colour a quad; ``keep`` leaves quads out."""
        if keep is not None:
            tube = _Tube(tube.vertices, tube.quads[keep], tube.where[keep], tube.angle[keep], tube.along[keep])
            colours = colours[keep]
        count = len(tube.vertices)
        weight = np.broadcast_to(np.asarray(weights, np.float32), (count,))
        self.parts.append((tube, colours, np.tile(np.array(bones), (count, 1)), weight))

    def mesh(self) -> Mesh:
        starts = np.cumsum([0] + [len(tube.vertices) for tube, *_ in self.parts])
        return Mesh(
            vertices=np.concatenate([tube.vertices for tube, *_ in self.parts]),
            bones=np.concatenate([bones for *_, bones, _ in self.parts]),
            weights=np.concatenate([weights for *_, weights in self.parts]),
            quads=np.concatenate([tube.quads + start for (tube, *_), start in zip(self.parts, starts, strict=False)]),
            colours=np.concatenate([colours for _, colours, *_ in self.parts]),
            rest=self.rest,
        )


def body(person: Person, seed: int = 0, detail: float = 1.0) -> Mesh:
    """Build the mesh of a person.

    Args: seed: of the creases of the clothes, which are no part of the identity.
        detail: how fine, about 1 for a person of 128 pixels, 2 for one of 400.
    """
    rng = np.random.default_rng((seed, person.pid, 1))
    build = _Builder(joints(person.height, person.shoulders))
    _legs(build, person, rng, detail)
    _feet(build, person, detail)
    _torso(build, person, rng, detail)
    _arms(build, person, rng, detail)
    _skirt(build, person, rng, detail)
    _head(build, person, detail)
    _neckwear(build, person, detail)
    _bags(build, person, detail)
    return build.mesh()


def _flat(tube: _Tube, colour: Colour) -> Floats:
    return np.tile(np.array(colour, np.float32), (len(tube.quads), 1))


def _rings(detail: float, count: int, least: int = 3) -> int:
    return max(least, round(count * detail))


def _blend(z: Floats, low: float, high: float) -> Floats:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((z - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def _creases(rng: np.random.Generator, tube: _Tube, strength: float) -> Floats:
    """Brightness of a quad: folds run round the limb and along it."""
    a, b, c = rng.uniform(0, 2 * np.pi, 3)
    folds = np.sin(tube.along * rng.uniform(9, 22) + np.sin(tube.angle + a) * 2 + b) + np.sin(3 * tube.angle + tube.along * 5 + c)
    return (1 + strength * (0.5 * folds + rng.normal(0, 0.5, len(tube.quads))))[:, None].astype(np.float32)


# ---------------------------------------------------------------- legs


def _legs(build: _Builder, person: Person, rng: np.random.Generator, detail: float) -> None:
    h, g = person.height, person.girth**0.7
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
        tube = _tube(profile, _rings(detail, 13), _rings(detail, 9))
        z = tube.vertices[:, 2]
        knee = _blend(z, 0.255 * h, 0.315 * h)
        upper = z > 0.4 * h
        hip = _blend(z, 0.50 * h, 0.56 * h)
        colours = _leg_colours(person, tube) * _creases(rng, tube, 0.05)
        # two bones a vertex: shin and thigh below, thigh and pelvis above
        first = np.where(upper, PELVIS, THIGH_L + side)
        second = np.where(upper, THIGH_L + side, SHIN_L + side)
        build.parts.append((tube, colours, np.stack([first, second], 1), np.where(upper, hip, knee)))


def _leg_colours(person: Person, tube: _Tube) -> Floats:
    h, z = person.height, tube.where[:, 2]
    colours = _flat(tube, person.lower_colour)
    if person.lower in ("shorts", "skirt", "long skirt"):
        tights = sum(person.skin) > 480 and person.pid % 3 == 0
        colours[z < (0.3 * h if person.lower == "shorts" else h)] = (34, 32, 36) if tights else person.skin
    if person.boots:
        colours[z < 0.2 * h] = person.shoes
    return colours


def _feet(build: _Builder, person: Person, detail: float) -> None:
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
        tube = _tube(profile, _rings(detail, 7, 7), _rings(detail, 9), 0.8)
        colours = _flat(tube, person.shoes)
        colours[tube.where[:, 2] < 0.016] *= 0.6 if sum(person.shoes) < 500 else 0.9
        build.add(tube, colours, (FOOT_L + side, FOOT_L + side))


# ---------------------------------------------------------------- torso

_PADDING = {"shirt": 0.006, "sweater": 0.016, "jacket": 0.026, "puffer": 0.044, "coat": 0.032}


def _torso(build: _Builder, person: Person, rng: np.random.Generator, detail: float) -> None:
    h, g, pad = person.height, person.girth, _PADDING[person.top]
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
        (0.795, 0.105, 0.178 * wide),
        (0.825, 0.09, 0.16 * wide),
        (0.845, 0.07, 0.1),
        (0.865, 0.055, 0.06),
    ]
    belly = 0.05 * max(0.0, g - 1.05)
    profile = [(z * h, belly if 0.5 < z < 0.7 else 0.0, 0.0, d + pad, w + pad * (z < 0.8)) for z, d, w in rows]
    if person.top == "sweater":
        profile[0] = (profile[0][0], 0.0, 0.0, profile[1][3] - 0.01, profile[1][4] - 0.008)
    tube = _tube(profile, _rings(detail, 22), _rings(detail, 20), 0.85)
    if person.top == "puffer":
        bulge = 1 + 0.03 * np.abs(np.sin(tube.vertices[:, 2] / h * 60))
        tube.vertices[:, :2] *= bulge[:, None].astype(np.float32)
    colours = _top_colours(person, tube, rng) * _creases(rng, tube, 0.045)
    _add_hanging(build, tube, colours)


def _add_hanging(build: _Builder, tube: _Tube, colours: Floats) -> None:
    """Attach cloth to chest and pelvis and, where it hangs below the hips, to the thigh that moves under it."""
    z, y = tube.vertices[:, 2], tube.vertices[:, 1]
    h = build.rest[PELVIS, 2] / 0.53
    above = z > 0.53 * h
    weight = np.where(above, _blend(z, 0.55 * h, 0.68 * h), 1 - 0.75 * _blend(-z, -0.52 * h, -0.38 * h))
    first = np.where(above, CHEST, PELVIS)
    second = np.where(above, PELVIS, np.where(y > 0, THIGH_L, THIGH_L + 1))
    build.parts.append((tube, colours, np.stack([first, second], 1), weight.astype(np.float32)))


def _top_colours(person: Person, tube: _Tube, rng: np.random.Generator) -> Floats:
    """Paint the garment: pattern, open front, buttons, hem, straps of a bag."""
    h = person.height
    x, y, z = tube.where.T
    front = np.abs(tube.angle)
    colours = _flat(tube, person.top_colour)
    colours[_pattern(person, tube, rng)] = person.pattern_colour
    if person.top == "puffer":
        colours *= (1 - 0.3 * (np.abs(np.sin(z / h * 60)) < 0.35))[:, None]
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


def _pattern(person: Person, tube: _Tube, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Tell which quads of a garment carry the pattern's colour."""
    x, y, z = tube.where.T
    rel, none = z / person.height, np.zeros(len(z), bool)
    masks = {
        "stripes": np.sin(rel * 95) > 0.1,
        "pinstripes": np.sin(tube.angle * 10) > 0.4,
        "plaid": (np.sin(rel * 80) > 0.45) | (np.sin(tube.angle * 7) > 0.5),
        "yoke": rel > 0.735,
        "band": np.abs(rel - 0.7) < 0.03,
        "logo": (np.abs(tube.angle) < 0.55) & (np.abs(rel - 0.715) < 0.035),
        "blotches": np.sin(rel * 55 + 3 * np.sin(2 * tube.angle + person.pid)) * np.sin(4 * tube.angle + rel * 30) > 0.25,
    }
    return masks.get(person.pattern, none)


def _arms(build: _Builder, person: Person, rng: np.random.Generator, detail: float) -> None:
    h, g = person.height, person.girth**0.5
    pad = _PADDING[person.top] * 0.7
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
            (0.77, 0, 0.058 * g, 0.056 * g),
            (0.805, 0, 0.056 * g, 0.056 * g),
            (0.83, 0, 0.02, 0.02),
        ]
        profile = [(z * h, x, y, d + pad * (z > bare), w + pad * (z > bare)) for z, x, d, w in rows]
        tube = _tube(profile, _rings(detail, 15, 11), _rings(detail, 8))
        z = tube.where[:, 2] / h
        colours = _flat(tube, person.skin)
        sleeve = z > bare
        colours[sleeve] = person.pattern_colour if person.pattern == "raglan" else person.top_colour
        if person.pattern in ("stripes", "plaid", "yoke", "blotches"):
            colours[sleeve & _pattern(person, tube, rng)] = person.pattern_colour
        colours *= np.where(sleeve[:, None], _creases(rng, tube, 0.05), 1)
        build.add(tube, colours, (ARM_L + side, FORE_L + side), _blend(tube.vertices[:, 2], 0.6 * h, 0.65 * h))


def _skirt(build: _Builder, person: Person, rng: np.random.Generator, detail: float) -> None:
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
    tube = _tube(profile, _rings(detail, 12), _rings(detail, 16))
    _add_hanging(build, tube, _flat(tube, person.lower_colour) * _creases(rng, tube, 0.06))


# ---------------------------------------------------------------- head


def _head(build: _Builder, person: Person, detail: float) -> None:
    h = person.height
    top, big = h, 0.5 + 0.5 * h / 1.72
    neck = _tube([(0.83 * h, -0.005, 0, 0.055, 0.055), (0.9 * h, 0.005, 0, 0.052, 0.052)], 3, _rings(detail, 8))
    build.add(neck, _flat(neck, person.skin) * np.float32(0.85), (HEAD, CHEST), 0.5)
    rows = ((0, 0.03, 0.03, 0.025), (0.02, 0.028, 0.06, 0.045), (0.06, 0.018, 0.085, 0.064), (0.12, 0.008, 0.096, 0.075), (0.17, 0, 0.098, 0.077))
    rows += ((0.205, -0.004, 0.088, 0.068), (0.232, -0.006, 0.06, 0.046), (0.243, -0.006, 0.01, 0.01))
    puff = {"bald": 0.0, "crop": 0.003, "short": 0.01}.get(person.hair, 0.016)
    profile = [(top - (0.243 - z) * big, x, 0, d * big, w * big) for z, x, d, w in rows]
    tube = _tube(profile, _rings(detail, 13), _rings(detail, 14))
    level = (tube.where[:, 2] - top) / big + 0.243
    build.add(tube, _face(person, tube, level), (HEAD, HEAD))
    hair = _tube([(z, x - 0.012, y, d + puff, w + puff) for z, x, y, d, w in profile[2:]], _rings(detail, 9), _rings(detail, 14))
    level = (hair.where[:, 2] - top) / big + 0.243
    build.add(hair, _flat(hair, person.hair_colour), (HEAD, HEAD), keep=_hairline(person, hair, level))
    _long_hair(build, person, detail)
    _headwear(build, person, profile, detail)


def _face(person: Person, tube: _Tube, level: Floats) -> Floats:
    """Eyes, brows, mouth and the shade below the nose: little, but detectors look for it."""
    colours = _flat(tube, person.skin)
    side = np.abs(tube.angle)
    colours[(np.abs(level - 0.135) < 0.013) & (side > 0.15) & (side < 0.7)] *= 0.5
    colours[(np.abs(level - 0.06) < 0.009) & (side < 0.4)] *= (0.75, 0.55, 0.55)
    colours[(np.abs(level - 0.095) < 0.012) & (side < 0.2)] *= 1.06
    colours[level < 0.03] *= 0.75
    if person.hair != "bald" and person.pid % 5 == 0 and person.hair in ("short", "crop"):
        colours[(level < 0.075) & (side < 1.4)] = np.array(person.hair_colour) * 0.6 + np.array(person.skin) * 0.4
    return colours


def _hairline(person: Person, hair: _Tube, level: Floats) -> NDArray[np.bool_]:
    side = np.abs(hair.angle)
    if person.hair == "bald":
        return (side > 1.7) & (level > 0.07) & (level < 0.13)
    low = np.interp(side, [0, 0.8, 1.2, 1.6, np.pi], [0.19, 0.18, 0.15, 0.1, 0.045])
    return np.asarray(level > low)


def _long_hair(build: _Builder, person: Person, detail: float) -> None:
    h = person.height
    reach = {"bob": 0.865, "long": 0.78}.get(person.hair)
    if reach is not None:
        profile = [(reach * h, -0.06, 0, 0.05, 0.085), (0.87 * h, -0.04, 0, 0.075, 0.095), (0.92 * h, -0.03, 0, 0.09, 0.095), (0.97 * h, -0.02, 0, 0.09, 0.08)]
        tube = _tube(profile, _rings(detail, 9), _rings(detail, 12))
        weight = _blend(tube.vertices[:, 2], 0.8 * h, 0.87 * h)
        build.add(tube, _flat(tube, person.hair_colour), (HEAD, CHEST), weight, keep=np.abs(tube.angle) > 1.0)
    if person.hair in ("ponytail", "bun"):
        low = 0.85 if person.hair == "ponytail" else 0.93
        profile = [(low * h, -0.13, 0, 0.015, 0.02), ((low + 0.03) * h, -0.13, 0, 0.035, 0.04), (0.955 * h, -0.11, 0, 0.035, 0.035), (0.97 * h, -0.1, 0, 0.01, 0.01)]
        tube = _tube(profile, _rings(detail, 6), _rings(detail, 8))
        build.add(tube, _flat(tube, person.hair_colour), (HEAD, HEAD))


def _headwear(build: _Builder, person: Person, profile: Sequence[Sequence[float]], detail: float) -> None:
    if person.headwear == "none":
        return
    colour = person.top_colour if person.headwear == "hood" else person.headwear_colour
    size = {"hood": 0.035, "headscarf": 0.02, "beanie": 0.02}.get(person.headwear, 0.014)
    tube = _tube([(z + size * (d < 0.05), x - 0.008, y, d + size, w + size) for z, x, y, d, w in profile[1:]], _rings(detail, 10), _rings(detail, 14))
    level = tube.along
    side = np.abs(tube.angle)
    keep = (side > 0.85) | (level > 0.72) if person.headwear in ("hood", "headscarf") else level > 0.55
    build.add(tube, _flat(tube, colour), (HEAD, HEAD), keep=keep)
    if person.headwear in ("cap", "hat"):
        z = profile[4][0] + 0.01
        x, depth, width = (0.09, 0.085, 0.07) if person.headwear == "cap" else (0.0, 0.17, 0.15)
        brim = _tube([(z, x, 0, 0.01, 0.01), (z + 0.001, x, 0, depth, width), (z + 0.012, x, 0, depth, width), (z + 0.013, x, 0, 0.01, 0.01)], 4, _rings(detail, 10))
        build.add(brim, _flat(brim, colour) * np.float32(0.85), (HEAD, HEAD))


def _neckwear(build: _Builder, person: Person, detail: float) -> None:
    h = person.height
    sides = _rings(detail, 12)
    if person.scarf is not None:
        tube = _tube([(0.825 * h, 0.01, 0, 0.09, 0.09), (0.845 * h, 0.01, 0, 0.1, 0.1), (0.885 * h, 0.01, 0, 0.085, 0.085)], 4, sides)
        build.add(tube, _flat(tube, person.scarf), (CHEST, HEAD), 0.7)
    elif person.collar in ("hood", "fur") and person.headwear != "hood":
        tube = _tube([(0.77 * h, -0.12, 0, 0.03, 0.08), (0.81 * h, -0.1, 0, 0.06, 0.115), (0.845 * h, -0.06, 0, 0.075, 0.11), (0.87 * h, -0.05, 0, 0.06, 0.09)], 5, sides)
        colour = (122, 108, 94) if person.collar == "fur" else person.top_colour
        build.add(tube, _flat(tube, colour) * np.float32(0.92), (CHEST, CHEST), keep=np.abs(tube.angle) > 0.8)
    elif person.collar == "turtleneck":
        tube = _tube([(0.83 * h, 0, 0, 0.075, 0.08), (0.875 * h, 0, 0, 0.064, 0.064)], 3, sides)
        build.add(tube, _flat(tube, person.top_colour) * np.float32(0.9), (CHEST, HEAD), 0.6)


# ---------------------------------------------------------------- what they carry


def _box(low: Sequence[float], high: Sequence[float], detail: float) -> _Tube:
    (x0, y0, z0), (x1, y1, z1) = low, high
    x, y, depth, width = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2
    rows = [(z0, x, y, 0.2 * depth, 0.2 * width), (z0 + 0.01, x, y, depth, width), ((z0 + z1) / 2, x, y, depth, width)]
    rows += [(z1 - 0.02, x, y, 0.95 * depth, 0.95 * width), (z1, x, y, 0.3 * depth, 0.3 * width)]
    return _tube(rows, _rings(detail, 7, 5), _rings(detail, 12), 0.45)


def _bags(build: _Builder, person: Person, detail: float) -> None:
    h, back = person.height, 0.09 * person.girth + _PADDING[person.top]
    hand = float(build.rest[FORE_L, 1])
    if person.backpack is not None:
        tube = _box((-back - 0.19, -0.15, 0.575 * h), (-back + 0.03, 0.15, 0.82 * h), detail)
        colours = _flat(tube, person.backpack)
        colours[(np.abs(tube.angle) > 2.2) & (tube.along < 0.5)] *= 1.2
        build.add(tube, colours, (CHEST, CHEST))
    if person.shoulder_bag is not None:
        side = 0.17 * person.girth + _PADDING[person.top]
        tube = _box((-0.16, side - 0.02, 0.43 * h), (0.14, side + 0.09, 0.56 * h), detail)
        build.add(tube, _flat(tube, person.shoulder_bag), (PELVIS, PELVIS))
    if person.hand_bag is not None:
        tube = _box((-0.15, -hand - 0.05, 0.22 * h), (0.17, -hand + 0.05, 0.38 * h), detail)
        build.add(tube, _flat(tube, person.hand_bag), (FORE_L + 1, FORE_L + 1))
    if person.papers:
        tube = _box((-0.02, hand - 0.012, 0.33 * h), (0.19, hand + 0.012, 0.43 * h), detail)
        build.add(tube, _flat(tube, (236, 236, 232)), (FORE_L, FORE_L))

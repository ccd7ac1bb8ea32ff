"""Coloured quads around bones: what bodies and clothes are made of, in the rest pose."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import exact
from reid_core.data.synthetic.cloth import Colour
from reid_core.data.synthetic.skeleton import Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Mesh:
    """Quads of a body; a vertex follows the first bone by its weight and the second by the rest.

    ``vertices`` (V, 3) metres, ``bones`` (V, 2), ``weights`` (V,), ``quads`` (Q, 4), ``colours`` (Q, 3) RGB 0 to 255,
    ``bias`` (Q,) metres by which a quad counts as nearer than it is, as cloth lies over what it covers;
    ``rest`` (13, 3) the joints.
    """

    vertices: Floats
    bones: Ints
    weights: Floats
    quads: Ints
    colours: Floats
    bias: Floats
    rest: Floats


@dataclass(frozen=True)
class Tube:
    """A surface of rings; its quads have ``where`` (Q, 3), ``angle`` (Q,) from the front, ``along`` (Q,) 0 to 1."""

    vertices: Floats
    quads: Ints
    where: Floats
    angle: Floats
    along: Floats


def build_tube(profile: Sequence[Sequence[float]], count: int, sides: int, square: float = 1.0) -> Tube:
    """Build rings from rows (z, x, y, half depth, half width), z rising; ``square`` < 1 makes boxes of ellipses."""
    nodes = np.array(profile, np.float32)
    steps = np.linspace(0, len(nodes) - 1, count)
    z, x, y, depth, width = (np.interp(steps, np.arange(len(nodes)), column)[:, None] for column in nodes.T)
    angle = np.arange(sides) * (2 * np.pi / sides)
    cos, sin = (np.sign(wave) * exact.power(np.abs(wave), square) for wave in (exact.cos(angle), exact.sin(angle)))
    vertices = np.stack(np.broadcast_arrays(x + depth * cos, y + width * sin, z), -1).astype(np.float32)
    ring, side = np.divmod(np.arange((count - 1) * sides), sides)
    nxt = (side + 1) % sides
    quads = np.stack([ring * sides + side, ring * sides + nxt, (ring + 1) * sides + nxt, (ring + 1) * sides + side], 1)
    vertices = vertices.reshape(-1, 3)
    middle = (side + 0.5) * (2 * np.pi / sides)
    middle = (middle + np.pi) % (2 * np.pi) - np.pi
    return Tube(
        vertices,
        quads,
        vertices[quads].mean(axis=1),
        middle.astype(np.float32),
        ((ring + 0.5) / (count - 1)).astype(np.float32),
    )


@dataclass(frozen=True)
class Part:
    tube: Tube
    colours: Floats
    bones: Ints
    weights: Floats
    bias: float = 0.0


class Builder:
    """Collects tubes into one mesh."""

    def __init__(self, rest: Floats) -> None:
        self.rest = rest
        self.parts: list[Part] = []

    def add(
        self,
        tube: Tube,
        colours: Floats,
        bones: tuple[int, int],
        weights: Floats | float = 1.0,
        keep: NDArray[np.bool_] | None = None,
        bias: float = 0.0,
    ) -> None:
        """Add a tube that follows one pair of bones; ``keep`` leaves quads out."""
        if keep is not None:
            tube = Tube(tube.vertices, tube.quads[keep], tube.where[keep], tube.angle[keep], tube.along[keep])
            colours = colours[keep]
        count = len(tube.vertices)
        weight = np.broadcast_to(np.asarray(weights, np.float32), (count,))
        self.parts.append(Part(tube, colours, np.tile(np.array(bones), (count, 1)), weight, bias))

    def mesh(self) -> Mesh:
        starts = np.cumsum([0] + [len(part.tube.vertices) for part in self.parts[:-1]])
        return Mesh(
            vertices=np.concatenate([part.tube.vertices for part in self.parts]),
            bones=np.concatenate([part.bones for part in self.parts]),
            weights=np.concatenate([part.weights for part in self.parts]).astype(np.float32),
            quads=np.concatenate([part.tube.quads + start for part, start in zip(self.parts, starts, strict=True)]),
            colours=np.concatenate([part.colours for part in self.parts]),
            bias=np.concatenate([np.full(len(part.colours), part.bias, np.float32) for part in self.parts]),
            rest=self.rest,
        )


def flat(tube: Tube, colour: Colour) -> Floats:
    return np.tile(np.array(colour, np.float32), (len(tube.quads), 1))


def rings(detail: float, count: int, least: int = 3) -> int:
    return max(least, round(count * detail))


def blend(z: Floats, low: float, high: float) -> Floats:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((z - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def creases(rng: np.random.Generator, tube: Tube, strength: float) -> Floats:
    """Brightness of every quad, (Q, 1): folds run round the limb and along it."""
    a, b, c = rng.uniform(0, 2 * np.pi, 3)
    round_it = exact.sin(tube.along * rng.uniform(9, 22) + exact.sin(tube.angle + a) * 2 + b)
    along_it = exact.sin(3 * tube.angle + tube.along * 5 + c)
    folds = 0.5 * (round_it + along_it) + rng.normal(0, 0.5, len(tube.quads))
    return np.asarray((1 + strength * folds)[:, None], np.float32)

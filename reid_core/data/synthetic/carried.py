"""What few people take along: umbrellas, bicycles that are pushed, suitcases on wheels."""

import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic.mesh import Builder, Tube, build_tube, flat, rings
from reid_core.data.synthetic.people import Person
from reid_core.data.synthetic.skeleton import PELVIS, Floats

WHEEL, SPOKES = 0.34, 18  # radius in metres; parts of a rim
RUBBER = (24, 24, 26)
_ONE = (PELVIS, PELVIS)


def add_carried(build: Builder, person: Person, detail: float) -> None:
    """Add umbrella, bicycle and trolley where the person has them."""
    if person.umbrella is not None:
        _umbrella(build, person, detail)
    if person.bicycle is not None:
        _bicycle(build, person)
    if person.trolley is not None:
        _trolley(build, person, detail)


def _umbrella(build: Builder, person: Person, detail: float) -> None:
    h, x, y = person.height, 0.16, 0.06
    rows = [(0.06, 0.5), (0.1, 0.46), (0.2, 0.33), (0.26, 0.18), (0.28, 0.02)]
    canopy = build_tube([(h + z, x, y, r, r) for z, r in rows], rings(detail, 9), 16)
    colours = flat(canopy, person.umbrella or RUBBER)
    colours[np.arange(len(colours)) % 16 % 4 < 2] *= 0.86
    build.add(canopy, colours, _ONE)
    stick = build_tube([(0.66 * h, x, y, 0.012, 0.012), (h + 0.1, x, y, 0.012, 0.012)], 3, 4)
    build.add(stick, flat(stick, RUBBER), _ONE)


def _trolley(build: Builder, person: Person, detail: float) -> None:
    x, y, wide = -0.5, 0.28, 0.21
    rows = [(0.05, x, y, 0.1, wide - 0.02), (0.08, x, y, 0.12, wide), (0.6, x, y, 0.12, wide), (0.62, x, y, 0.05, 0.1)]
    case = build_tube(rows, rings(detail, 9), rings(detail, 12), 0.45)
    build.add(case, flat(case, person.trolley or RUBBER), _ONE)
    handle = build_tube([(0.6, x, y, 0.015, 0.1), (0.95, x + 0.12, y, 0.015, 0.09)], 3, 6, 0.45)
    build.add(handle, flat(handle, (90, 90, 92)), _ONE)


def _bicycle(build: Builder, person: Person) -> None:
    """Two wheels and a frame in a plane at the walker's right."""
    y = -0.42
    front, back = np.array((0.62, WHEEL)), np.array((-0.42, WHEEL))
    crank, seat, bar = np.array((0.06, 0.3)), np.array((-0.12, 0.86)), np.array((0.48, 0.95))
    for hub in (front, back):
        rim = _rim(hub, y)
        build.add(rim, flat(rim, RUBBER), _ONE)
    for a, b in ((crank, seat), (crank, bar), (seat, bar - 0.06), (back, crank), (back, seat), (front, bar)):
        tube = _bar(a, b, y)
        build.add(tube, flat(tube, person.bicycle or RUBBER), _ONE)
    for end, long in ((seat, 0.13), (bar, 0.16)):
        saddle = build_tube([(end[1], end[0], y, long, 0.05), (end[1] + 0.05, end[0], y, long, 0.05)], 2, 6)
        build.add(saddle, flat(saddle, RUBBER), _ONE)


def _rim(hub: NDArray[np.float64], y: float) -> Tube:
    turn = np.arange(SPOKES + 1) * (2 * np.pi / SPOKES)
    around = np.stack([np.cos(turn), np.sin(turn)], 1)
    return _sheet(np.stack([hub + WHEEL * around, hub + (WHEEL - 0.045) * around]), y)


def _bar(a: NDArray[np.float64], b: NDArray[np.float64], y: float) -> Tube:
    along = (b - a) / np.hypot(*(b - a)) * 0.022
    across = np.array((-along[1], along[0]))
    return _sheet(np.stack([[a - across, b - across], [a + across, b + across]]), y)


def _sheet(edges: NDArray[np.float64], y: float) -> Tube:
    """Quads between two lines of N points (x, z), seen from either side."""
    count = edges.shape[1]
    flat_points = edges.reshape(-1, 2)
    vertices = np.stack([flat_points[:, 0], np.full(2 * count, y), flat_points[:, 1]], 1).astype(np.float32)
    first = np.arange(count - 1)
    quads = np.stack([first, first + 1, first + 1 + count, first + count], 1)
    quads = np.concatenate([quads, quads[:, ::-1]])
    zero: Floats = np.zeros(len(quads), np.float32)
    return Tube(vertices, quads, vertices[quads].mean(axis=1), zero, zero)

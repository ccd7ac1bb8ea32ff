"""From a posed mesh to pixels: project, shade, paint far to near."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import exact
from reid_core.data.synthetic.mesh import Mesh
from reid_core.data.synthetic.skeleton import Floats, Gait, pose

SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class View:
    """How a camera sees the walkers: ``elevation`` in radians, ``distance`` in metres, ``light`` points to the lamp.

    Axes of the camera: right, away, up. ``ambient`` + ``direct`` is the brightness of a surface that faces the lamp.
    """

    elevation: float = 0.2
    distance: float = 8.0
    light: tuple[float, float, float] = (-0.5, -0.6, 0.6)
    ambient: float = 0.55
    direct: float = 0.5


@dataclass(frozen=True)
class Shape:
    """A walker as a camera sees it, before it is cut to pixels.

    ``corners`` (T, Q, 4, 2) metres right and down of the feet, ``depth`` (T, Q), ``facing`` (T, Q) whether it
    is turned to the camera, ``colours`` (T, Q, 4) RGB and alpha 255, ``bounds`` (T, 4) left, top, right, bottom.
    """

    corners: Floats
    depth: Floats
    facing: NDArray[np.bool_]
    colours: Floats
    bounds: Floats


def project(mesh: Mesh, phase: NDArray[np.float64], gait: Gait, heading: NDArray[np.float64], view: View) -> Shape:
    """Pose the mesh and look at it.

    Args: phase, heading: shape (T,); heading in radians, 0 walks to the right, -pi/2 towards the camera.
    """
    points = _turned(_posed(mesh, phase, gait), heading, view.elevation)
    corners = points[:, mesh.quads]
    a, b = corners[:, :, 2] - corners[:, :, 0], corners[:, :, 3] - corners[:, :, 1]
    normal = np.cross(a, b)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-9
    near = view.distance / (view.distance + points[..., 1])
    flat = np.stack([points[..., 0] * near, -points[..., 2] * near], -1)
    return Shape(
        corners=flat[:, mesh.quads],
        depth=corners[..., 1].mean(axis=2) - mesh.bias,
        facing=normal[..., 1] < 0.02,
        colours=_shade(mesh.colours, normal, view),
        bounds=np.concatenate([flat.min(axis=1), flat.max(axis=1)], axis=1),
    )


def _posed(mesh: Mesh, phase: NDArray[np.float64], gait: Gait) -> Floats:
    """Every vertex between its two bones, shape (T, V, 3)."""
    rotation, origin = pose(phase, gait, mesh.rest)
    moved = np.zeros((len(phase), len(mesh.vertices), 3), np.float32)
    for slot, weight in ((0, mesh.weights), (1, 1 - mesh.weights)):
        for bone in np.unique(mesh.bones[:, slot]):
            mine = np.flatnonzero((mesh.bones[:, slot] == bone) & (weight > 0))
            away = mesh.vertices[mine] - mesh.rest[bone]
            turned = exact.product(away, rotation[:, bone].transpose(0, 2, 1)) + origin[:, bone, None]
            moved[:, mine] += weight[mine, None] * turned
    return moved


def _turned(points: Floats, heading: NDArray[np.float64], elevation: float) -> Floats:
    """From the walker's axes to right, away and up of the camera."""
    cos, sin = exact.cos(heading)[:, None].astype(np.float32), exact.sin(heading)[:, None].astype(np.float32)
    right = cos * points[..., 0] - sin * points[..., 1]
    away = sin * points[..., 0] + cos * points[..., 1]
    up = points[..., 2]
    ce, se = np.float32(exact.cos(elevation)), np.float32(exact.sin(elevation))
    return np.stack([right, away * ce - up * se, up * ce + away * se], -1)


def _shade(albedo: Floats, normal: Floats, view: View) -> Floats:
    light = np.array(view.light, np.float32) / np.float32(math.sqrt(sum(part * part for part in view.light)))
    lit = view.ambient * (0.8 + 0.2 * normal[..., 2]) + view.direct * np.clip(exact.against(normal, light), 0, None)
    colours = np.empty((*lit.shape, 4), np.float32)
    colours[..., :3] = np.clip(albedo * lit[..., None], 0, 255)
    colours[..., 3] = 255
    return colours


def paint(canvas: NDArray[np.uint8], shape: Shape, frame: int, scale: float, x: float, y: float) -> None:
    """Draw one frame of a walker on an RGBA canvas, its feet at pixel (x, y), ``scale`` pixels a metre."""
    seen = np.flatnonzero(shape.facing[frame])
    seen = seen[np.argsort(-shape.depth[frame, seen], kind="stable")]
    one = 1 << SUBPIXEL_BITS
    corners = ((shape.corners[frame, seen] * scale + (x, y)) * one).astype(np.int32)
    for quad, colour in zip(corners, shape.colours[frame, seen].tolist(), strict=True):
        cv2.fillConvexPoly(canvas, quad, colour, cv2.LINE_8, SUBPIXEL_BITS)

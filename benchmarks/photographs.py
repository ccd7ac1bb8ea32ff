"""People of the wide world before photographs, for trials: half of the places are cut from panoramas.

The panoramas are those of the npm package @pmndrs/assets 1.7.0, Poly Haven's at 512 x 256 (CC0 1.0), as ``npm pack
@pmndrs/assets@1.7.0`` writes it. Nobody walks further off in them; else everything is as it is painted.
"""

import base64
import hashlib
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from assets.make_encoder import LENGTHS, WORLD, WORLD_SEED
from reid_core.data.synthetic.city import PLACES
from reid_core.data.synthetic.crowd import citizen
from reid_core.data.synthetic.tracklet import picture
from reid_core.data.synthetic.wide import film, stage
from reid_core.data.synthetic.write import tracklet_length

SHA256 = "152bd218a3390703f184f0c6ce16e73c8f0a87f32d38530d418a09d33d8208dc"
NO_PLACE = ("sky", "studio")  # clouds below as above, and a room for photographs
SHARE, WHITE, GAMMA = 0.5, 97, 1 / 2.2  # of the places; the percentile of a panorama that becomes white
HEIGHTS, HORIZON = (90, 150), (0.36, 0.46)  # rows that a place shows, and where a third of these lies

Frames = NDArray[np.uint8]


def panoramas(package: Path) -> list[Frames]:
    """The panoramas in a package, RGB. Raises: ValueError: it is another one."""
    if hashlib.sha256(package.read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{package} must be @pmndrs/assets 1.7.0 with SHA-256 {SHA256}, it is another file")
    os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"
    found = []
    with tarfile.open(package) as files:
        for member in sorted(files.getnames()):
            name = Path(member).name.split(".")[0]
            if member.endswith(".exr.js") and name not in NO_PLACE and (file := files.extractfile(member)):
                coded = file.read().decode().partition("base64,")[2].partition('"')[0]
                found.append(_developed(base64.b64decode(coded)))
    return found


def _developed(coded: bytes) -> Frames:
    """Of the light in an EXR picture what a camera would show."""
    light = np.asarray(cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_UNCHANGED))[..., :3]
    shown = np.clip(light / np.percentile(light, WHITE), 0, 1) ** GAMMA
    return np.asarray(cv2.cvtColor((255 * shown).astype(np.uint8), cv2.COLOR_BGR2RGB), np.uint8)


def recorded_before(views: list[Frames], pid: int) -> list[Frames]:
    """All recordings of a person, as ``make_encoder.recorded``, before photographs in half of their places."""
    return [_record(views, pid, camera) for camera in WORLD.seen_by(WORLD_SEED, pid)]


def _record(views: list[Frames], pid: int, camera: int) -> Frames:
    length = tracklet_length(WORLD_SEED, pid, camera, *LENGTHS)
    scene, here = stage(citizen(WORLD_SEED, pid), camera, length, WORLD_SEED, WORLD.occlude, WORLD.variety)
    number = int(np.random.default_rng((WORLD_SEED, pid, camera, 20)).integers(PLACES))
    if (rng := np.random.default_rng((WORLD_SEED, camera, number, 20))).random() < SHARE:
        scene = replace(scene, ground=_place(views, rng, scene.ground.shape))
    return film(np.stack([picture(t, scene) for t in range(length)]), here, scene.rng)


def _place(views: list[Frames], rng: np.random.Generator, shape: tuple[int, ...]) -> Frames:
    """A part of a panorama about its horizon, of that shape, brighter or darker."""
    view = views[int(rng.integers(len(views)))]
    rows = rng.uniform(*HEIGHTS)
    top = int(rng.uniform(*HORIZON) * len(view) - 0.2 * rows)
    turned = np.roll(view, int(rng.integers(view.shape[1])), axis=1)
    part = turned[max(0, top) : top + int(rows), : int(rows * shape[1] / shape[0])]
    enlarged = cv2.resize(part, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.clip(enlarged * np.exp(rng.normal(0.15, 0.25)), 0, 255).astype(np.uint8)

"""Small frame strips of tracklets, kept with a run so that its ranked gallery works without the data set."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data import PreparedTracklet
from reid_core.files import ZIP_ERRORS

STRIP_FRAMES = 4
STRIP_SIZE = (32, 64)  # width and height of a frame, px
QUALITY = 40  # about 1 kB a strip


def write_strips(path: Path, tracklets: Iterable[PreparedTracklet], most: int = STRIP_FRAMES) -> None:
    """A zip with a picture NAME.webp of each tracklet: up to so many frames side by side, evenly over its length.

    The pictures are parts of the data set: its licence holds for them.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for tracklet in tracklets:
            undated = zipfile.ZipInfo(f"{tracklet.name}.webp")  # equal runs are equal files
            archive.writestr(undated, _encoded(tracklet, most))


def read_strips(path: Path, names: Iterable[str]) -> dict[str, NDArray[np.uint8]]:
    """The strips of tracklets by name, uint8 RGB (T, 64, 32, 3) each; those that are not there are left out.

    Raises: ValueError when the file is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            there = {name: f"{name}.webp" for name in names}
            known = set(archive.namelist())
            return {name: _decoded(archive.read(file)) for name, file in there.items() if file in known}
    except (*ZIP_ERRORS, cv2.error) as error:
        raise ValueError(f"strips must be a zip of pictures, {path} is damaged: {error}") from error


def _encoded(tracklet: PreparedTracklet, most: int) -> bytes:
    shown = np.linspace(0, len(tracklet) - 1, min(len(tracklet), most)).round().astype(int)
    frames = [cv2.resize(tracklet.colour[i], STRIP_SIZE, interpolation=cv2.INTER_AREA) for i in shown]
    _, content = cv2.imencode(".webp", np.hstack(frames)[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    return content.tobytes()


def _decoded(content: bytes) -> NDArray[np.uint8]:
    width, height = STRIP_SIZE
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or picture.shape[0] != height or picture.shape[1] % width:
        raise zipfile.BadZipFile("a picture cannot be read")
    frames = picture[..., ::-1].reshape(height, -1, width, 3).swapaxes(0, 1)
    return np.ascontiguousarray(frames, np.uint8)

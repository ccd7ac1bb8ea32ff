"""Frames of tracklets on disk: found and sorted by their number, read whatever is wrong with them."""

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.packed import contents
from reid_core.data.types import TrackletFiles
from reid_core.video.frame import FRAME_HEIGHT, FRAME_WIDTH, fitted

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff"})
VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts", ".gif"})


def frame_number(path: Path) -> int | None:
    """The last number in a file's name: 317 of ``cam1_person001_00317.png``, 16 of ``0065C1T0002F016.jpg``."""
    numbers = re.findall(r"\d+", path.stem)
    return int(numbers[-1]) if numbers else None


def listed(folder: Path) -> list[Path]:
    """What lies in a folder, sorted; without what is hidden, such as the ``._`` twin that a Mac leaves of each file."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def numbered_images(folder: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The images of a folder sorted by their number, and what else lies there.

    Sorted, since a folder lists its files in any order, and by number, since "10" comes before "9" as text.
    """
    images: list[Path] = []
    strays: list[Path] = []
    for path in listed(folder):
        is_image = path.suffix.lower() in IMAGE_SUFFIXES and frame_number(path) is not None and path.is_file()
        (images if is_image else strays).append(path)
    return tuple(sorted(images, key=lambda path: (frame_number(path), path.name))), tuple(strays)


def read_frames(files: TrackletFiles) -> NDArray[np.uint8]:
    """All frames of a tracklet that can be read, uint8 (T, 128, 64, 3) RGB; see `load_frames`."""
    return load_frames(files)[0]


def load_frames(files: TrackletFiles) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Read a tracklet; a damaged image is left out and named.

    Returns: frames uint8 (T, 128, 64, 3) RGB, T may be 0; a sentence for everything that could not be read.
    """
    stored: Sequence[Path | bytes] = contents(files.packed) if files.packed else files.paths
    if files.paths[0].suffix.lower() in VIDEO_SUFFIXES:
        return _load_video(stored[0], files.paths[0].name)
    frames = {path: _read_image(content) for path, content in zip(files.paths, stored, strict=False)}
    read = [frame for frame in frames.values() if frame is not None]
    problems = tuple(f"{files.name}: {path.name} cannot be read" for path, frame in frames.items() if frame is None)
    return np.stack(read) if read else _no_frames(), problems


def has_a_frame(files: TrackletFiles) -> bool:
    """Whether `load_frames` would find one; of a folder it reads no further than that."""
    if files.packed:
        return len(load_frames(files)[0]) > 0
    if files.paths[0].suffix.lower() not in VIDEO_SUFFIXES:
        return any(_read_image(path) is not None for path in files.paths)
    from reid_core.video import Stream, VideoError  # here, as below

    try:
        return next(Stream(files.paths[0]).shots(), None) is not None
    except VideoError:
        return False


def _read_image(stored: Path | bytes) -> NDArray[np.uint8] | None:
    try:
        content = np.frombuffer(stored if isinstance(stored, bytes) else stored.read_bytes(), np.uint8)
    except OSError:
        return None
    try:
        image = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB) if content.size else None
    except cv2.error:  # a header that claims more pixels than any camera has
        return None
    return None if image is None else fitted(np.asarray(image, np.uint8))


def _load_video(stored: Path | bytes, name: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    from reid_core.video import VideoError, decode  # here, since it loads the detector's runtime, and images need none

    try:
        video = decode(stored, name)
    except VideoError as error:
        return _no_frames(), (str(error),)
    return np.stack([fitted(frame) for frame in video.frames]), video.warnings


def _no_frames() -> NDArray[np.uint8]:
    return np.empty((0, FRAME_HEIGHT, FRAME_WIDTH, 3), np.uint8)

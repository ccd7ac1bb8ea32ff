"""Any folder of clips: one folder for each camera, in it images or videos for each person.

ROOT/cam*/PERSON/*.{png,jpg}     a tracklet of numbered images
ROOT/cam*/PERSON.mp4             a tracklet in a video
ROOT/cam*/PERSON/*.mp4           several tracklets of one person
"""

from pathlib import Path
from unicodedata import normalize

from reid_core.data.cameras import both_cameras
from reid_core.data.frames import VIDEO_SUFFIXES, frame_number, listed, numbered_images
from reid_core.data.types import Dataset, TrackletFiles


def load(root: Path) -> Dataset:
    """Find all tracklets; persons are told by the name of their folder or video, the same in every camera.

    Returns: pids count the persons' names in order, cameras the folders' in order of their number, from 1.
    Raises: ValueError: fewer than two folders ``cam*`` below root.
    """
    cameras = sorted(
        (path for path in root.glob("cam*") if path.is_dir()), key=lambda path: (frame_number(path) or 0, path.name)
    )
    if len(cameras) < 2:
        raise ValueError(f"root {root} must hold a folder cam* for each of two cameras or more, got {len(cameras)}")
    problems: list[str] = []
    found = [
        (camera, person, name, paths)
        for camera, folder in enumerate(cameras, 1)
        for entry in listed(folder)
        for person, name, paths in _person(entry, problems)
    ]
    pids = {person: pid for pid, person in enumerate(sorted({person for _, person, _, _ in found}))}
    tracklets = [TrackletFiles(pids[person], camera, name, paths) for camera, person, name, paths in found]
    return Dataset("folder", "paper", root, both_cameras(tracklets, problems), tuple(problems))


def _person(entry: Path, problems: list[str]) -> list[tuple[str, str, tuple[Path, ...]]]:
    """Person, name and files of each tracklet at an entry of a camera's folder.

    A Mac may store an accent apart from its letter: the same person, whose name is normalised.
    """
    name = f"{entry.parent.name}/{entry.name}"
    if entry.suffix.lower() in VIDEO_SUFFIXES and entry.is_file():
        return [(normalize("NFC", entry.stem), name, (entry,))]
    if not entry.is_dir():
        problems.append(f"{name} is neither a person's folder nor a video")
        return []
    images, others = numbered_images(entry)
    videos = [path for path in others if path.suffix.lower() in VIDEO_SUFFIXES]
    problems.extend(
        f"{name}/{path.name} is neither a numbered image nor a video" for path in others if path not in videos
    )
    if not images and not videos:
        problems.append(f"{name} holds no images")
    tracklets = [(name, images)] if images else []
    tracklets += [(f"{name}/{video.name}", (video,)) for video in videos]
    return [(normalize("NFC", entry.name), *tracklet) for tracklet in tracklets]

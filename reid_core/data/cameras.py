"""What layouts with a folder for each camera and one in it for each person have in common."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from reid_core.data.frames import frame_number, numbered_images
from reid_core.data.types import PreparedTracklet, TrackletFiles

Tracklet = TypeVar("Tracklet", TrackletFiles, PreparedTracklet)


def first_folder(root: Path, places: Sequence[str], inside: Sequence[str], layout: str, source: str) -> Path:
    """The first of the places below root that holds the folders ``inside``.

    Raises: ValueError: none does; the sentence says which layout was expected and where to get the data.
    """
    for place in places:
        folder = root / place
        if all((folder / name).is_dir() for name in inside):
            return folder
    raise ValueError(f"root {root} holds no {layout}; the data set is at {source}")


def camera_tracklets(
    folder: Path, camera: int, problems: list[str], pids: Iterable[int] | None = None
) -> list[TrackletFiles]:
    """One tracklet for each person's folder of a camera, named as ``cam1/person001``.

    Args: problems: a sentence is added for each stray file and each folder without images. pids: only these, if given.
    """
    wanted = None if pids is None else set(pids)
    tracklets = []
    for path in sorted(folder.glob("[!.]*")):
        pid, name = frame_number(path), f"{folder.name}/{path.name}"
        if not path.is_dir() or pid is None:
            problems.append(f"{name} is not a person's folder")
        elif wanted is None or pid in wanted:
            images, strays = numbered_images(path)
            problems.extend(f"{name}/{stray.name} is not a numbered image" for stray in strays)
            if images:
                tracklets.append(TrackletFiles(pid, camera, name, images))
            else:
                problems.append(f"{name} holds no images")
    return tracklets


def both_cameras(tracklets: Sequence[Tracklet], problems: list[str]) -> tuple[Tracklet, ...]:
    """The tracklets of persons whom two cameras saw, sorted by person and camera; the others are named in problems.

    Those that their data set lists as probes or gallery all stay: somebody whom one camera saw can be mistaken too.
    """
    seen: dict[int, set[int]] = {}
    for tracklet in tracklets:
        seen.setdefault(tracklet.pid, set()).add(tracklet.camera)
    alone = {pid for pid, cameras in seen.items() if len(cameras) == 1}
    kept: list[Tracklet] = []
    left_out: list[Tracklet] = []
    for tracklet in tracklets:
        (left_out if tracklet.pid in alone and tracklet.is_probe is None else kept).append(tracklet)
    problems.extend(f"{tracklet.name}: this person is in no other camera and is left out" for tracklet in left_out)
    return tuple(sorted(kept, key=lambda tracklet: (tracklet.pid, tracklet.camera, tracklet.name)))

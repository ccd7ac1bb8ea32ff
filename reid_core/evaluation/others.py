"""Who the other people are that a distance is held against."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reid_core.evaluation.embedding import stacked
from reid_core.evaluation.known_people import KnownPeople
from reid_core.model import HeadOutput, ReIdNetwork
from reid_core.progress import Progress
from reid_core.video import PersonDetector, Subject, Tracklet, decode, find_people

MOST = 10  # people of each camera: more change next to nothing (docs/transfer.md), and each costs time
LEAST_FRAMES = 8
VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts", ".gif", ".zip"})


@dataclass(frozen=True, eq=False)
class Others:
    """People other than those compared, as the camera of the first video saw them, and as that of the second did.

    source: where they are from, in words.
    """

    source: str
    first: tuple[Tracklet, ...] = ()
    second: tuple[Tracklet, ...] = ()

    @property
    def people(self) -> tuple[int, int]:
        """How many on each side."""
        return len(self.first), len(self.second)


def seen_with(a: Subject, b: Subject) -> Others:
    """Who was seen together with either person: somebody else for certain."""
    return longest_seen("the two videos", a.others, b.others)


def longest_seen(source: str, first: Iterable[Tracklet], second: Iterable[Tracklet]) -> Others:
    """Of the people of either camera those seen longest, ``MOST`` of them, and none for a moment only."""
    chosen = _chosen(first)
    return Others(source, chosen, chosen if second is first else _chosen(second))


def read_others(
    folder: Path, detector: Callable[[], PersonDetector] = PersonDetector, progress: Progress | None = None
) -> Others:
    """The people of a folder of videos from the cameras in question; they must be others than those compared.

    ``folder/*.mp4``, or ``folder/cam1/*.mp4`` and ``folder/cam2/*.mp4`` where the first and the second video are of two
    cameras. Of more than ``MOST`` the longest seen are taken.

    Raises: ValueError: no folder, folders of one camera or of more than two; VideoError: a video that cannot be used.
    """
    if not folder.is_dir():
        raise ValueError(f"cohort must be a folder of videos, {folder} is none")
    cameras = sorted(path for path in folder.glob("cam*") if path.is_dir())
    if len(cameras) not in (0, 2):
        raise ValueError(f"cohort must hold videos, or them in two folders cam*, {folder} has {len(cameras)} of these")
    sides = [people_of(videos_in(part), detector, progress) for part in cameras or (folder,)]
    return longest_seen(folder.name, sides[0], sides[-1])


def videos_in(folder: Path) -> list[Path]:
    """The videos that lie in a folder, sorted. Raises: ValueError: none do, or there is no such folder."""
    if not folder.is_dir():
        raise ValueError(f"videos must be in a folder, {folder} is none")
    videos = sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
    if not videos:
        raise ValueError(f"{folder} must hold videos ({', '.join(sorted(VIDEO_SUFFIXES))}), it holds none")
    return videos


def people_of(
    videos: Iterable[Path], detector: Callable[[], PersonDetector], progress: Progress | None = None
) -> list[Tracklet]:
    """All people of some videos. Raises: VideoError: a video that cannot be used."""
    scenes = (find_people(decode(video, progress=progress), detector(), progress) for video in videos)
    return [tracklet for scene in scenes for tracklet in scene.tracklets]


def embed_others(network: ReIdNetwork, people: Sequence[Tracklet], known: KnownPeople | None = None) -> HeadOutput:
    """Some frames of each person, as one batch; at least one person. Args: known: where outputs are found and kept."""
    known = known or KnownPeople()
    return stacked([known.other(network, one) for one in people])


def _chosen(people: Iterable[Tracklet]) -> tuple[Tracklet, ...]:
    """Those seen longest, none for a moment only."""
    seen = sorted((one for one in people if len(one) >= LEAST_FRAMES), key=len, reverse=True)
    return tuple(seen[:MOST])

"""Indexing as a job of the queue: its command, and how far the index is with what was asked for."""

from dataclasses import dataclass
from pathlib import Path

from reid_core.jobs import Job
from reid_core.search import IndexedVideo, is_index, open_index, sources
from ui.jobs import value_of


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    share: 0 to 1. done, of: videos. at: the one that is being read. people: tracklets of the whole index so far.
    """

    share: float
    done: int
    of: int
    at: IndexedVideo | None
    people: int


def index_command(place: Path, videos: tuple[str, ...], camera: str | None) -> tuple[str, ...]:
    """The words that index videos. Raises: ValueError: no video there, or no place for an index."""
    paths = tuple(Path(video).resolve() for video in videos)
    sources(paths)
    if not is_index(place) and place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise ValueError(f"an index must be made in a folder that is new or empty, got {place}")
    return ("index", *map(str, paths), "--out", str(place), *(["--camera", camera] if camera else []))


def jobs_by_place(jobs: tuple[Job, ...]) -> dict[str, Job]:
    """The last job of each index."""
    return {value_of(job, "--out"): job for job in jobs if job.words[0] == "index"}


def progress_of(job: Job) -> Progress:
    """How far a job is now. Raises: ValueError: its videos are gone."""
    place = value_of(job, "--out")
    paths = [Path(video) for video in job.words[1 : job.words.index("--out")]]
    wanted = {str(source.path.resolve()) for source in sources(paths)}
    if not is_index(place):
        return Progress(0.0, 0, len(wanted), None, 0)
    index = open_index(place)
    known = [video for video in index.videos() if video.path in wanted]
    begun = [video for video in known if not video.finished]
    return Progress(
        min(1.0, sum(1 if video.finished else _part(video) for video in known) / len(wanted)),
        len(known) - len(begun),
        len(wanted),
        begun[0] if begun else None,
        index.tracklets.count_rows(),
    )


def _part(video: IndexedVideo) -> float:
    return min(1.0, max(0.0, video.until_s) / video.duration_s) if video.duration_s else 0.0

"""Indexing as a job of the queue: its command, and how far the index is with what was asked for."""

import re
from dataclasses import dataclass
from pathlib import Path

from reid_core.jobs import Job
from reid_core.search import IndexedVideo, is_index, open_index, sources
from ui.jobs import value_of

BAR = re.compile(r"index: .*\| (\d+)/\d+ \[.*?(\d+) frames, (\d+) people")  # of the command, second by second


@dataclass(frozen=True)
class Reading:
    """The video that is being read.

    until_s: up to where, of what is written or, while the job runs, of what it looks at. looks, people: frames, and
    tracklets found, since the process began; 0 before it tells.
    """

    video: IndexedVideo
    until_s: float
    looks: int = 0
    people: int = 0

    @property
    def share(self) -> float:
        """Of the video, 0 to 1."""
        return min(1.0, max(0.0, self.until_s) / self.video.duration_s) if self.video.duration_s else 0.0


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    share: 0 to 1. done, of: videos. at: the one that is being read. people: tracklets that the index has so far.
    """

    share: float
    done: int
    of: int
    at: Reading | None
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
    begun = [_reading(video, job) for video in known if not video.finished]
    done = len(known) - len(begun)
    return Progress(
        min(1.0, (done + sum(one.share for one in begun)) / len(wanted)),
        done,
        len(wanted),
        max(begun, key=lambda one: one.looks, default=None),
        index.tracklets.count_rows(),
    )


def _reading(video: IndexedVideo, job: Job) -> Reading:
    """As its process tells, since a segment may last for minutes before it is written."""
    told = BAR.search(job.said) if job.said.startswith(f"{video.video} (") else None
    if told is None:
        return Reading(video, video.until_s)
    until_s, looks, people = map(int, told.groups())
    return Reading(video, max(video.until_s, until_s), looks, people)

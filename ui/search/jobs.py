"""Indexing as a process of its own: it outlives the page and the server, can be stopped, and goes on where it was.

Beside the index lie ``NAME.job.json``, what is being indexed by which process, and ``NAME.job.log``, what it said last.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from reid_core.search import Index, IndexedVideo, is_index, open_index, sources

STARTS_S = 60.0  # until a process has loaded what it needs, on a busy machine
COMMAND = (sys.executable, "-m", "reid_core", "index")


@dataclass(frozen=True)
class Job:
    """What is indexed. place: of the index. videos: files and folders. share: that was done when it was begun."""

    place: str
    videos: tuple[str, ...]
    camera: str | None
    pid: int
    started: float
    share: float = 0.0


@dataclass(frozen=True)
class State:
    """How far a job is.

    running: or stopped. share: 0 to 1. done, of: videos. at: the one that is being read. people: tracklets so far.
    left_s: at the pace so far, None while it is not known. problem: the last that a stopped process said.
    """

    running: bool
    share: float
    done: int
    of: int
    at: IndexedVideo | None
    people: int
    left_s: float | None
    problem: str

    @property
    def finished(self) -> bool:
        """Whether all videos are indexed."""
        return self.done == self.of


def begin(place: Path, videos: tuple[str, ...], camera: str | None) -> Job:
    """Start indexing, or go on. Raises: ValueError: no video there, no place for an index, or it goes on already."""
    videos = tuple(str(Path(video).resolve()) for video in videos)
    share = _share(*_known(place, videos))
    if not is_index(place) and place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise ValueError(f"an index must be made in a folder that is new or empty, got {place}")
    if (before := job_at(place)) is not None and _runs(before):
        raise ValueError(f"{place} is being indexed already")
    place.parent.mkdir(parents=True, exist_ok=True)
    command = [*COMMAND, *videos, "--out", str(place), *(["--camera", camera] if camera else [])]
    with _beside(place, "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    job = Job(str(place), videos, camera, process.pid, time.time(), share)
    _beside(place, "json").write_text(json.dumps(asdict(job), indent=1) + "\n")
    return job


def stop(job: Job) -> None:
    """End the process; what it had finished stays."""
    if _runs(job):
        os.kill(job.pid, signal.SIGTERM)


def job_at(place: Path) -> Job | None:
    """The job whose index this is, if one was begun here."""
    try:
        values = json.loads(_beside(place, "json").read_text())
        return Job(**values | {"videos": tuple(values["videos"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def forget(place: Path) -> None:
    """Remove what lies beside the index."""
    for kind in ("json", "log"):
        _beside(place, kind).unlink(missing_ok=True)


def state_of(job: Job) -> State:
    """How far a job is now. Raises: ValueError: its videos are gone."""
    known, of = _known(Path(job.place), job.videos)
    begun = [video for video in known if not video.finished]
    running, share = _runs(job), _share(known, of)
    return State(
        running=running,
        share=share,
        done=len(known) - len(begun),
        of=of,
        at=begun[0] if begun else None,
        people=open_index(job.place).tracklets.count_rows() if is_index(job.place) else 0,
        left_s=_left_s(job, share) if running else None,
        problem="" if running else _last_words(Path(job.place)),
    )


def _known(place: Path, paths: tuple[str, ...]) -> tuple[list[IndexedVideo], int]:
    """What the index has of some videos, and how many they are."""
    asked = {str(source.path.resolve()) for source in sources([Path(path) for path in paths])}
    videos = open_index(place).videos() if is_index(place) else ()
    return [video for video in videos if video.path in asked], len(asked)


def _share(known: list[IndexedVideo], of: int) -> float:
    return min(1.0, sum(1 if video.finished else _part(video) for video in known) / of)


def _part(video: IndexedVideo) -> float:
    return min(1.0, max(0.0, video.until_s) / video.duration_s) if video.duration_s else 0.0


def _left_s(job: Job, share: float) -> float | None:
    gained = share - job.share
    return (time.time() - job.started) * (1 - share) / gained if gained > 0 else None


def _runs(job: Job) -> bool:
    """Whether the process of a job is there: by its number, and since numbers are used again, by what it writes."""
    if not _is_there(job.pid):
        return False
    if time.time() - job.started < STARTS_S:
        return True
    return is_index(job.place) and _is_written(open_index(job.place))


def _is_there(pid: int) -> bool:
    """Whether a process has this number; on Windows to ask would be to end it."""
    if os.name == "posix":
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # one that this server began stays listed until it is asked for
        try:
            os.kill(pid, 0)
        except OSError:
            return False
    return True


def _is_written(index: Index) -> bool:
    try:
        with index.writing():
            return False
    except ValueError:
        return True


def _last_words(place: Path) -> str:
    try:
        lines = _beside(place, "log").read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return next((line for line in reversed(lines) if line.startswith(("error: ", "warning: "))), "")


def _beside(place: Path, kind: str) -> Path:
    return place.with_name(f"{place.name}.job.{kind}")

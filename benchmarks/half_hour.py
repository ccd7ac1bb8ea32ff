"""One person in half an hour of two cameras: ``python -m benchmarks.half_hour [MINUTES]``, of both cameras together.

Rendered streets (synthetic), 1280 x 720 at 10 frames a second, in which somebody passes every five seconds. One of them
passes each camera once; who is looked for is he, as a third camera saw him. He is to be found first, before each
camera, at the times at which he passed. Then people are looked for who pass neither camera: of these searches a
share of ``allowed`` may find somebody. The films stay in ``data/half_hour``: rendering takes longer than all the rest,
and goes on where it was stopped.
"""

import json
import multiprocessing
import resource
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import person, render_scene
from reid_core.model import Checkpoint, load_checkpoint
from reid_core.search import Hit, Index, build, create, find, query_of, sources
from reid_core.video import PersonDetector, mp4

FOLDER = Path(__file__).resolve().parents[1] / "data" / "half_hour"
SEED = 778001  # no training uses it
CAMERAS, THIRD = ("north", "south"), 3
FPS, CRF, EVERY_S = 10, 28, 5.0
REGULARS = 60  # who pass again and again
PLANTED, ABSENT = 1001, range(2001, 2041)
ALL = 1000

Span = tuple[float, float]


@dataclass(frozen=True)
class Film:
    """A film that is to be rendered. camera: 1, 2 or 3. pids: who passes, in that order."""

    path: Path
    camera: int
    pids: tuple[int, ...]
    seconds: float


def measure(minutes: float = 30.0) -> dict[str, float]:
    """``half_hour_rank``: of the planted person among the hits of a camera, at the worse of the two.

    ``half_hour_within``: at how many cameras he is within the threshold. ``half_hour_off_s``: by how much the times
    that are told are wrong, at most. ``half_hour_false``: share of searches for absent people that find somebody.
    ``half_hour_tracklets``, ``half_hour_gb``: that were searched, and memory at most.
    """
    folder = FOLDER / f"{minutes:g}"
    folder.mkdir(parents=True, exist_ok=True)
    films = [*_street(folder, 30 * minutes), *_asked(folder)]
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        spans = dict(zip((film.path.stem for film in films), processes.map(rendered, films), strict=True))
    checkpoint = load_checkpoint("utrcnn")
    index = _indexed(folder, checkpoint)
    memory_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    asked = _asked_for(folder, PLANTED, index, checkpoint)
    ranks, within, off_s = zip(*(_where(asked, camera, spans[camera]) for camera in CAMERAS), strict=True)
    false = [_asked_for(folder, pid, index, checkpoint)[0].within for pid in ABSENT]
    return {
        "half_hour_rank": max(ranks),
        "half_hour_off_s": max(off_s),
        "half_hour_within": sum(within),
        "half_hour_false": float(np.mean(false)),
        "half_hour_tracklets": sum(index.cameras().values()),
        "half_hour_gb": memory_gb,
    }


def rendered(film: Film) -> Span:
    """Write a film, unless it is there; from when to when the planted person is in it, s."""
    known = film.path.with_suffix(".json")
    if not known.exists():
        seen = list[int]()
        film.path.write_bytes(mp4(_pictures(film, seen), FPS, CRF))
        known.write_text(json.dumps([seen[0] / FPS, seen[-1] / FPS] if seen else [np.nan, np.nan]))
    start_s, end_s = json.loads(known.read_text())
    return start_s, end_s


def _pictures(film: Film, seen: list[int]) -> Iterator[NDArray[np.uint8]]:
    people = [person(SEED, pid) for pid in film.pids]
    scene = render_scene(SEED, people, seconds=film.seconds, fps=FPS, camera_index=film.camera)
    for number, frame in enumerate(scene):
        seen.extend([number] if PLANTED in frame.pids else [])
        yield frame.image


def _street(folder: Path, seconds: float) -> list[Film]:
    """A film a camera: people whom chance picks, and at some moment the planted one."""
    rng, count = np.random.default_rng(SEED), max(4, round(seconds / EVERY_S))
    films = []
    for number, camera in enumerate(CAMERAS, 1):
        pids = rng.integers(1, REGULARS + 1, count)
        pids[rng.integers(1, count - 1)] = PLANTED
        films.append(Film(folder / f"{camera}.mp4", number, tuple(pids.tolist()), seconds))
    return films


def _asked(folder: Path) -> list[Film]:
    """Those who are looked for, each alone before a third camera."""
    return [Film(folder / f"{pid}.mp4", THIRD, (pid,), 6.0) for pid in (PLANTED, *ABSENT)]


def _indexed(folder: Path, checkpoint: Checkpoint) -> Index:
    shutil.rmtree(folder / "index", ignore_errors=True)
    index = create(folder / "index", checkpoint, "utrcnn")
    for step in build(index, sources(folder / f"{camera}.mp4" for camera in CAMERAS), checkpoint, PersonDetector()):
        if step.problem:
            raise ValueError(step.problem)
    return index


def _asked_for(folder: Path, pid: int, index: Index, checkpoint: Checkpoint) -> tuple[Hit, ...]:
    return find(query_of(str(folder / f"{pid}.mp4"), checkpoint), [index], checkpoint, ALL).hits


def _where(hits: tuple[Hit, ...], camera: str, span: Span) -> tuple[float, bool, float]:
    """Rank of the planted person among the hits of a camera, whether within the threshold, by how much he is late."""
    here = [hit for hit in hits if hit.camera == camera]
    for rank, hit in enumerate(here, 1):
        if _shared(hit, span) > (hit.end_s - hit.start_s) / 2:
            return rank, hit.within, max(abs(hit.start_s - span[0]), abs(hit.end_s - span[1]))
    return np.inf, False, np.inf


def _shared(hit: Hit, span: Span) -> float:
    return max(0.0, min(hit.end_s, span[1]) - max(hit.start_s, span[0]))


if __name__ == "__main__":
    for figure, value in measure(*map(float, sys.argv[1:])).items():
        print(f"{figure:24} {value:8.3f}")

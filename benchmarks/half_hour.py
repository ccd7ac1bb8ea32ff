"""One person in half an hour of two cameras: ``python -m benchmarks.half_hour [MINUTES]``, of both cameras together.

Rendered streets (synthetic), 1280 x 720 at 10 frames a second, in which somebody passes every five seconds. One of them
passes each camera once; who is looked for is he, as a third camera saw him. He is to be found first, before each
camera, at the times at which he passed. Then people are looked for who pass neither camera: of these searches a
share of ``allowed`` may find somebody.
"""

import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import person, render_scene
from reid_core.model import Checkpoint, load_checkpoint
from reid_core.search import Hit, Index, build, create, find, query_of, sources
from reid_core.video import PersonDetector, mp4

SEED = 778001  # no training uses it
CAMERAS, THIRD = ("north", "south"), 3
FPS, CRF, EVERY_S = 10, 28, 5.0
REGULARS = 60  # who pass again and again
PLANTED, ABSENT = 1001, range(2001, 2021)


@dataclass(frozen=True)
class Film:
    """A film that is to be rendered. camera: 1, 2 or 3. pids: who passes, in that order."""

    path: Path
    camera: int
    pids: tuple[int, ...]
    seconds: float


def main(minutes: float) -> None:
    """Print how fast the footage is indexed, where the planted person is found, and how often somebody absent is."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        films = [*_street(folder, 30 * minutes), *_asked(folder)]
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
            spans = dict(zip((film.path.stem for film in films), processes.map(rendered, films), strict=True))
        checkpoint = load_checkpoint("utrcnn")
        index = _indexed(folder, checkpoint)
        for camera in CAMERAS:
            print(_where(_asked_for(folder, PLANTED, [index], checkpoint), camera, spans[camera]))
        found = [_asked_for(folder, pid, [index], checkpoint)[0].within for pid in ABSENT]
        print(f"of {len(found)} searches for somebody who is not there {sum(found)} find somebody")


def rendered(film: Film) -> tuple[float, float]:
    """Write a film; from when to when the planted person is in it, s."""
    people, seen = [person(SEED, pid) for pid in film.pids], list[int]()

    def pictures() -> Iterator[NDArray[np.uint8]]:
        scene = render_scene(SEED, people, seconds=film.seconds, fps=FPS, camera_index=film.camera)
        for number, frame in enumerate(scene):
            seen.extend([number] if PLANTED in frame.pids else [])
            yield frame.image

    film.path.write_bytes(mp4(pictures(), FPS, CRF))
    return (seen[0] / FPS, seen[-1] / FPS) if seen else (np.nan, np.nan)


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
    index, started = create(folder / "index", checkpoint, "utrcnn"), time.perf_counter()
    for step in build(index, sources(folder / f"{camera}.mp4" for camera in CAMERAS), checkpoint, PersonDetector()):
        if step.problem:
            raise ValueError(step.problem)
    seconds, whole_s = time.perf_counter() - started, sum(video.duration_s for video in index.videos())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{whole_s:.0f} s of footage indexed in {seconds:.0f} s: {whole_s / seconds:.2f} times as fast as it was taken"
    )
    print(f"{sum(index.cameras().values())} tracklets, at most {memory:.2f} GB of memory")
    return index


def _asked_for(folder: Path, pid: int, indexes: list[Index], checkpoint: Checkpoint) -> tuple[Hit, ...]:
    return find(query_of(str(folder / f"{pid}.mp4"), checkpoint), indexes, checkpoint, 1000).hits


def _where(hits: tuple[Hit, ...], camera: str, span: tuple[float, float]) -> str:
    """Which place among the hits of a camera the planted person has, and which times are told."""
    here = [hit for hit in hits if hit.camera == camera]
    places = [place for place, hit in enumerate(here, 1) if _shared(hit, span) > (hit.end_s - hit.start_s) / 2]
    if not places:
        return f"{camera}: the planted person, {span[0]:.1f} to {span[1]:.1f} s, is not found"
    hit = here[places[0] - 1]
    told = f"told {hit.start_s:.1f} to {hit.end_s:.1f} s, true {span[0]:.1f} to {span[1]:.1f} s"
    return (
        f"{camera}: the planted person at rank {places[0]} of {len(here)}, within the threshold: {hit.within}, {told}"
    )


def _shared(hit: Hit, span: tuple[float, float]) -> float:
    return max(0.0, min(hit.end_s, span[1]) - max(hit.start_s, span[0]))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)

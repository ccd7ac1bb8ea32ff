"""A search among 100,000 and 1,000,000 tracklets, against a matrix product of NumPy over the same embeddings.

The embeddings are drawn: people, about ten tracklets of each, in 128 numbers of which 32 directions tell people apart;
and, the hard case, as many from all over the sphere, which no index can sort. They are of four cameras. A question is
somebody's embedding with some noise. Needs 4 GB of memory and 2 GB of disk for a million. By hand, and smaller:
``python -m benchmarks.search 100000``.
"""

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reid_core.model import Checkpoint, load_checkpoint
from reid_core.search import Index, Query, create, find

SIZES = {"100k": 100_000, "1m": 1_000_000}
QUESTIONS, TOP, BATCH, CAMERAS = 30, 10, 50_000, 4

Floats = NDArray[np.float32]


def measure(sizes: dict[str, int] = SIZES) -> dict[str, float]:
    """``search_SIZE_over_numpy``: times of the median search to that of a product and a partition in NumPy.

    ``search_SIZE_ms``: that search. ``search_SIZE_answer_ms``: a whole answer, all cameras, held against others.
    ``search_SIZE_recall``: share of the ten nearest that are found. ``search_SIZE_bytes``: on disk, a tracklet; strips
    and boxes are left empty. ``search_SIZE_sphere_recall`` and ``_sphere_ms``: in the hard case.
    """
    figures: dict[str, float] = {}
    for name, size in sizes.items():
        people, sphere = (_of(draw, size) for draw in (_people, _sphere))
        figures |= {f"search_{name}_{key}": value for key, value in people.items()}
        figures |= {f"search_{name}_sphere_{key}": sphere[key] for key in ("recall", "ms")}
    return figures


def _of(draw: Callable[[np.random.Generator, int], Floats], size: int) -> dict[str, float]:
    rng, checkpoint = np.random.default_rng(0), load_checkpoint("utrcnn")
    embeddings = draw(rng, size)
    with TemporaryDirectory() as folder:
        index = _filled(Path(folder) / "index", embeddings, checkpoint)
        asked = list(_questions(rng, embeddings))
        right, theirs = zip(*(_timed(lambda q=q: _nearest(embeddings, q)) for q in asked), strict=True)
        index.nearest(asked[0], TOP)  # what is read once is not of one search
        found, ours = zip(*(_timed(lambda q=q: index.nearest(q, TOP)) for q in asked), strict=True)
        find(Query("", asked[0]), [index], checkpoint, TOP)
        _, whole = zip(*(_timed(lambda q=q: find(Query("", q), [index], checkpoint, TOP)) for q in asked), strict=True)
        bytes_ = sum(file.stat().st_size for file in Path(index.place).rglob("*") if file.is_file())
    return {
        "over_numpy": float(np.median(ours) / np.median(theirs)),
        "ms": float(1000 * np.median(ours)),
        "answer_ms": float(1000 * np.median(whole)),
        "recall": float(np.mean([len(a & set(b.tracklet - 1)) / TOP for a, b in zip(right, found, strict=True)])),
        "bytes": bytes_ / size,
    }


def _sphere(rng: np.random.Generator, size: int) -> Floats:
    drawn = rng.standard_normal((size, 128), np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _people(rng: np.random.Generator, size: int) -> Floats:
    ways = rng.normal(size=(32, 128)).astype(np.float32) / 32**0.5
    people = rng.normal(size=(size // 10, 32)).astype(np.float32) @ ways
    drawn = people[rng.integers(len(people), size=size)] + 0.5 * rng.standard_normal((size, 128), np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _questions(rng: np.random.Generator, embeddings: Floats) -> Iterator[Floats]:
    for place in rng.integers(len(embeddings), size=QUESTIONS):
        noisy = embeddings[place] + 0.03 * rng.standard_normal(128, np.float32)
        yield noisy / np.linalg.norm(noisy)


def _nearest(embeddings: Floats, question: Floats) -> set[int]:
    return set(np.argpartition(-(embeddings @ question), TOP)[:TOP].tolist())  # all are of length 1


def _filled(place: Path, embeddings: Floats, checkpoint: Checkpoint) -> Index:
    index = create(place, checkpoint, "utrcnn")
    for start in range(0, len(embeddings), BATCH):
        part = embeddings[start : start + BATCH]
        texts, times = {"digest": "d", "video": "v.mp4"}, {"start_s": 0.0, "end_s": 1.0}
        columns = {name: [value] * len(part) for name, value in (texts | times).items()}
        columns |= {name: [[]] * len(part) for name in ("times_s", "boxes", "jumps_s")} | {"strip": [b""] * len(part)}
        columns |= {name: np.full(len(part), 1, np.int32) for name in ("segment", "frames")}
        columns["tracklet"] = np.arange(start, start + len(part)) + 1
        columns["camera"] = [f"c{number % CAMERAS}" for number in range(len(part))]
        columns["embedding"] = pa.FixedSizeListArray.from_arrays(part.ravel(), 128)
        index.tracklets.add(pa.table({n: columns[n] for n in index.tracklets.schema.names}, index.tracklets.schema))
    index.compact()
    with warnings.catch_warnings():  # of readers, of whom there are none
        warnings.simplefilter("ignore")
        index.tracklets.optimize(cleanup_older_than=timedelta(0), delete_unverified=True)
    return index


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


if __name__ == "__main__":
    for figure, value in measure({size: int(size) for size in sys.argv[1:]} or SIZES).items():
        print(f"{figure:32} {value:10.4g}")

"""A search among 100,000 and 1,000,000 tracklets, against a matrix product of NumPy over the same embeddings.

The embeddings are drawn: people, about ten tracklets of each, in 128 numbers of which 32 directions tell people apart.
A question is somebody's embedding with some noise. Needs 3 GB of memory and of disk for the million.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reid_core.model import load_checkpoint
from reid_core.search import Index, create

SIZES = {"100k": 100_000, "1m": 1_000_000}
QUESTIONS, TOP, BATCH = 30, 10, 50_000

Floats = NDArray[np.float32]


def measure(sizes: dict[str, int] = SIZES) -> dict[str, float]:
    """``search_SIZE_over_numpy``: times of the median search to that of a product and a partition in NumPy.

    ``search_SIZE_recall``: share of the ten nearest that are found. ``search_SIZE_bytes``: on disk, a tracklet; strips
    and boxes are left empty.
    """
    figures: dict[str, float] = {}
    for name, size in sizes.items():
        with TemporaryDirectory() as folder:
            figures |= {f"search_{name}_{key}": value for key, value in _of(Path(folder) / "index", size).items()}
    return figures


def _of(place: Path, size: int) -> dict[str, float]:
    rng = np.random.default_rng(0)
    embeddings = _people(rng, size)
    index = _filled(place, embeddings)
    ours, theirs, found = [], [], []
    for question in _questions(rng, embeddings):
        right, seconds = _timed(lambda q=question: _nearest(embeddings, q))
        theirs.append(seconds)
        near, seconds = _timed(lambda q=question: index.nearest(q, TOP))
        ours.append(seconds)
        found.append(len(right & set(near.tracklet - 1)) / TOP)
    bytes_ = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    print(
        f"{size} tracklets: {1000 * np.median(ours):.1f} ms, NumPy {1000 * np.median(theirs):.1f} ms", file=sys.stderr
    )
    return {
        "over_numpy": float(np.median(ours) / np.median(theirs)),
        "recall": float(np.mean(found)),
        "bytes": bytes_ / size,
    }


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


def _filled(place: Path, embeddings: Floats) -> Index:
    index = create(place, load_checkpoint("utrcnn"), "utrcnn")
    for start in range(0, len(embeddings), BATCH):
        part = embeddings[start : start + BATCH]
        texts, times = {"digest": "d", "video": "v.mp4", "camera": "c"}, {"start_s": 0.0, "end_s": 1.0}
        columns = {name: [value] * len(part) for name, value in (texts | times).items()}
        columns |= {name: [[]] * len(part) for name in ("times_s", "boxes")} | {"strip": [b""] * len(part)}
        columns |= {name: np.full(len(part), 1, np.int32) for name in ("segment", "frames")}
        columns["tracklet"] = np.arange(start, start + len(part)) + 1
        columns["embedding"] = pa.FixedSizeListArray.from_arrays(part.ravel(), 128)
        index.tracklets.add(pa.table({n: columns[n] for n in index.tracklets.schema.names}, index.tracklets.schema))
    index.compact()
    return index


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started

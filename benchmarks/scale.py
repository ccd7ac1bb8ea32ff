"""Ranking a gallery that does not fit as distances: speed beside brute force, and memory.

Persons are points of 128 dimensions with noise, as embeddings are; each is twice in the gallery, by two cameras. Brute
force is NumPy's: the distances of a block of probes by a matrix product, sorted.
"""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks.ranking import torchreid_cython
from reid_core.evaluation import Labelled, Labels, rank_tiles

SIZE = 128
NOISE = 1.0
SMALL = (2_000, 20_000)
LARGE = (50_000, 200_000)
ROWS = 500
STATUS, PEAK_AGAIN = Path("/proc/self/status"), Path("/proc/self/clear_refs")  # Linux


def measure() -> dict[str, float]:
    """Probes a second and times brute force, of the small gallery; MB that the large one adds, and its seconds."""
    probe, gallery = people(*SMALL)
    tiled, fast = min((_timed(lambda: rank_tiles(probe, gallery)) for _ in range(3)), key=lambda found: found[1])
    (first, precision), slow = _timed(lambda: brute_force(probe, gallery))
    agree = np.mean(tiled.first_match == first)
    if agree < 0.999:  # of distances that are equal up to rounding the one or the other is first
        raise AssertionError(f"both must find the same ranks, {agree:.4f} of them are")
    np.testing.assert_allclose(tiled.mean_average_precision, precision.mean(), rtol=1e-3)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        megabytes, seconds = process.submit(large).result()
    compiled = torchreid_cython()
    _, less_slow = _timed(lambda: by_rows(compiled, probe, gallery))
    return {
        "tiles_probes_per_s": SMALL[0] / fast,
        "tiles_speedup_over_torchreid_cython": less_slow / fast,
        "tiles_speedup_over_numpy": slow / fast,
        "tiles_50k_200k_mb": megabytes,
        "tiles_50k_200k_s": seconds,
    }


def large() -> tuple[float, float]:
    """MB that ranking adds to a process that holds the embeddings, and its seconds."""
    probe, gallery = people(*LARGE)
    rank_tiles(*people(10, 100))
    PEAK_AGAIN.write_text("5")  # making the people took more than what is left of it
    before = _peak_mb()
    _, seconds = _timed(lambda: rank_tiles(probe, gallery))
    return _peak_mb() - before, seconds


def people(probes: int, gallery: int) -> tuple[Labelled, Labelled]:
    """Probes of camera 1, and a gallery of cameras 2 and 3."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((gallery // 2, SIZE), np.float32)
    pids = np.concatenate([np.arange(gallery // 2)] * 2)
    seen = centres[pids] + NOISE * rng.standard_normal((len(pids), SIZE), np.float32)
    looked_for = rng.choice(gallery // 2, probes, replace=probes > gallery // 2)
    values = centres[looked_for] + NOISE * rng.standard_normal((probes, SIZE), np.float32)
    cameras = np.repeat([2, 3], gallery // 2)
    return Labelled(values, Labels(looked_for, np.ones(probes, int))), Labelled(seen, Labels(pids, cameras))


def brute_force(probe: Labelled, gallery: Labelled) -> tuple[np.ndarray, np.ndarray]:
    """First right rank and average precision of each probe, by sorting its distances to all of the gallery."""
    first, precision = [], []
    lengths = np.square(gallery.values).sum(1)
    for start in range(0, len(probe.values), ROWS):
        order = np.argsort(lengths - 2 * probe.values[start : start + ROWS] @ gallery.values.T, axis=1)
        right = gallery.labels.pids[order] == probe.labels.pids[start : start + ROWS, None]
        found = np.cumsum(right, 1)
        first.append(right.argmax(1) + 1)
        precision.append((right * found / np.arange(1, right.shape[1] + 1)).sum(1) / found[:, -1])
    return np.concatenate(first), np.concatenate(precision)


def by_rows(compiled: ModuleType, probe: Labelled, gallery: Labelled) -> None:
    """As torchreid does: distances of a block of probes by a matrix product, ranked by its compiled code."""
    lengths = np.square(gallery.values).sum(1)
    for start in range(0, len(probe.values), ROWS):
        rows = slice(start, start + ROWS)
        distances = lengths - 2 * probe.values[rows] @ gallery.values.T
        labels = (probe.labels.pids[rows], gallery.labels.pids, probe.labels.cameras[rows], gallery.labels.cameras)
        compiled.evaluate_cy(distances, *labels, 20, use_metric_cuhk03=False)


def _peak_mb() -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _timed(work):  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    return work(), time.perf_counter() - started

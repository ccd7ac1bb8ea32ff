"""Runs: what was trained, how, and what came out, as folders of plain files that are complete or absent.

    NAME/
      run.json              RunInfo: configuration, data, seed, versions
      history.csv           the costs of each epoch of each split
      cmc.csv               share of probes matched within each rank
      summary.csv           a row a split: sizes, rank 1, 5, 10 and 20, mean reciprocal rank, AUC, equal error rate;
                            threshold from held-out identities with the FAR and FRR at it, empty without any
      roc.csv               error rates over the threshold
      histograms.csv        numbers of pairs over the distance
      nearest.csv           the first ten of the gallery for each probe
      split_K.safetensors   the checkpoint of split K, where it was kept

The columns are those of ``RUN_COLUMNS``; a run that was tested on nothing has them without rows.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reid_core.evaluation.protocol import RANKS, SplitResult
from reid_core.evaluation.verification import HISTOGRAM_BINS, Calibration

SCHEMA = 1
RUN_COLUMNS = {
    "history": "split epoch epochs loss verification identification contrastive frames seconds",
    "cmc": "split rank share",
    "summary": "split probes gallery rank_1 rank_5 rank_10 rank_20 mean_reciprocal_rank auc equal_error_rate "
    "threshold far frr",
    "roc": "split threshold far frr",
    "histograms": "split left right same different",
    "nearest": "split probe rank gallery distance right",
}
ROC_POINTS = 200


class RunError(ValueError):
    """A run folder that cannot be read."""


@dataclass(frozen=True)
class RunInfo:
    """What was trained on what, and how; enough to repeat it.

    dataset, protocol, fingerprint: of the data that it was tested on. trained_on: the data set that it was trained on.
    head, variant, recipe, preset: words; network, loss, schedule: their values. test_variants: crops and mirror images
    that distances are averaged over. versions: of packages. created: ISO time.
    """

    name: str
    dataset: str
    protocol: str
    fingerprint: str
    trained_on: str
    head: str
    variant: str
    recipe: str
    preset: str
    seed: int
    splits: tuple[int, ...]
    test_variants: int
    command: str
    created: str
    versions: dict[str, str]
    network: dict[str, Any]
    loss: dict[str, Any]
    schedule: list[dict[str, Any]]
    schema: int = SCHEMA
    notes: str = ""


@dataclass(frozen=True)
class Run:
    """A run as read from its folder; the tables are those of the module's docstring."""

    folder: Path
    info: RunInfo
    history: pd.DataFrame
    cmc: pd.DataFrame
    summary: pd.DataFrame
    roc: pd.DataFrame
    histograms: pd.DataFrame
    nearest: pd.DataFrame

    def checkpoint(self, split: int) -> Path:
        """File of a split's weights. Raises: RunError when the run did not keep it."""
        path = self.folder / f"split_{split}.safetensors"
        if not path.exists():
            raise RunError(f"run {self.info.name} must keep its checkpoint of split {split} for this, it has none")
        return path

    def mean_cmc(self) -> pd.DataFrame:
        """Mean and standard deviation over the splits: a table rank, mean, sd (0 for a single split)."""
        table = self.cmc.groupby("rank")["share"].agg(mean="mean", sd=lambda share: share.std(ddof=0))
        return table.reset_index()


def split_tables(result: SplitResult, calibration: Calibration | None) -> dict[str, pd.DataFrame]:
    """The rows of one split for every table but the history, without the column split.

    Args: calibration: gives the threshold at which FAR and FRR are reported; it must not come from ``result``.
    """
    cmc = result.cmc
    curve = result.roc
    summary: dict[str, float] = {"probes": len(result.ranking.probes), "gallery": result.gallery_size}
    summary |= {f"rank_{k}": cmc[min(k, len(cmc)) - 1] for k in RANKS}
    summary |= {
        "mean_reciprocal_rank": result.ranking.mean_average_precision,
        "auc": result.area_under_curve,
        "equal_error_rate": curve.equal_error[1],
    }
    if calibration:
        summary["threshold"] = calibration.threshold
        summary["far"] = float((result.different <= calibration.threshold).mean())
        summary["frr"] = float((result.same > calibration.threshold).mean())
    shown = np.linspace(0, len(curve.thresholds) - 1, min(ROC_POINTS, len(curve.thresholds))).round().astype(int)
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


def write_run(folder: Path, info: RunInfo, tables: dict[str, pd.DataFrame], checkpoints: dict[int, Path]) -> Path:
    """Write a run aside, then rename it into place: the folder is complete or absent.

    Args: checkpoints: file of each split whose weights are kept.
    Raises: RunError when the folder exists.
    """
    if folder.exists():
        raise RunError(f"out must be a new folder, {folder} exists")
    aside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for name, columns in RUN_COLUMNS.items():
        tables[name].reindex(columns=columns.split()).to_csv(aside / f"{name}.csv", index=False, float_format="%.6g")
    for split, path in checkpoints.items():
        shutil.copy(path, aside / f"split_{split}.safetensors")
    (aside / "run.json").write_text(json.dumps(asdict(info), indent=1) + "\n")
    aside.replace(folder)
    return folder


def read_run(folder: Path) -> Run:
    """Raises: RunError, one sentence, for a folder that is no run, damaged, or of a newer schema."""
    try:
        values = json.loads((folder / "run.json").read_text())
        if values["schema"] > SCHEMA:
            raise RunError(f"{folder} must be of schema {SCHEMA} or older, it is {values['schema']}; update to read it")
        info = RunInfo(**(values | {"splits": tuple(values["splits"])}))
        tables = {
            name: pd.read_csv(folder / f"{name}.csv", usecols=columns.split()) for name, columns in RUN_COLUMNS.items()
        }
    except RunError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(f"{folder} must hold a complete run, {Path(error.filename).name} is missing") from error
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{folder} must hold a run, it is damaged: {' '.join(str(error).split())}") from error
    return Run(folder, info, **tables)


def find_runs(root: Path) -> tuple[list[Run], list[str]]:
    """All runs below a folder, by name, and one sentence for each folder that cannot be read."""
    runs, problems = [], []
    for folder in sorted(path for path in root.glob("*") if path.is_dir() and path.suffix not in (".new", ".partial")):
        try:
            runs.append(read_run(folder))
        except RunError as error:
            problems.append(str(error))
    return runs, problems

"""Runs: what was trained, how, and what came out, as folders of plain files that are complete or absent.

    NAME/
      run.json              RunInfo: configuration, data, seed, versions
      history.csv           the costs of each epoch of each split, and which part of the network it trained
      cmc.csv               share of probes matched within each rank
      summary.csv           a row a split: sizes, rank 1, 5, 10 and 20, mean reciprocal rank, mean average precision,
                            AUC, equal error rate; threshold from held-out identities with the FAR and FRR at it, empty
                            without any
      roc.csv               error rates over the threshold
      histograms.csv        numbers of pairs over the distance
      nearest.csv           the first ten of the gallery for each probe
      identities.csv        who was trained on, held out for the threshold and tested: a row a tracklet and split; part
                            is training, calibration or test; digest is of its pictures (``tracklet_digest``)
      strips.zip            some small frames of each tracklet that was tested, where they were kept
      split_K.safetensors   the checkpoint of split K, where it was kept
      bias.csv              rank 1 of covered probes over the position of the cover, where that was measured
      importance.csv        where the importance of frames lies, where that was measured: ``IMPORTANCE_COLUMNS``

The columns are those of ``RUN_COLUMNS``; a run that was tested on nothing has them without rows. A reader passes over
columns that it does not know, so a new one leaves the schema as it is; histories from before ``part`` was stored get it
from the schedule, and summaries from before ``mean_average_precision`` have it in ``mean_reciprocal_rank``.
"""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from reid_core.data import PreparedTracklet
from reid_core.evaluation.protocol import RANKS, SplitResult
from reid_core.evaluation.strips import read_strips, write_strips
from reid_core.evaluation.verification import HISTOGRAM_BINS, Calibration, Roc
from reid_core.files import UNFINISHED, written

SCHEMA = 1
RUN_COLUMNS = {
    "history": "split epoch epochs part loss verification identification contrastive frames seconds",
    "cmc": "split rank share",
    "summary": "split probes gallery rank_1 rank_5 rank_10 rank_20 mean_reciprocal_rank "
    "mean_average_precision auc equal_error_rate threshold far frr",
    "roc": "split threshold far frr",
    "histograms": "split left right same different",
    "nearest": "split probe rank gallery distance right",
}
LATER = ("part", "mean_average_precision")  # columns that runs of this schema may lack
IDENTITY_COLUMNS = "split part pid tracklet digest"
TEXT_COLUMNS = {"history": ("part",), "nearest": ("probe", "gallery")}
IMPORTANCE_COLUMNS = "measure entropy centre first middle last agreement clips checkpoint"
ROC_POINTS = 200
STRIPS = "strips.zip"
PARTIAL = ".partial"  # ends the folder of a training that has not finished
COSTS = ("loss", "verification", "identification", "contrastive")


class RunError(ValueError):
    """A run folder that cannot be read."""


@dataclass(frozen=True)
class RunInfo:
    """What was trained on what, and how; enough to repeat it.

    dataset, protocol, fingerprint: of the data that it was tested on. trained_on: the data set that it was trained on.
    head, variant, recipe, preset: words; network, loss, schedule: their values. test_variants: crops and mirror images
    of which embeddings (2) or, with ``--tta``, distances (16) are averaged. versions: of packages, when it was made.
    created: ISO time. origin: where the splits are from, empty in early runs.
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
    origin: str = ""


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

    @property
    def gallery(self) -> int:
        """Size of the gallery, the largest over the splits; 0 for a run that was tested on nothing."""
        return int(self.summary["gallery"].max()) if len(self.summary) else 0

    def checkpoint(self, split: int) -> Path:
        """File of a split's weights. Raises: RunError when the run did not keep it."""
        path = self.folder / f"split_{split}.safetensors"
        if not path.exists():
            raise RunError(f"run {self.info.name} must keep its checkpoint of split {split} for this, it has none")
        return path

    def mean_cmc(self) -> pd.DataFrame:
        """Mean and standard deviation over the splits: a table rank, mean, sd (0 for a single split)."""
        return _over_splits(self.cmc, ["rank"], "share")

    def mean_history(self, cost: str = "loss") -> pd.DataFrame:
        """One of ``COSTS`` in training, mean and standard deviation over the splits: a table epoch, part, mean, sd."""
        return _over_splits(self.history, ["epoch", "part"], cost)

    def mean_roc(self) -> pd.DataFrame:
        """False rejections at each rate of false acceptances, over the splits: a table far, mean, sd.

        The splits' distances have scales of their own, so it is the curves that are averaged (vertical averaging:
        Fawcett, Pattern Recognition Letters 2006), each as the straight lines between its stored points.
        """
        grid = np.unique(self.roc["far"])
        curves = [
            pd.DataFrame({"far": grid, "frr": np.interp(grid, curve["far"], curve["frr"])})
            for _, curve in self.roc.groupby("split")
        ]
        return (
            _over_splits(pd.concat(curves), ["far"], "frr") if curves else pd.DataFrame(columns=["far", "mean", "sd"])
        )

    def error_rates(self, split: int, threshold: float) -> tuple[float, float]:
        """(FAR, FRR) of a split when pairs up to ``threshold`` are accepted: those stored next below it."""
        curve = self.roc[self.roc["split"] == split]
        at = max(int(np.searchsorted(curve["threshold"], threshold, side="right")) - 1, 0)
        return float(curve["far"].iloc[at]), float(curve["frr"].iloc[at])

    def first_threshold(self, split: int) -> tuple[float, str]:
        """A split's threshold from held-out identities, else where its error rates are equal; and in words which."""
        row = self.summary[self.summary["split"] == split].iloc[0]
        if not np.isnan(row["threshold"]):
            return float(row["threshold"]), "the threshold from identities that were held out of training"
        curve = self.roc[self.roc["split"] == split]
        at = int(np.argmin(np.abs(curve["far"] - curve["frr"])))
        return float(curve["threshold"].iloc[at]), "the equal error rate of this split itself; none was held out"

    def first_matches(self) -> pd.Series:
        """Rank of the first right one of the gallery by (split, probe); infinite where it is not among the ten kept.

        Ties count against the model, as in ``rank``. A person whom the gallery does not hold is never found.
        """
        kept = self.nearest
        at = kept["distance"].where(kept["right"]).groupby([kept["split"], kept["probe"]]).transform("min")
        ahead = (~kept["right"] & (kept["distance"] <= at)).groupby([kept["split"], kept["probe"]]).sum()
        found = kept["right"].groupby([kept["split"], kept["probe"]]).any()
        return (ahead + 1.0).where(found, np.inf).rename("first_match")

    def hits(self) -> pd.Series:
        """Whether a probe was matched at rank 1, by (split, probe): what ``paired_bootstrap`` compares."""
        return self.first_matches() == 1

    def probes(self, split: int) -> pd.DataFrame:
        """The probes of a split, the worst first: a table probe, first_match, distance (of the nearest).

        Among equals those come first whose nearest is the nearest: the most certain mistakes.
        """
        nearest = self.nearest[(self.nearest["split"] == split) & (self.nearest["rank"] == 1)].set_index("probe")
        if nearest.empty:
            return pd.DataFrame(columns=["probe", "first_match", "distance"])
        first = self.first_matches().loc[split]
        table = pd.DataFrame({"first_match": first, "distance": nearest["distance"]}).reset_index()
        return table.sort_values(["first_match", "distance"], ascending=[False, True], ignore_index=True)

    def strips(self, names: Iterable[str]) -> dict[str, NDArray[np.uint8]]:
        """Small frames of tracklets by name, uint8 RGB (T, 64, 32, 3); none where the run keeps none.

        Raises: RunError when they are damaged.
        """
        path = self.folder / STRIPS
        try:
            return read_strips(path, names) if path.exists() else {}
        except ValueError as error:
            raise RunError(str(error)) from error

    def identities(self) -> pd.DataFrame:
        """Who was trained on, held out and tested: ``IDENTITY_COLUMNS``; no rows for early runs, which did not keep it.

        Raises: RunError when the table is damaged.
        """
        columns = IDENTITY_COLUMNS.split()
        if not (self.folder / "identities.csv").exists():
            return pd.DataFrame(columns=columns)
        return _columns_of(self.folder, "identities", columns)

    def importance(self) -> pd.DataFrame:
        """Where the importance of frames lies, a row a measure, means over the checkpoints; no rows where not measured.

        Returns: measure, entropy, centre, first, middle, last (thirds), agreement (of attention with it).
        Raises: RunError when the table is damaged.
        """
        columns = IMPORTANCE_COLUMNS.split()
        if not (self.folder / "importance.csv").exists():
            return pd.DataFrame(columns=columns[:-2])
        table = _columns_of(self.folder, "importance", columns).set_index("measure")[columns[1:-2]]
        try:
            return table.astype(float).groupby("measure", sort=False).mean().reset_index()
        except ValueError as error:
            raise unreadable(self.folder, error) from error


def _over_splits(table: pd.DataFrame, at: list[str], value: str) -> pd.DataFrame:
    groups = table.groupby(at)[value]
    return pd.DataFrame({"mean": groups.mean(), "sd": groups.std(ddof=0)}).reset_index()


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
    Raises: RunError as ``check_new`` does.
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
    """Before work whose result goes there. Raises: RunError: it exists, or has the name of an unfinished one."""
    if folder.exists():
        raise RunError(f"out must be a new folder, {folder} exists")
    if folder.suffix in (PARTIAL, UNFINISHED):
        raise RunError(f"out must not end in {PARTIAL} or {UNFINISHED}, as what is unfinished does, got {folder}")


def write_info(folder: Path, info: RunInfo) -> None:
    """Put a run's configuration into its folder, or into that of a training that goes on."""
    (folder / "run.json").write_text(json.dumps(asdict(info), indent=1) + "\n")


def read_run(folder: Path) -> Run:
    """Raises: RunError, one sentence, for a folder that is no run, damaged, or of a newer schema."""
    info = read_info(folder)
    tables = {name: read_table(folder, name) for name in RUN_COLUMNS}
    try:
        tables["history"] = _with_parts(tables["history"], info.schedule)
        tables["summary"] = _with_precision(tables["summary"])
        tested = tables["summary"]["split"].tolist()
        if tested and sorted(tested) != sorted(info.splits):
            raise ValueError(f"summary.csv has rows of the splits {tested} and not of {list(info.splits)}")
        return Run(folder, info, **tables)
    except (KeyError, TypeError, ValueError) as error:
        raise unreadable(folder, error) from error


def read_info(folder: Path) -> RunInfo:
    """The configuration of a run. Raises: RunError as ``read_run`` does."""
    try:
        values = json.loads((folder / "run.json").read_text())
        schema = values["schema"]
        if type(schema) is not int or schema < 1:
            raise ValueError(f"schema {schema!r}")
        if schema > SCHEMA:
            raise RunError(f"{folder} must be of schema {SCHEMA} or older, it is {schema}; update to read it")
        if not all(type(number) is int for number in values["splits"]):
            raise ValueError(f"splits {values['splits']!r}")
        return RunInfo(**(values | {"splits": tuple(values["splits"])}))
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise unreadable(folder, error) from error


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One of the tables of ``RUN_COLUMNS``, early ones without ``LATER``. Raises: RunError as ``read_run`` does."""
    table = _columns_of(folder, name, RUN_COLUMNS[name].split(), optional=LATER)
    for column in table.columns:
        if column not in TEXT_COLUMNS.get(name, ()) and len(table) and not is_numeric_dtype(table[column]):
            raise unreadable(folder, ValueError(f"{name}.csv must have numbers in column {column}"))
    return table


def _columns_of(folder: Path, name: str, columns: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
    try:
        table: pd.DataFrame = pd.read_csv(folder / f"{name}.csv", usecols=lambda column: column in columns)
        missing = [column for column in columns if column not in table and column not in optional]
        if missing:
            raise ValueError(f"{name}.csv has no column {', '.join(missing)}")
        return table[[column for column in columns if column in table]]
    except (OSError, ValueError) as error:
        raise unreadable(folder, error) from error


def _with_parts(history: pd.DataFrame, schedule: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Which part of the network each epoch trained: as stored, else by the schedule, empty where that does not tell."""
    if "part" not in history:
        parts = [stage["part"] for stage in schedule for _ in range(stage.get("epochs", 0))]
        history = history.assign(part=history["epoch"].map(dict(enumerate(parts, 1))))
    told = history["part"].astype(object)
    return history.assign(part=told.where(told.notna(), ""))[RUN_COLUMNS["history"].split()]


def _with_precision(summary: pd.DataFrame) -> pd.DataFrame:
    """Mean average precision as stored, or where early runs stored it."""
    if "mean_average_precision" not in summary:
        summary = summary.assign(mean_average_precision=summary["mean_reciprocal_rank"])
    return summary[RUN_COLUMNS["summary"].split()]


def unreadable(folder: Path, error: Exception) -> RunError:
    """The sentence for what went wrong."""
    if isinstance(error, RunError):
        return error
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return RunError(f"{folder} must hold a complete run, {Path(error.filename).name} is missing")
    return RunError(f"{folder} must hold a run, it is damaged: {' '.join(str(error).split())}")


def run_folders(root: Path) -> list[Path]:
    """The folders below a folder that should be runs, by name."""
    return sorted(path for path in root.glob("*") if path.is_dir() and path.suffix not in (PARTIAL, UNFINISHED))


def find_runs(root: Path) -> tuple[list[Run], list[str]]:
    """All runs below a folder, by name, and one sentence for each folder that cannot be read."""
    runs, problems = [], []
    for folder in run_folders(root):
        try:
            runs.append(read_run(folder))
        except RunError as error:
            problems.append(str(error))
    return runs, problems

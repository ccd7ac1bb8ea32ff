"""A run as read, and what is derived of its tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reid_core.runs.read import (
    columns_of,
    read_identities,
    read_info,
    read_table,
    unreadable,
    with_parts,
    with_precision,
)
from reid_core.runs.schema import HELD_OUT, LATER, PROFILE_COLUMNS, RUN_COLUMNS, STRIPS, RunError, RunInfo
from reid_core.runs.strips import read_strips


@dataclass(frozen=True)
class Run:
    """A run as read from its folder; the columns of its tables are in ``schema``."""

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
        """A learning curve, mean and standard deviation over the splits: a table epoch, part, mean, sd.

        Args: cost: one of ``LEARNING_CURVES``, or ``HELD_OUT``, which has the epochs alone in which somebody looked.
        """
        return _over_splits(self.history.dropna(subset=cost), ["epoch", "part"], cost)

    @property
    def held_out_is_known(self) -> bool:
        """Whether somebody held out was looked at while it was trained."""
        return bool(self.history[HELD_OUT].notna().any())

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

    def matches(self, split: int, probe: str) -> list[str]:
        """The other tracklets of a probe's person that its split tested; none where early runs did not keep who.

        Raises: RunError when the table is damaged.
        """
        everybody = self.identities()
        tested = everybody[(everybody["split"] == split) & (everybody["part"] == "test")]
        pids = tested.loc[tested["tracklet"] == probe, "pid"]
        same = tested.loc[tested["pid"].isin(pids) & (tested["tracklet"] != probe), "tracklet"]
        return [str(name) for name in same]

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
        """Who was trained on, held out and tested, as ``read_identities`` does."""
        return read_identities(self.folder)

    def importance(self) -> pd.DataFrame:
        """Where the importance of frames lies, a row a measure, means over the checkpoints; no rows where not measured.

        Returns: ``PROFILE_COLUMNS``; NaN in those that early runs lack, clips in sum.
        Raises: RunError when the table is damaged.
        """
        columns = PROFILE_COLUMNS.split()
        if not (self.folder / "importance.csv").exists():
            return pd.DataFrame(columns=columns)
        table = columns_of(self.folder, "importance", columns, optional=LATER).reindex(columns=columns)
        try:
            groups = table.set_index("measure").astype(float).groupby("measure", sort=False)
            return groups.mean().assign(clips=groups["clips"].sum().astype(int)).reset_index()
        except ValueError as error:
            raise unreadable(self.folder, error) from error


def _over_splits(table: pd.DataFrame, at: list[str], value: str) -> pd.DataFrame:
    groups = table.groupby(at)[value]
    return pd.DataFrame({"mean": groups.mean(), "sd": groups.std(ddof=0)}).reset_index()


def read_run(folder: Path) -> Run:
    """Raises: RunError, one sentence, for a folder that is no run, damaged, or of a newer schema."""
    info = read_info(folder)
    tables = {name: read_table(folder, name) for name in RUN_COLUMNS}
    try:
        tables["history"] = with_parts(tables["history"], info.schedule)
        tables["summary"] = with_precision(tables["summary"])
        tested = tables["summary"]["split"].tolist()
        if tested and sorted(tested) != sorted(info.splits):
            raise ValueError(f"summary.csv has rows of the splits {tested} and not of {list(info.splits)}")
        return Run(folder, info, **tables)
    except (KeyError, TypeError, ValueError) as error:
        raise unreadable(folder, error) from error

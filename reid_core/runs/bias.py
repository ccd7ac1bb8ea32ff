"""The position bias that is stored with a run."""

from pathlib import Path

import pandas as pd

from reid_core.runs.schema import BIAS_COLUMNS, RunError

BIAS_TABLE = "bias.csv"


def read_bias(folder: Path) -> pd.DataFrame | None:
    """The table ``BIAS_COLUMNS`` of a run, None for a run whose position bias was not measured.

    Raises: RunError, one sentence, when it is damaged.
    """
    path = folder / BIAS_TABLE
    if not path.exists():
        return None
    try:
        table: pd.DataFrame = pd.read_csv(path, usecols=list(BIAS_COLUMNS))
        return table.astype({"position": float, "rank_1": float})
    except (OSError, ValueError) as error:
        raise RunError(f"{path} must hold a position bias, it is damaged: {' '.join(str(error).split())}") from error


def bias_curve(bias: pd.DataFrame, cover: str) -> pd.DataFrame:
    """Rank-1 of the trained network over the position of a cover, mean over the splits: a table position, rank_1.

    It has no rows for a cover that was not tried.
    """
    rows = bias[(bias["control"] == "trained") & (bias["cover"] == cover) & bias["position"].notna()]
    return rows.groupby("position")["rank_1"].mean().reset_index()

"""Who was trained on, who gave the threshold and who was tested, kept with a run, so that nobody is in two of them.

Tracklets are known again by their pictures: names and pids differ between the ways in which the same data can be read.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from reid_core.data import PreparedTracklet
from reid_core.runs.run import Run
from reid_core.runs.schema import IDENTITY_COLUMNS

LOOKED_AT = 4  # frames of a tracklet, evenly over its length
TEST = "test"


def tracklet_digest(tracklet: PreparedTracklet) -> str:
    """16 hexadecimal digits that tell a tracklet by its length and four of its frames, at the network's input size."""
    shown = np.linspace(0, len(tracklet) - 1, LOOKED_AT).round().astype(int)
    pictures = np.ascontiguousarray(tracklet.colour[shown]).tobytes()
    return hashlib.sha256(len(tracklet).to_bytes(8) + pictures).hexdigest()[:16]


def identity_rows(tracklets: Sequence[PreparedTracklet], parts: Mapping[str, Iterable[int]]) -> pd.DataFrame:
    """A row for each tracklet of the identities in each part: the columns of ``identities.csv`` without split.

    Args: parts: pids by part: training, calibration, test.
    """
    pids = {part: set(some) for part, some in parts.items()}
    rows = [
        (part, tracklet.pid, tracklet.name, tracklet_digest(tracklet))
        for part, some in pids.items()
        for tracklet in tracklets
        if tracklet.pid in some
    ]
    return pd.DataFrame(rows, columns=IDENTITY_COLUMNS.split()[1:])


def pids_tested(run: Run) -> dict[int, tuple[int, ...]]:
    """Whom a run tested in each split, sorted; nothing where it was not kept, or nobody was tested."""
    table = run.identities()
    tested = table[table["part"] == TEST]
    return {
        split: tuple(sorted(set(tested["pid"][tested["split"] == split].tolist())))
        for split in tested["split"].unique().tolist()
    }


def check_unseen(run: Run, split: int, rows: pd.DataFrame) -> None:
    """Make sure that a split's checkpoint saw none of the tracklets to be tested, where the run kept what it saw.

    Args: rows: of `identity_rows`. Raises: ValueError, one sentence, when it was trained or calibrated on some.
    """
    table = run.identities()
    known = table[(table["split"] == split) & (table["part"] != TEST)]
    seen = rows[rows["digest"].isin(set(known["digest"]))]
    if len(seen):
        raise ValueError(
            f"run {run.info.name} must be tested on people whom it has not seen; its split {split} was trained or "
            f"calibrated on {len(seen)} of the {len(rows)} tracklets ({seen['tracklet'].iloc[0]}, ...)"
        )

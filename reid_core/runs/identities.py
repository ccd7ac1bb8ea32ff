"""Who was trained on, who gave the threshold and who was tested, kept with a run, so that nobody is in two of them.

Tracklets are known again by their pictures: names and pids differ between the ways in which the same data can be read.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from reid_core.data import Prepared, PreparedTracklet, Splits, identities
from reid_core.model import find_checkpoint, load_checkpoint
from reid_core.runs.read import read_identities
from reid_core.runs.run import Run
from reid_core.runs.schema import IDENTITY_COLUMNS

LOOKED_AT = 4  # frames of a tracklet, evenly over its length
TEST, START = "test", "init"
NOT_KNOWN = "not known"


def tracklet_digest(tracklet: PreparedTracklet) -> str:
    """16 hexadecimal digits that tell a tracklet by its length and four of its frames, at the network's input size."""
    shown = np.linspace(0, len(tracklet) - 1, LOOKED_AT).round().astype(int)
    pictures = np.ascontiguousarray(tracklet.colour[shown]).tobytes()
    return hashlib.sha256(len(tracklet).to_bytes(8) + pictures).hexdigest()[:16]


def identity_rows(
    tracklets: Sequence[PreparedTracklet], splits: Mapping[int, Mapping[str, Iterable[int]]]
) -> pd.DataFrame:
    """A row for each tracklet of the identities in each part of each split: the table ``identities.csv``.

    Args: splits: pids by part (training, calibration, test), by split.
    """
    digest = cache(lambda place: tracklet_digest(tracklets[place]))
    pids = {(split, part): set(some) for split, parts in splits.items() for part, some in parts.items()}
    rows = [
        (split, part, tracklet.pid, tracklet.name, digest(place))
        for (split, part), some in pids.items()
        for place, tracklet in enumerate(tracklets)
        if tracklet.pid in some
    ]
    return pd.DataFrame(rows, columns=IDENTITY_COLUMNS.split())


def pids_tested(run: Run, splits: Splits) -> dict[int, tuple[int, ...]]:
    """Whom a run tested in each split, sorted; of early runs, which did not keep it, the test halves of its data."""
    table = run.identities()
    tested = table[table["part"] == TEST]
    kept = {
        split: tuple(sorted(set(tested["pid"][tested["split"] == split].tolist())))
        for split in tested["split"].unique().tolist()
    }
    return kept or {number: splits.test(number) for number in run.info.splits}


def seen_by(weights: Path) -> pd.DataFrame:
    """The tracklets that weights were trained or calibrated on, as the run that they lie in tells; no rows where not.

    Returns: ``IDENTITY_COLUMNS``. Raises: RunError when that run's table is damaged.
    """
    table = read_identities(weights.parent)
    return table[("split_" + table["split"].astype(str) == weights.stem) & (table["part"] != TEST)]


def check_unseen(weights: Path, rows: pd.DataFrame, data: Prepared) -> None:
    """Make sure that weights saw none of the tracklets to be tested, as far as it was kept what they saw.

    Args: rows: of ``identity_rows``, from ``data``.
    Raises: ValueError, one sentence, when they were trained or calibrated on some.
    """
    _check_apart(weights, seen_by(weights), rows, data)


def with_start(rows: pd.DataFrame, init: str | None, data: Prepared) -> pd.DataFrame:
    """The identities of a training and, as part ``init`` of each split, whom the weights that it begins with saw.

    Args: rows: of ``identity_rows``, from ``data``. init: name or path of a checkpoint.
    Raises: ValueError, one sentence, when ``init`` was trained on some who are tested or give the threshold.
    """
    if not init:
        return rows
    weights = find_checkpoint(init)
    seen = seen_by(weights)
    seen = seen[seen["part"] != "calibration"]  # weights alone bring no threshold
    _check_apart(weights, seen, rows[rows["part"] != "training"], data)
    parts = [seen.assign(split=split, part=START) for split in rows["split"].unique()]
    return pd.concat([rows, *(part for part in parts if len(part))], ignore_index=True)


def data_seen(init: str | None) -> str:
    """On what data weights and those that they began with were trained, as far as their model cards tell."""
    if not init:
        return ""
    start = load_checkpoint(init)
    card = start.card
    here = f"{card['trained_on']}, {card.get('persons', 'some')} persons" if "trained_on" in card else NOT_KNOWN
    before = (card.get("init_saw") or NOT_KNOWN) if card.get("init") else start.network.config.encoder.trunk_saw
    return f"{here}; before that {before}" if before else here


def _check_apart(weights: Path, seen: pd.DataFrame, rows: pd.DataFrame, data: Prepared) -> None:
    if seen.empty:
        _check_numbers(weights, rows, data)
    both = rows[rows["digest"].isin(set(seen["digest"]))].drop_duplicates("digest")
    if len(both):
        raise ValueError(
            f"{weights} must be tested on people whom it has not seen, it was trained or calibrated on {len(both)} "
            f"of the {rows['digest'].nunique()} tracklets ({both['tracklet'].iloc[0]}, ...)"
        )


def _check_numbers(weights: Path, rows: pd.DataFrame, data: Prepared) -> None:
    """By the model card alone: of N persons, n cannot be tested by weights that were trained on more than N - n."""
    card, everybody, tested = load_checkpoint(weights).card, len(identities(data.tracklets)), rows["pid"].nunique()
    trained = int(card.get("persons") or 0)
    if card.get("data_fingerprint") == data.fingerprint and trained + tested > everybody:
        raise ValueError(
            f"{weights} must be tested on people whom it has not seen, it was trained on {trained} of the {everybody} "
            f"persons of this data, so on some of the {tested} to be tested"
        )

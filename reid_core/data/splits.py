"""Which identities are trained on and which are tested: official halves, or seeded ones that are stored."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid_core.files import written

SPLITS = 10
FEWEST_TO_PART = 4
"""Training persons, of whom some are held out: with one on either side there is nobody to be confused with."""
SPLIT_SEED = 0  # of the random halves; not of a training, so that runs with several seeds share their splits


@dataclass(frozen=True)
class Split:
    """Identities to train on and identities to test on; nobody is in both."""

    train: tuple[int, ...]
    test: tuple[int, ...]

    def __post_init__(self) -> None:
        for name in ("train", "test"):
            pids = getattr(self, name)
            if not pids or len(set(pids)) < len(pids):
                raise ValueError(f"{name} must hold different pids, at least one, got {pids}")
        if both := sorted(set(self.train) & set(self.test)):
            raise ValueError(f"train and test must have no pid in common, got {both} in both")


def half_splits(pids: Iterable[int], seed: int, count: int = SPLITS) -> tuple[Split, ...]:
    """Random halves of the identities; of an odd number the larger half is tested.

    Raises: ValueError: fewer than two identities.
    """
    known = sorted(set(pids))
    if len(known) < 2:
        raise ValueError(f"pids must be two or more to be split, got {len(known)}")
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(known).tolist() for _ in range(count)]
    half = len(known) // 2
    return tuple(Split(tuple(sorted(order[:half])), tuple(sorted(order[half:]))) for order in orders)


def hold_out(pids: Iterable[int], share: float, seed: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Part the training identities into those that are trained on and those that calibrate; at least two of each.

    Args: share: of the identities to hold out, above 0 and below 1. Returns: kept and held-out pids, sorted.
    Raises: ValueError: share out of range, or fewer than four identities.
    """
    known = sorted(set(pids))
    if not 0 < share < 1:
        raise ValueError(f"share must be above 0 and below 1, got {share}")
    if len(known) < FEWEST_TO_PART:
        raise ValueError(too_few_to_part(len(known)))
    held = min(max(round(share * len(known)), 2), len(known) - 2)
    order = np.random.default_rng(seed).permutation(known).tolist()
    return tuple(sorted(order[held:])), tuple(sorted(order[:held]))


def too_few_to_part(persons: int) -> str:
    """Why no training person can be held out, and what helps. Args: persons: to train on."""
    needed = f"{FEWEST_TO_PART} persons to train on are needed to hold some out for the threshold, there are {persons}"
    return f"{needed}; --calibration-share 0 trains on all of them, and such a network gives no verdicts"


def official_splits(path: Path, pids: Sequence[int]) -> tuple[Split, ...]:
    """iLIDS-VID's ten splits (Wang et al.): ``ls_set`` (10, 300), the first half of a row is TEST.

    Its numbers count the persons from 1 in the order of their names; they are not the numbers in the names.

    Raises: ValueError: another kind of file, or not as many persons as it is about.
    """
    rows = matlab_matrix(path, "ls_set")
    known = np.array(sorted(pids))
    if rows.ndim != 2 or any(sorted(row) != list(range(1, len(known) + 1)) for row in rows.tolist()):
        raise ValueError(f"splits {path} must number the {len(known)} persons found, got ls_set {rows.shape}")
    half = rows.shape[1] // 2
    chosen = [known[row - 1].tolist() for row in rows]
    return tuple(Split(tuple(sorted(row[half:])), tuple(sorted(row[:half]))) for row in chosen)


def matlab_matrix(path: Path, name: str) -> NDArray[np.int64]:
    """A matrix of whole numbers. Raises: ValueError: another kind of file, or nothing of this name in it."""
    from scipy.io import loadmat  # here, since nothing else needs it and it takes a while
    from scipy.io.matlab import MatReadError

    try:
        return np.asarray(loadmat(str(path))[name], dtype=np.int64)
    except (KeyError, OSError, ValueError, NotImplementedError, MatReadError) as error:
        raise ValueError(f"{path} must be a MATLAB file with {name}, got {error}") from error


def write_splits(path: Path, splits: Sequence[Split]) -> None:
    """Store splits as JSON, complete or not at all."""
    with written(path) as place:
        place.write_text(json.dumps({"version": 1, "splits": [asdict(split) for split in splits]}))


def read_splits(path: Path) -> tuple[Split, ...]:
    """Read what `write_splits` wrote. Raises: ValueError: another kind of file or version."""
    try:
        content = json.loads(path.read_text())
        if content["version"] != 1:
            raise ValueError(f"version {content['version']!r}")
        return tuple(Split(tuple(split["train"]), tuple(split["test"])) for split in content["splits"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"splits {path} must be a file of version 1 with train and test pids, got {error}") from error

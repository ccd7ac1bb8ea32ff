"""Calibration on one's own pairs of videos: the table that is read, the file that is written.

video_a,video_b,same            paths relative to the table; same or different, 1 or 0, yes or no, true or false
tuesday/3.mp4,friday/9.mp4,same
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from reid_core.evaluation.cohort import FEWEST, distances_of, held_pairs
from reid_core.evaluation.others import MOST, Others, embed_others
from reid_core.evaluation.verification import calibrate
from reid_core.model import FEW, Calibration, Checkpoint, CohortCalibration, HeadOutput, in_version_1, weights_digest
from reid_core.model.heads.recurrent import Start

HEADER = ["video_a", "video_b", "same"]
LABELS = {"same": True, "1": True, "yes": True, "true": True} | {
    "different": False,
    "0": False,
    "no": False,
    "false": False,
}
FEWEST_PAIRS = 4
FEW_TOLD = f"With fewer than {FEW} pairs of a kind no answer is certain unless its probability is."
FILE_VERSION = 3  # 1 knew of no cohort, 2 of none held against by camera


@dataclass(frozen=True)
class LabelledPair:
    """A line of the table: two videos, and whether they show one person."""

    line: int
    a: Path
    b: Path
    same: bool


@dataclass(frozen=True)
class OwnCalibration:
    """A calibration of one network with what it rests on; far and frr are the error rates on these very pairs.

    name: of the pairs. checkpoint, fingerprint: of the network. crop: how persons were cut out. created: ISO 8601.
    same, different: numbers of pairs. cohort: the other people that they were held against as well, in words.
    """

    name: str
    checkpoint: str
    fingerprint: str
    crop: str
    created: str
    same: int
    different: int
    far: float
    frr: float
    calibration: Calibration
    cohort: str = ""

    def __post_init__(self) -> None:
        for field in ("name", "checkpoint", "fingerprint", "crop", "created", "cohort"):
            if not isinstance(value := getattr(self, field), str):
                raise ValueError(f"{field} must be a text, got {value!r}")
        for field in ("same", "different"):
            value = getattr(self, field)
            if type(value) is not int or value < 1:
                raise ValueError(f"{field} must be a number of pairs, 1 or more, got {value!r}")
        for field in ("far", "frr"):
            value = getattr(self, field)
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ValueError(f"{field} must be a share from 0 to 1, got {value!r}")

    @property
    def pairs(self) -> int:
        """How many."""
        return self.same + self.different

    def to_json(self) -> str:
        """The file's content; ``read_calibration`` reads it back."""
        return json.dumps({"version": FILE_VERSION, **asdict(self)}, indent=1) + "\n"


def read_pairs(path: Path) -> tuple[LabelledPair, ...]:
    """Read the table of pairs; that the videos are there is looked at, what is in them is not.

    Raises: ValueError, which names the line: another header, number of values or label, a video that is not there, a
        pair of one video or one that stood before; without a line: fewer than four pairs, or pairs of one kind only.
    """
    pairs: list[LabelledPair] = []
    before: dict[frozenset[Path], int] = {}
    for line, values in _rows(path):
        pair = _pair(line, values, path.parent)
        videos = frozenset((pair.a.resolve(), pair.b.resolve()))
        if len(videos) == 1:
            raise ValueError(f"line {line} must name two videos, got {pair.a.name} twice")
        if videos in before:
            raise ValueError(f"line {line} must be a new pair, it stands in line {before[videos]} already")
        before[videos] = line
        pairs.append(pair)
    _check_kinds(pairs, path.name)
    return tuple(pairs)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """The lines below the header that are not empty, with their numbers."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:  # spreadsheets put a mark before the text
            reader = csv.reader(file)
            rows = [(reader.line_num, [value.strip() for value in row]) for row in reader]
    except OSError as error:
        raise ValueError(f"pairs {path} must be a file that can be read, got: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path.name} must be a table of comma-separated values in UTF-8, got {error}") from error
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows or [name.lower() for name in rows[0][1]] != HEADER:
        got = repr(",".join(rows[0][1])[:80]).strip("'") if rows else "nothing"  # a value may go over many lines
        raise ValueError(f"{path.name} must begin with the line {','.join(HEADER)}, got {got}")
    return rows[1:]


def _pair(line: int, values: list[str], folder: Path) -> LabelledPair:
    if len(values) != len(HEADER):
        raise ValueError(f"line {line} must have {len(HEADER)} values, got {len(values)}")
    label = values[2].lower()
    if label not in LABELS:
        raise ValueError(f"line {line} must end in one of {', '.join(LABELS)}, got {values[2]!r}")
    for video in values[:2]:
        if not _is_file(folder / video):
            raise ValueError(f"line {line} must name videos that are there, there is no file {str(folder / video)!r}")
    return LabelledPair(line, folder / values[0], folder / values[1], LABELS[label])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # its name is too long, or its folder may not be looked into
        return False


def _check_kinds(pairs: Sequence[LabelledPair], name: str) -> None:
    same = sum(pair.same for pair in pairs)
    if len(pairs) < FEWEST_PAIRS:
        raise ValueError(f"{name} must hold {FEWEST_PAIRS} pairs or more, got {len(pairs)}")
    if same in (0, len(pairs)):
        got = "one person" if same else "two persons"
        raise ValueError(f"{name} must hold pairs of one person and pairs of two, got {len(pairs)} of {got} only")


def calibrate_own(
    distances: NDArray[np.floating], same: NDArray[np.bool_], checkpoint: Checkpoint, name: str, crop: str
) -> OwnCalibration:
    """Calibrate a network on labelled pairs, as ``calibrate`` does on the pairs that a checkpoint ships with.

    Args: distances: of the pairs, shape (N,). same: which are of one person, shape (N,).
    Raises: ValueError: one kind only, or pairs of one person that are not nearer than those of two on the whole.
    """
    near, far = distances[same], distances[~same]
    calibration = calibrate(near, far, f"{len(distances)} pairs of {name}")
    if calibration.equal_error_rate >= 0.5:
        raise ValueError(
            f"pairs of one person must be nearer than those of two, got an equal error rate of "
            f"{calibration.equal_error_rate:.0%} with {checkpoint.name}: are the labels right?"
        )
    return OwnCalibration(
        name=name,
        checkpoint=checkpoint.name,
        fingerprint=weights_fingerprint(checkpoint),
        crop=crop,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        same=len(near),
        different=len(far),
        far=float((far <= calibration.threshold).mean()),
        frr=float((near > calibration.threshold).mean()),
        calibration=calibration,
    )


@dataclass(frozen=True)
class Against:
    """Pairs held against a cohort. z: of each pair, (N,). deviation: usual one of the distances to it."""

    z: NDArray[np.float64]
    others: Others
    deviation: float


def against_cohort(checkpoint: Checkpoint, pairs: Sequence[tuple[HeadOutput, HeadOutput]], others: Others) -> Against:
    """Hold pairs against people whom the same cameras saw. Raises: ValueError: fewer than two on a side."""
    if min(others.people) < FEWEST:
        raise ValueError(f"cohort {others.source} must show {FEWEST} people or more, got {min(others.people)}")
    head, known = checkpoint.network.head, checkpoint.calibration and checkpoint.calibration.of_cohort("cameras", MOST)
    first, second = (embed_others(checkpoint.network, side) for side in (others.first, others.second))
    spreads = (distances_of(head, *two).std() for a, b in pairs for two in ((a, second), (b, first)))
    deviation = known.deviation if known else float(np.mean(list(spreads)))
    z = [
        held_pairs(head, a, b, (first, second), deviation, by_camera=True).z(distances_of(head, a, b))[0, 0]
        for a, b in pairs
    ]
    return Against(np.array(z), others, deviation)


def with_own_cohort(own: OwnCalibration, against: Against, same: NDArray[np.bool_]) -> OwnCalibration:
    """The same with a calibration of z. Args: same: which of the pairs are of one person, (N,)."""
    a, b = against.others.people
    scale = calibrate(against.z[same], against.z[~same], own.calibration.source)
    known = CohortCalibration("cameras", min(a, b), against.deviation, scale, by_camera=True)
    words = f"held against {a if a == b else f'{a} and {b}'} other people of {against.others.source}"
    return replace(own, calibration=replace(own.calibration, normalised=(known,)), cohort=words)


def read_calibration(source: bytes | Path, name: str) -> OwnCalibration:
    """Read what ``OwnCalibration.to_json`` gave.

    Raises: ValueError: not to be read, damaged, of another version, or something else.
    """
    try:
        content = json.loads(source if isinstance(source, bytes) else source.read_bytes())
        version = content.pop("version")
        if version not in range(1, FILE_VERSION + 1):
            raise ValueError(f"version {version!r}")
        return OwnCalibration(**{**content, "calibration": Calibration.from_dict(content["calibration"])})
    except OSError as error:
        raise ValueError(f"calibration {name} must be a file that can be read, got: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = f"{type(error).__name__} {error}" if isinstance(error, KeyError | RecursionError) else error
        raise ValueError(
            f"calibration {name} must be a file of version 1 to {FILE_VERSION} that calibrate wrote, got {why}"
        ) from error


def with_calibration(checkpoint: Checkpoint, own: OwnCalibration) -> Checkpoint:
    """The same network with another calibration. Raises: ValueError: it was made with another network."""
    if not fits(checkpoint, own):
        raise ValueError(
            f"calibration {own.name} must be made with checkpoint {checkpoint.name}, it was made with "
            f"{own.checkpoint} of fingerprint {own.fingerprint}"
        )
    return replace(checkpoint, calibration=own.calibration)


def fits(checkpoint: Checkpoint, own: OwnCalibration) -> bool:
    """Whether a calibration was made with this very network; names do not matter, they are soon given twice."""
    return any(own.fingerprint == weights_fingerprint(checkpoint, start) for start in get_args(Start))


def weights_fingerprint(checkpoint: Checkpoint, start: Start = "orthogonal") -> str:
    """Of configuration and weights, on which distances depend, and not of card, calibration or file name.

    Args: start: of a head that has none, which the first calibrations hashed as well.
    """
    config = json.dumps(in_version_1(checkpoint.network.config, start)).encode()
    return weights_digest(checkpoint.network, config)[:16]

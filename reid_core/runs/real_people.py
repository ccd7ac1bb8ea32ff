"""What checkpoints measure on real people: a file for each set of people, written by a benchmark, read by the pages."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from reid_core.files import written
from reid_core.runs.schema import RunError

FIGURES = ("rank_1", "auc", "eer", "far", "frr", "two", "close", "ece")

Spread = tuple[float, float, float]


@dataclass(frozen=True)
class MeasuredOnReal:
    """What one checkpoint measures.

    Args: checkpoint: its name, "" of what learned nothing. fingerprint: of its weights. cohort: whom distances are held
        against, in words. figures: by name of ``FIGURES``, with both ends of their interval; what was not measured is
        missing.
    """

    checkpoint: str
    fingerprint: str
    cohort: str
    figures: Mapping[str, Spread]


@dataclass(frozen=True)
class RealPeople:
    """A set of real people and what was measured on it.

    Args: data: its name. protocol: what was held against what, as sentences. people, tracklets, pictures: how many.
        created: when, ISO 8601. rows: in the order that they were measured.
    Raises: ValueError: a figure has another name, or does not lie in its interval's order.
    """

    data: str
    protocol: str
    people: int
    tracklets: int
    pictures: int
    created: str
    rows: tuple[MeasuredOnReal, ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            for name, (_, low, high) in row.figures.items():
                if name not in FIGURES or not low <= high:
                    raise ValueError(f"figures must be of {', '.join(FIGURES)}, low <= high, got {name} {low} {high}")


def write_real_people(measured: RealPeople, path: Path) -> None:
    """Store it as JSON."""
    with written(path) as place:
        place.write_text(json.dumps(asdict(measured), indent=1) + "\n")


def read_real_people(path: Path) -> RealPeople:
    """What ``write_real_people`` stored. Raises: RunError: missing or damaged."""
    try:
        content = json.loads(path.read_text())
        rows = tuple(
            MeasuredOnReal(**{**row, "figures": {name: tuple(spread) for name, spread in row["figures"].items()}})
            for row in content.pop("rows")
        )
        return RealPeople(**content, rows=rows)
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        told = " ".join(str(error).split())
        raise RunError(f"{path} must be what benchmarks.real_people wrote, it cannot be read: {told}") from error

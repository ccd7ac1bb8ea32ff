"""Commands on data sets: make synthetic people, check a folder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tyro.conf import Positional

from reid_core.commands.progress import Bars
from reid_core.data import DATASETS, check
from reid_core.data.synthetic import write_dataset


@dataclass(frozen=True)
class Synthesize:
    """Render synthetic people seen by two cameras, in iLIDS-VID's folder layout; the same seed, the same bytes.

    For example:
      python -m reid_core synthesize --out data/people --persons 1000 --seed 1 --max-length 40
      python -m reid_core synthesize --out data/synthwalk --persons 300 --seed 2024
    """

    out: Path
    """Folder to write; persons that are complete in it are kept, so a stopped run goes on."""
    persons: int
    """Number of identities."""
    seed: int
    """Of everything that is drawn."""
    min_length: int = 23
    """Frames of the shortest tracklet."""
    max_length: int = 192
    """Frames of the longest tracklet."""
    variety: float = 0.2
    """How far a recording strays from its camera: 0, not at all, to 1, another camera every time."""

    def run(self) -> None:
        """Write the folder."""
        bars = Bars()
        write_dataset(self.out, self.persons, self.seed, self.min_length, self.max_length, bars, self.variety)
        bars.close()
        print(f"{self.persons} synthetic persons, two tracklets each, in {self.out}")


@dataclass(frozen=True)
class CheckData:
    """Compare a data set's folder with what its publishers describe; exit 2 if it cannot be used.

    For example:
      python -m reid_core check-data ilids-vid ~/data
    """

    dataset: Positional[str]
    """One of ilids-vid, prid2011, mars, folder."""
    root: Positional[Path]
    """Its folder."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> None:
        """Print what was found."""
        if self.dataset not in DATASETS:
            raise ValueError(f"dataset must be one of {', '.join(DATASETS)}, got {self.dataset!r}")
        report = check(self.dataset, self.root)
        print(json.dumps(asdict(report), default=str) if self.json else "\n".join(report.lines))
        if not report.usable:
            raise ValueError(f"{self.root} cannot be used as {self.dataset}: {report.lines[-1]}")

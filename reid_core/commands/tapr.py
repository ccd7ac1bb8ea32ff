"""The system of the paper's tables that is no network."""

from dataclasses import dataclass, field
from pathlib import Path

from reid_core.commands.dataset import Kind, Published
from reid_core.commands.progress import Bars
from reid_core.commands.results import as_typed, prepared_for, told
from reid_core.data import splits_of
from reid_core.runs import check_new, read_run
from reid_core.tapr.run import INPUT, Plan, tapr_run


@dataclass(frozen=True)
class Tapr:
    """Test TAPR (walking cycle, hand-made features, metric learning) as the heads are tested; it writes a run folder.

    Stopped, the same command goes on. For example:
      reid tapr --data data/synthwalk --dataset synthetic --split 0 1 2 --out runs/tapr
    """

    data: Path
    """Folder of the data set."""
    out: Path
    """Run folder to write; descriptors are kept beside it, in OUT.partial, until it is."""
    data_set: Kind = field(default_factory=Published)
    split: tuple[int, ...] = (0,)
    """Which of the splits of the identities."""
    calibration_share: float = 0.1
    """Of the training identities, held out for the threshold."""
    seed: int = 0
    """Of who is held out."""

    def run(self) -> None:
        """Describe, learn, test, write the run folder and print the results."""
        check_new(self.out)
        plan = Plan(self.split, self.calibration_share, self.seed)
        dataset = self.data_set.load(self.data)
        prepared = prepared_for(dataset, INPUT)
        with Bars() as bars:
            out = tapr_run(plan, prepared, splits_of(dataset.only(prepared.tracklets)), self.out, as_typed(), bars)
        print(told(read_run(out)))

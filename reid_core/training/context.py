"""What is around a training, whatever is trained."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lightning_fabric import Fabric

from reid_core.model import KnownFeatures
from reid_core.progress import Progress
from reid_core.training.state import EpochLog

Watch = Callable[[int, Iterator[EpochLog], int], Iterable[EpochLog]]


def one_process() -> Fabric:
    """On the CPU, in full precision."""
    return Fabric(accelerator="cpu", devices=1)


def unwatched(_: int, epochs: Iterator[EpochLog], __: int) -> Iterable[EpochLog]:
    """The epochs as they come."""
    return epochs


@dataclass(frozen=True)
class Context:
    """Where a training runs, what is kept of it, and who watches.

    Args: fabric: devices and precision. state: of one network, a file that is replaced after each epoch and read, when
        it exists, at the start; a run has its own for each split. progress: called with (stage, done, in all) of what
        takes long beside the epochs. watch: of a run, gets (split, the epochs as they come, their number) and passes
        the epochs on; it may raise to stop. known: what kept encoders made of the clips; trainings that are given the
        same share it. look_every: of a run, after so many epochs people held out of the training are looked at, see
        ``watched``; 0: never.
    """

    fabric: Fabric = field(default_factory=one_process)
    state: Path | None = None
    progress: Progress | None = None
    watch: Watch = unwatched
    known: KnownFeatures = field(default_factory=KnownFeatures)
    look_every: int = 0

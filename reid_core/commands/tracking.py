"""What a training tells a tracker of experiments, where one is installed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Literal

from reid_core.runs import LEARNING_CURVES
from reid_core.training import EpochLog

Tracker = Literal["tensorboard", "trackio", "wandb"]
Log = Callable[[Mapping[str, float], int], None]
Watch = Callable[[int, Iterator[EpochLog], int], Iterable[EpochLog]]
PROJECT = "reid"
FOLDER = ".tensorboard"  # beside the run, hidden, so that no page takes it for one


@contextmanager
def tracker(name: Tracker | None, out: Path) -> Iterator[Log]:
    """What takes numbers with the epoch that they are of. Args: out: the run; its name is told.

    Raises: ValueError: the tracker's package is not installed.
    """
    if name is None:
        yield lambda numbers, epoch: None
        return
    try:
        opened = _tensorboard(out) if name == "tensorboard" else _session(name, out)
    except ModuleNotFoundError as error:
        raise ValueError(f"log {name} needs its package: pip install {name}") from error
    log, close = opened
    try:
        yield log
    finally:
        close()


def logged(watch: Watch, log: Log) -> Watch:
    """Pass the epochs on, and tell what each cost; those that a resumed training only reads were told before."""

    def both(split: int, epochs: Iterator[EpochLog], total: int) -> Iterable[EpochLog]:
        for one in watch(split, epochs, total):
            if not one.resumed:
                numbers = {f"split {split}/{cost}": getattr(one, cost) for cost in LEARNING_CURVES}
                if one.held_out_rank_1 is not None:
                    numbers[f"split {split}/held_out_rank_1"] = one.held_out_rank_1
                log(numbers, one.epoch)
            yield one

    return both


def _tensorboard(out: Path) -> tuple[Log, Callable[[], None]]:
    from lightning_fabric.loggers.tensorboard import TensorBoardLogger

    logger = TensorBoardLogger(out.parent / FOLDER, out.name, "")
    return lambda numbers, epoch: logger.log_metrics(dict(numbers), epoch), lambda: logger.finalize("success")


def _session(name: str, out: Path) -> tuple[Log, Callable[[], None]]:
    """Of trackio, which stays on this machine, or of wandb, whose calls it has."""
    module = import_module(name)
    module.init(project=PROJECT, name=out.name)
    return lambda numbers, epoch: module.log(dict(numbers), step=epoch), module.finish

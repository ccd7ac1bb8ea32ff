"""Commands on networks: train, evaluate, test across data sets, export."""

import shutil
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from tqdm import tqdm
from tyro.conf import OmitArgPrefixes, Positional

from reid_core.commands.dataset import Kind, Published
from reid_core.commands.heads import heads_help, parsed_options
from reid_core.commands.progress import Bars
from reid_core.commands.results import as_typed, prepared_for, told
from reid_core.commands.subject import CheckpointName
from reid_core.commands.tracking import Log, Tracker, logged, tracker
from reid_core.data import Prepared, splits_of
from reid_core.files import alone, check_file
from reid_core.model import KnownFeatures, export_onnx, load_checkpoint
from reid_core.runs import Run, Tests, check_new, input_of, new_folders, other_tests, own_tests, read_run, tested_again
from reid_core.training import Context, EpochLog, Experiment, cost, partial_folder, train_run


@dataclass(frozen=True)
class Train:
    """Train on a data set's training identities and evaluate on its test identities; the result is a run folder.

    For example:
      reid train --data ~/data --dataset ilids-vid --preset paper --out runs/utrcnn
      reid train --data data/people --dataset synthetic --head bptt --split 0 1 2 --out runs/bptt
      reid train --data data/people --dataset synthetic --head bptt --out runs/bptt --resume
      reid train --data data/people --dataset synthetic --head bptt --out runs/bptt --trial
    """

    data: Path
    """Folder of the data set."""
    out: Path
    """Run folder to write; while the training goes on its state is kept beside it, in OUT.partial."""
    data_set: Kind = field(default_factory=Published)
    experiment: OmitArgPrefixes[Experiment] = field(default_factory=Experiment)
    resume: bool = False
    """Go on where a stopped training left off, or begin."""
    trial: bool = False
    """Only tell what it would cost: frames, time on this machine, memory and disk, from a trial of some seconds."""
    accelerator: str = "cpu"
    """cpu, cuda or auto."""
    devices: int = 1
    """Processes on each machine."""
    num_nodes: int = 1
    """Machines; the same command runs on each, with MASTER_ADDR, MASTER_PORT and NODE_RANK (0, 1, ...) in its
    environment, and out on a disk that all of them see."""
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = "32-true"
    """Of the arithmetic; mixed needs a GPU."""
    watch: int = 5
    """After so many epochs look at some of the people held out for the threshold, and show rank 1, the pairs that are
    hardest and the attention on a clip; 0: never. What is learned does not depend on it."""
    log: Tracker | None = None
    """A tracker of experiments that is told each epoch's costs and what was measured, if its package is installed."""

    @staticmethod
    def options_help() -> str:
        """What ``--help`` tells besides."""
        return heads_help()

    def with_options(self, words: list[str]) -> "Train":
        """With the options of the head, which no other head need have. Raises: as ``parsed_options``."""
        asked = self.experiment
        return replace(self, experiment=replace(asked, options=parsed_options(asked.head, words)))

    def run(self, known: KnownFeatures | None = None) -> None:
        """Train, evaluate, write the run folder. Args: known: features that trainings with one kept encoder share."""
        if self.trial:
            print("\n".join(cost(self.experiment, self.data_set.load(self.data)).lines))
            return
        partial = partial_folder(self.out)
        if self.resume and self.out.exists() and partial.exists():  # killed when there was nothing left but to tidy up
            shutil.rmtree(partial)
            print(told(read_run(self.out)))
            return
        check_new(self.out)
        if partial.exists() and not self.resume:
            unfinished = f"out must be new, {partial} holds an unfinished training"
            raise ValueError(f"{unfinished}; add --resume to go on, or remove it")
        fabric = self._fabric()
        with alone(self.out) if fabric.is_global_zero else nullcontext():
            self._trained(fabric, known or KnownFeatures())

    def _trained(self, fabric: Fabric, known: KnownFeatures) -> None:
        """Of several processes the first alone says what is going on."""
        dataset = self.data_set.load(self.data)
        prepared = prepared_for(dataset, self.experiment.network.input, fabric.is_global_zero)
        splits = splits_of(dataset.only(prepared.tracklets))
        with tracker(self.log if fabric.is_global_zero else None, self.out) as log:
            with Bars() as bars:
                watched = Context(fabric, progress=bars, watch=logged(_watch, log), look_every=self.watch)
                context = watched if fabric.is_global_zero else Context(fabric)
                out = train_run(self.experiment, prepared, splits, self.out, as_typed(), replace(context, known=known))
            if out:
                run = read_run(out)
                _log_results(run, log)
                print(told(run))

    def _fabric(self) -> Fabric:
        if self.watch < 0:
            raise ValueError(f"watch must be 0 or more, got {self.watch}")
        for name in ("devices", "num_nodes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)}")
        several = self.devices * self.num_nodes > 1
        try:
            fabric = Fabric(
                accelerator=self.accelerator,
                devices=self.devices,
                num_nodes=self.num_nodes,
                precision=self.precision,
                # The query's half of linear scores cancels and gets no gradient; the others wait while the first
                # evaluates.
                strategy=DDPStrategy(find_unused_parameters=True, timeout=timedelta(days=1)) if several else "auto",
            )
            if fabric.device.type == "cpu" and self.precision != "32-true":
                raise ValueError(f"precision must be 32-true without a GPU, got {self.precision}")
            fabric.launch()
        except (RuntimeError, TypeError, KeyError) as error:  # what is not there, or a cluster's settings that differ
            raise ValueError(f"accelerator, devices and num_nodes must be there, they are not: {error}") from error
        return fabric


@dataclass(frozen=True)
class Evaluate:
    """Evaluate runs again on the test identities of their splits, and print mean and spread over the splits.

    For example:
      reid evaluate runs/utrcnn runs/bptt
      reid evaluate runs/utrcnn --data ~/data --dataset ilids-vid --tta --out runs/utrcnn-16
    """

    runs: Positional[tuple[Path, ...]]
    """Run folders."""
    data: Path | None = None
    """Folder of the data set; without it the stored results are printed."""
    data_set: Kind = field(default_factory=Published)
    tta: bool = False
    """Average distances over RCNN's 16 crops and mirror images."""
    out: Path | None = None
    """Folder for the new run; with several runs, for a folder of each one's name in it."""

    def run(self) -> None:
        """Print the stored results, or evaluate the kept checkpoints and print and store those."""
        runs = [read_run(folder) for folder in self.runs]
        if self.data is None:
            if self.tta or self.out:
                raise ValueError("data must name the data set's folder when tta or out is given, it is missing")
            print("\n\n".join(told(run) for run in runs))
            return
        if self.out is None:
            raise ValueError("out must name a new folder when data is given, it is missing")
        outs = new_folders(runs, self.out)
        dataset = self.data_set.load(self.data)
        for run, out in zip(runs, outs, strict=True):
            with alone(out):
                prepared = prepared_for(dataset, input_of(run))
                tests = own_tests(run, dataset, prepared, self.tta)
                print(told(_again(run, prepared, tests, out)))


@dataclass(frozen=True)
class Cross:
    """Test a run's checkpoints on another data set: on all of its persons, since none was trained on.

    For example:
      reid cross runs/ilids-utrcnn --data ~/data --dataset prid2011 --out runs/ilids-to-prid
    """

    source: Positional[Path]
    """Run folder."""
    data: Path
    """Folder of the other data set."""
    out: Path
    """Run folder to write."""
    data_set: Kind = field(default_factory=Published)
    test_halves: bool = False
    """Test on the test half of each split only, as results within the data set do."""
    tta: bool = False
    """Average distances over RCNN's 16 crops and mirror images."""

    def run(self, known: KnownFeatures | None = None) -> None:
        """Evaluate, print and store. Args: known: features that tests with one encoder share."""
        check_new(self.out)
        run = read_run(self.source)
        dataset = self.data_set.load(self.data)
        with alone(self.out):
            prepared = prepared_for(dataset, input_of(run))
            tests = replace(other_tests(run, dataset, prepared, self.test_halves, self.tta), known=known)
            print(told(_again(run, prepared, tests, self.out)))


@dataclass(frozen=True)
class Export:
    """Write a checkpoint as ONNX: clips (B, T, C, H, W) of any B and T to embeddings (B, n).

    For example:
      reid export utrcnn --out utrcnn.onnx
    """

    checkpoint: Positional[CheckpointName]
    out: Path
    """The .onnx file to write."""

    def run(self) -> None:
        """Export."""
        check_file(self.out)
        export_onnx(load_checkpoint(self.checkpoint).network, self.out)
        print(f"{self.checkpoint} in {self.out}")


def _log_results(run: Run, log: Log) -> None:
    """What was measured of each split, at its last epoch."""
    for row in run.summary.to_dict("records"):
        numbers = {f"split {row['split']}/{name}": row[name] for name in ("rank_1", "mean_average_precision", "auc")}
        log(numbers, int(run.history["epoch"].max()))


def _watch(split: int, epochs: Iterator[EpochLog], total: int) -> Iterable[EpochLog]:
    """A progress bar with costs and time left; a line an epoch where stderr is no terminal.

    The epochs of a resumed training that are read and not done again do not count for the time left.
    """
    waits = {"unit": "epoch", "file": sys.stderr, "disable": None, "miniters": 1, "smoothing": 0}
    spent = deque[float](maxlen=10)
    with tqdm(desc=f"split {split}", total=total, **waits) as bar:
        for log in epochs:
            if log.resumed:
                bar.initial, bar.start_t = bar.n + 1, time.time()
            else:
                spent.append(log.seconds)
            costs = f"loss {log.loss:.3f}, {log.frames / log.seconds:.0f} frames/s"
            if log.held_out_rank_1 is not None:
                costs += f", rank 1 of people held out {100 * log.held_out_rank_1:.0f} %"
            bar.set_postfix_str(f"{log.part}, {costs}", refresh=False)
            bar.update()
            if bar.disable:
                left = f", {(total - log.epoch) * sum(spent) / len(spent) / 60:.1f} min left" if spent else ""
                print(f"split {split}, epoch {log.epoch} of {log.epochs} ({log.part}): {costs}{left}", file=sys.stderr)
            yield log


def _again(run: Run, prepared: Prepared, tests: Tests, out: Path) -> Run:
    with Bars(run.info.name) as bars:
        return tested_again(run, prepared, tests, out, as_typed(), bars)

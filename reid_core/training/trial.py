"""What a training will cost on this machine: a trial of some seconds, on as many people as a step sees."""

import os
import sys
import time
from dataclasses import dataclass, replace
from functools import partial

from reid_core.data import (
    Dataset,
    InputConfig,
    PreparedTracklet,
    Splits,
    identities,
    is_prepared,
    load_frames,
    measure,
    readable,
    splits_of,
)
from reid_core.data.threads import in_threads
from reid_core.data.types import TrackletFiles
from reid_core.evaluation import evaluate
from reid_core.evaluation.embedding import CLIP_FRAMES
from reid_core.model import ReIdNetwork
from reid_core.training.context import Context
from reid_core.training.experiment import Experiment
from reid_core.training.fit import fit
from reid_core.training.presets import Schedule, Stage

if os.name == "posix":
    import resource

FEWEST = 4  # persons that are tried: two cannot be confused in more than one way
FLOAT = 4  # bytes
STATE = 4  # times the weights: they, the optimiser's two moments, the checkpoint
PIXEL = 3  # bytes of a frame that is kept, and 4 more where its flow is


@dataclass(frozen=True)
class Cost:
    """What a training will take.

    persons, tested: identities of a split. frames: of the data set. seen: frames that all steps look at, each as often
    as it is. prepare_s, train_s, test_s: seconds, of all splits. memory, disk: bytes.
    """

    persons: int
    tested: int
    frames: int
    seen: int
    prepare_s: float
    train_s: float
    test_s: float
    memory: int
    disk: int

    @property
    def lines(self) -> tuple[str, ...]:
        """In words."""
        total = self.prepare_s + self.train_s + self.test_s
        parts = [("to prepare the frames", self.prepare_s), ("to train", self.train_s), ("to test", self.test_s)]
        told = ", ".join(f"{_span(seconds)} {what}" for what, seconds in parts if seconds)
        return (
            f"{self.persons} persons to train on and {self.tested} to test on in a split; "
            f"{self.frames:,} frames, of which training looks at {self.seen:,}, again and again",
            f"about {_span(total)} on this machine: {told}",
            f"about {self.memory / 1e9:.1f} GB of memory and {max(self.disk / 1e6, 1):,.0f} MB of disk",
        )


def cost(experiment: Experiment, dataset: Dataset) -> Cost:
    """Try a training on a few of its people, a few frames each, and reckon what the whole will take.

    Splits are of those of whom something can be read, as in training.

    Raises: ValueError: as the training itself would.
    """
    schedule, config = experiment.schedule, experiment.network.input
    prepared, dataset = is_prepared(dataset, config), readable(dataset, config)
    persons, tested = _persons(experiment, dataset, splits_of(dataset))
    tracklets = _some(dataset, schedule)
    started = time.perf_counter()
    measured = list(in_threads(partial(_measured, config=config), tracklets))
    sample = [tracklet for tracklet in measured if tracklet is not None]
    tried = sum(map(len, sample))
    each_s = (time.perf_counter() - started) / max(tried, 1)
    frames = _frames(dataset, sample)
    network = experiment.fresh_network()
    train_frames = round(frames * persons / len(dataset.pids))
    train_s, seen = _training(network, sample, experiment, persons, train_frames)
    started = time.perf_counter()
    evaluate(network.eval(), sample, identities(sample))
    looked_at = min(frames / len(dataset.tracklets), CLIP_FRAMES) * len(dataset.tracklets)
    test_s = (time.perf_counter() - started) / tried * looked_at * tested / len(dataset.pids)
    number = len(experiment.split)
    weights = FLOAT * sum(weight.numel() for weight in network.parameters())
    kept = 0 if prepared else frames * config.height * config.width * (PIXEL + 4 * config.sees_flow)
    return Cost(
        persons,
        tested,
        frames,
        seen * number,
        0.0 if prepared else each_s * frames,
        train_s * number,
        test_s * number,
        _peak() + _features(network, schedule, train_frames),
        kept + STATE * weights * number,
    )


def _persons(experiment: Experiment, dataset: Dataset, splits: Splits) -> tuple[int, int]:
    """How many a split trains on and tests on. Raises: ValueError: there is no such split."""
    if experiment.everyone:
        return round(len(dataset.pids) * (1 - experiment.held_out_share)), 0
    if max(experiment.split) >= len(splits.splits):
        raise ValueError(f"split must be below {len(splits.splits)}, got {max(experiment.split)}")
    split = splits.splits[experiment.split[0]]
    return round(len(split.train) * (1 - experiment.held_out_share)), len(split.test)


def _some(dataset: Dataset, schedule: Schedule) -> list[TrackletFiles]:
    """Two tracklets, from two cameras, of as many people as a step sees, cut to a clip."""
    wanted = max([FEWEST, *(stage.identities for stage in schedule)])
    length = max([1, *(stage.clip_length for stage in schedule)])
    chosen: dict[int, dict[int, TrackletFiles]] = {}
    for files in dataset.tracklets:
        if files.pid in chosen or len(chosen) < wanted:
            cameras = chosen.setdefault(files.pid, {})
            if len(cameras) < 2:
                cameras.setdefault(files.camera, replace(files, paths=files.paths[:length]))
    return [files for cameras in chosen.values() for files in cameras.values() if len(cameras) == 2]


def _measured(files: TrackletFiles, config: InputConfig) -> PreparedTracklet | None:
    frames, _ = load_frames(files)
    if not len(frames):
        return None
    found = measure(frames, config)
    return PreparedTracklet(files.pid, files.camera, files.name, found.colour, found.flow)


def _frames(dataset: Dataset, sample: list[PreparedTracklet]) -> int:
    """Of the data set; where tracklets are videos, as many a tracklet as those that were tried have."""
    images = sum(len(files.paths) for files in dataset.tracklets)
    if images > len(dataset.tracklets):
        return images
    return round(sum(map(len, sample)) / max(len(sample), 1) * len(dataset.tracklets))


def _training(
    network: ReIdNetwork, sample: list[PreparedTracklet], experiment: Experiment, persons: int, frames: int
) -> tuple[float, int]:
    """Seconds of a split's training, and the frames that its steps see. Args: frames: of those trained on."""
    if not experiment.schedule:
        return 0.0, 0
    ticks: list[float] = []
    context = Context(progress=lambda *_: ticks.append(time.perf_counter()))
    short = tuple(replace(stage, epochs=2) for stage in experiment.schedule)  # the first epoch compiles and allocates
    logs = list(fit(network, sample, short, experiment.loss, experiment.seed, context))[1::2]
    seconds, seen = 0.0, 0
    for stage, log in zip(experiment.schedule, logs, strict=True):
        stage_frames = stage.epochs * _epoch_frames(stage, persons)
        seconds, seen = seconds + log.seconds / log.frames * stage_frames, seen + stage_frames
    if len(ticks) > 1:
        seconds += (ticks[-1] - ticks[0]) / (len(ticks) - 1) * len(sample) / sum(map(len, sample)) * frames
    return seconds, seen


def _epoch_frames(stage: Stage, persons: int) -> int:
    """How many frames an epoch's steps see, of the samplers' batches."""
    if stage.identities == 1:
        return 2 * persons * 2 * stage.clip_length
    size = min(stage.identities, persons)
    return persons // max(size, 1) * size * stage.clips * stage.clip_length


def _features(network: ReIdNetwork, schedule: Schedule, frames: int) -> int:
    """Bytes of the features that a stage of the head keeps."""
    views = max((stage.views + bool(stage.spoilt) for stage in schedule if stage.part == "head"), default=0)
    return frames * views * network.config.encoder.feature_count * FLOAT


def _peak() -> int:
    """Bytes that this process needed at most; 0 on Windows, which is not asked."""
    if os.name == "posix":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return 0


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"

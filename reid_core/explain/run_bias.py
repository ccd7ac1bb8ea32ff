"""The position bias of a stored run, over whom it tested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reid_core.data import Dataset, Prepared, PreparedTracklet, prepare, read_frames, splits_of
from reid_core.data.synthwalk import same_data
from reid_core.evaluation import CLIP_FRAMES
from reid_core.explain.network_bias import network_bias
from reid_core.model import KnownFeatures, find_checkpoint, load_checkpoint
from reid_core.progress import Progress
from reid_core.runs import Run, check_unseen, identity_rows, pids_tested

Tables = tuple[pd.DataFrame, pd.DataFrame]


@dataclass(frozen=True)
class Measurement:
    """How a position bias is measured: covers besides another person's frames, the seed of what is drawn, and the
    features of encoders that were seen before."""

    things: Sequence[str] = ("suitcase", "blank")
    seed: int = 0
    known: KnownFeatures = field(default_factory=KnownFeatures)


def run_bias(
    run: Run, dataset: Dataset, how: Measurement, checkpoint: str | None = None, progress: Progress | None = None
) -> Tables:
    """``network_bias`` of the checkpoints of a run: the tables bias and importance that a run keeps.

    Args: dataset: which it was tested on. checkpoint: name or path of its weights, one for all splits, where it kept
        none.
    Raises: ValueError: other data, a split that was not tested, or weights that have seen whom they would be tested on.
    """
    untested = set(run.info.splits) - set(run.summary["split"])
    if untested:
        raise ValueError(f"run {run.info.name} must be tested on every split, it was not on {sorted(untested)}")
    first = load_checkpoint(find_checkpoint(checkpoint) if checkpoint else run.checkpoint(run.info.splits[0]))
    prepared = prepare(dataset, first.network.config.input, progress=progress)  # of a run all see the same
    if not same_data(prepared, dataset, run.info.dataset, run.info.fingerprint):
        raise ValueError(f"data must be that of run {run.info.name}, {dataset.root} is other data")
    tests = pids_tested(run, splits_of(dataset.only(prepared.tracklets)))
    weights = {number: find_checkpoint(checkpoint) if checkpoint else run.checkpoint(number) for number in tests}
    parts = []
    for path in dict.fromkeys(weights.values()):
        theirs = {number: pids for number, pids in tests.items() if weights[number] == path}
        parts.append(_measured(prepared, dataset, path, theirs, how, progress))
    bias, profiles = (pd.concat(some, ignore_index=True) for some in zip(*parts, strict=True))
    return bias, profiles


def _measured(
    prepared: Prepared,
    dataset: Dataset,
    weights: Path,
    tests: Mapping[int, tuple[int, ...]],
    how: Measurement,
    progress: Progress | None,
) -> Tables:
    """Of one checkpoint, on the splits that it is tested on."""
    checkpoint = load_checkpoint(weights)
    parts = {number: {"test": pids} for number, pids in tests.items()}
    check_unseen(weights, identity_rows(prepared.tracklets, parts), prepared)
    checkpoint.network.freeze_encoder(how.known)
    frames_of = partial(_first_frames, dataset)
    bias, profiles = network_bias(
        checkpoint.network, prepared.tracklets, tests, frames_of, how.things, how.seed, progress
    )
    return bias, profiles.assign(checkpoint=checkpoint.name)


def _first_frames(dataset: Dataset, tracklet: PreparedTracklet) -> NDArray[np.uint8]:
    files = next(files for files in dataset.tracklets if files.name == tracklet.name)
    return read_frames(files)[:CLIP_FRAMES]

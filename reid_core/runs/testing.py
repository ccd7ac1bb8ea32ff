"""The checkpoints of a run tested again: on whom it tested itself, or on another data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from reid_core.data import Dataset, InputConfig, Prepared, splits_of
from reid_core.data.synthwalk import same_data
from reid_core.evaluation import SplitResult, embed_protocol, ranked
from reid_core.model import Checkpoint, KnownFeatures, load_checkpoint
from reid_core.progress import Progress
from reid_core.runs.identities import check_unseen, identity_rows, pids_tested
from reid_core.runs.run import Run, read_run
from reid_core.runs.schema import RunInfo
from reid_core.runs.write import check_new, now, package_versions, split_tables, write_run


@dataclass(frozen=True)
class Tests:
    """Whom to test, pids by split; where the splits are from; whether over all 16 crops and mirror images; and the
    features that other tests of the same encoder have found."""

    pids: Mapping[int, tuple[int, ...]]
    origin: str
    all_variants: bool = False
    known: KnownFeatures | None = None

    @property
    def everybody(self) -> set[int]:
        """Whom any split tests."""
        return {pid for pids in self.pids.values() for pid in pids}


def new_folders(runs: Sequence[Run], out: Path) -> list[Path]:
    """Where each run tested again goes: to ``out``, or of several each to its name in it.

    Raises: ValueError, as ``check_new`` does, and for two of one name.
    """
    folders = [out] if len(runs) == 1 else [out / run.info.name for run in runs]
    for folder in folders:
        check_new(folder)
    twice = [folder.name for folder in dict.fromkeys(folders) if folders.count(folder) > 1]
    if twice:
        raise ValueError(f"runs must have names of their own to be written into {out}, got two of {', '.join(twice)}")
    return folders


def input_of(run: Run) -> InputConfig:
    """How frames must be prepared for a run's checkpoints. Raises: RunError when it kept none."""
    return load_checkpoint(run.checkpoint(run.info.splits[0])).network.config.input


def own_tests(run: Run, dataset: Dataset, prepared: Prepared, all_variants: bool = False) -> Tests:
    """Whom a run tested. Raises: ValueError: nobody, or the data is not its own."""
    if run.summary.empty:
        raise ValueError(f"run {run.info.name} must have tested on somebody, it trained on all; use cross")
    if not same_data(prepared, dataset, run.info.dataset, run.info.fingerprint):
        raise ValueError(f"data must be that of run {run.info.name}; use cross for other data")
    return Tests(pids_tested(run, splits_of(dataset.only(prepared.tracklets))), run.info.origin, all_variants)


def other_tests(run: Run, dataset: Dataset, prepared: Prepared, halves: bool, all_variants: bool = False) -> Tests:
    """All persons of another data set, or only its test halves. Raises: ValueError: it is the run's own data."""
    if same_data(prepared, dataset, run.info.dataset, run.info.fingerprint):
        raise ValueError(f"data must be other than that of run {run.info.name}; use evaluate for its own")
    if not halves:
        return Tests(dict.fromkeys(run.info.splits, prepared.pids), "all persons", all_variants)
    splits = splits_of(dataset.only(prepared.tracklets))
    numbers = range(len(splits.splits)) if len(run.info.splits) == 1 else run.info.splits
    return Tests({number: splits.test(number) for number in numbers}, splits.origin, all_variants)


def tested_again(
    run: Run, prepared: Prepared, tests: Tests, out: Path, command: str, progress: Progress | None = None
) -> Run:
    """A new run with the results of a run's checkpoints, which stay where they are, on other tests.

    Args: command: for the record.
    Raises: ValueError: a checkpoint has seen somebody whom it would be tested on.
    """
    split_of = {number: number if number in run.info.splits else run.info.splits[0] for number in tests.pids}
    weights = {number: run.checkpoint(split) for number, split in split_of.items()}
    identities = identity_rows(prepared.tracklets, {number: {"test": pids} for number, pids in tests.pids.items()})
    for number, path in weights.items():
        check_unseen(path, identities[identities["split"] == number], prepared)
    rows = []
    for path in dict.fromkeys(weights.values()):
        checkpoint = load_checkpoint(path)
        checkpoint.network.freeze_encoder(tests.known)
        theirs = {number: pids for number, pids in tests.pids.items() if weights[number] == path}
        for number, result in _results(checkpoint, prepared, theirs, tests.all_variants, progress):
            calibration = None if tests.all_variants else checkpoint.calibration
            rows.append({k: table.assign(split=number) for k, table in split_tables(result, calibration).items()})
    tables = {name: pd.concat([row[name] for row in rows], ignore_index=True) for name in rows[0]}
    strips = [tracklet for tracklet in prepared.tracklets if tracklet.pid in tests.everybody]
    info = _info(run.info, prepared, tests, out.name, command)
    return read_run(write_run(out, info, {"history": run.history, "identities": identities, **tables}, {}, strips))


def _results(
    checkpoint: Checkpoint,
    prepared: Prepared,
    tests: Mapping[int, tuple[int, ...]],
    all_variants: bool,
    progress: Progress | None,
) -> list[tuple[int, SplitResult]]:
    """Of one checkpoint on several parts of the identities, each of whom is embedded once."""
    everybody = {pid for pids in tests.values() for pid in pids}
    network = checkpoint.network
    embedded = embed_protocol(network, prepared.tracklets, everybody, all_variants, progress)
    return [(number, ranked(network.head, embedded.of(pids))) for number, pids in tests.items()]


def _info(trained: RunInfo, prepared: Prepared, tests: Tests, name: str, command: str) -> RunInfo:
    return replace(
        trained,
        name=name,
        dataset=prepared.name,
        protocol=prepared.protocol,
        fingerprint=prepared.fingerprint,
        splits=tuple(tests.pids),
        test_variants=16 if tests.all_variants else 2,
        versions=package_versions(),
        origin=tests.origin,
        command=command,
        created=now(),
    )

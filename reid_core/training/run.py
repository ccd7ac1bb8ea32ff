"""A whole training as a run: every split is trained, calibrated and evaluated, then the folder appears at once."""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import pandas as pd

from reid_core.data import Prepared, Split, Splits, hold_out, identities
from reid_core.evaluation import calibrate_network, evaluate
from reid_core.model import config_to_dict, save_checkpoint
from reid_core.runs import (
    PARTIAL,
    RUN_COLUMNS,
    RunInfo,
    check_new,
    data_seen,
    identity_rows,
    now,
    package_versions,
    split_tables,
    with_start,
    write_info,
    write_run,
)
from reid_core.training.context import Context
from reid_core.training.experiment import Experiment
from reid_core.training.fit import fit
from reid_core.training.state import EpochLog
from reid_core.training.watched import seen_by_two, watched


def partial_folder(out: Path) -> Path:
    """Where the state of an unfinished run is kept."""
    return out.with_name(f"{out.name}{PARTIAL}")


@dataclass(frozen=True)
class _Job:
    """A run in the making: what is trained on what, where its unfinished parts lie, and for the record the command."""

    experiment: Experiment
    prepared: Prepared
    partial: Path
    command: str
    context: Context

    def checkpoint(self, number: int) -> Path:
        """File of a split's weights."""
        return self.partial / f"split_{number}.safetensors"


def train_run(
    experiment: Experiment, prepared: Prepared, splits: Splits, out: Path, command: str, context: Context
) -> Path | None:
    """Train and test every split, then write the run folder. Stopped anywhere, a second call goes on.

    Args: splits: of the data set, from which the experiment names some. command: for the record.
    Returns: the run folder; None in all processes but the first.
    Raises: ValueError when ``out`` exists or the data cannot be trained on.
    """
    check_new(out)
    first = context.fabric.is_global_zero
    plans = _plans(experiment, prepared, splits.splits)
    job = _Job(experiment, prepared, partial_folder(out), command, context)
    everybody = identity_rows(prepared.tracklets, {number: asdict(plan) for number, plan in plans.items()})
    everybody = with_start(everybody, experiment.init, prepared)
    experiment.fresh_network()  # what cannot be built is found out before anything is written
    job.partial.mkdir(parents=True, exist_ok=True)
    info = _info(job, out.name, splits.origin)
    if first:
        write_info(job.partial, info)  # for those who watch
    try:
        rows = [_split_rows(number, plan, job) for number, plan in plans.items()]
    except ValueError:  # what was asked for cannot be done: the next, corrected command finds nothing unfinished
        if first and [path.name for path in job.partial.iterdir()] == ["run.json"]:
            shutil.rmtree(job.partial)
        raise
    if not first:
        return None
    tables = {name: pd.concat([row[name] for row in rows], ignore_index=True) for name in RUN_COLUMNS}
    tables["identities"] = everybody
    tested = {pid for plan in plans.values() for pid in plan.test}
    strips = [tracklet for tracklet in prepared.tracklets if tracklet.pid in tested]
    write_run(out, replace(info, created=now()), tables, {number: job.checkpoint(number) for number in plans}, strips)
    shutil.rmtree(job.partial)
    return out


@dataclass(frozen=True)
class _Plan:
    """Who is trained on, who calibrates, who is tested on."""

    training: tuple[int, ...]
    calibration: tuple[int, ...]
    test: tuple[int, ...]


def _plans(experiment: Experiment, prepared: Prepared, splits: Sequence[Split]) -> dict[int, _Plan]:
    """Raises: ValueError when the experiment names a split that there is not."""
    if experiment.everyone:
        halves: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {0: (identities(prepared.tracklets), ())}
    else:
        if max(experiment.split) >= len(splits):
            raise ValueError(f"split must be below {len(splits)} for {prepared.name}, got {max(experiment.split)}")
        halves = {number: (splits[number].train, splits[number].test) for number in experiment.split}
    share = experiment.held_out_share
    plans = {}
    for number, (train, test) in halves.items():
        training, calibration = hold_out(train, share, experiment.seed) if share else (train, ())
        plans[number] = _Plan(training, calibration, test)
    return plans


def _split_rows(number: int, plan: _Plan, job: _Job) -> dict[str, pd.DataFrame]:
    """Train one split, keep its checkpoint. Returns: its rows of the run's tables."""
    experiment, context, people = job.experiment, job.context, job.prepared.tracklets
    network = experiment.fresh_network(context.known)
    tracklets = [tracklet for tracklet in people if tracklet.pid in set(plan.training)]
    schedule = experiment.schedule
    around = replace(context, state=job.partial / f"split_{number}.state")
    epochs = fit(network, tracklets, schedule, experiment.loss, experiment.seed, around)
    held_out = seen_by_two(people, plan.calibration)
    if held_out and context.look_every and context.fabric.is_global_zero:
        epochs = watched(epochs, network, held_out, (job.partial, number), context.look_every)
    history = pd.DataFrame(
        list(context.watch(number, epochs, sum(stage.epochs for stage in schedule))),
        columns=[column.name for column in fields(EpochLog)],
    )
    if not context.fabric.is_global_zero:
        return {}
    network = network.cpu().eval()
    calibration = None
    if plan.calibration:
        source = f"{len(plan.calibration)} identities of {job.prepared.name}, held out of training"
        calibration = calibrate_network(network, people, plan.calibration, source, context.progress)
    result = evaluate(network, people, plan.test, progress=context.progress) if plan.test else None
    rows = {"history": history} | (split_tables(result, calibration) if result else {})
    card = _card(job, len(plan.training), rows)
    save_checkpoint(job.checkpoint(number), network, card, calibration)
    return {name: rows.get(name, pd.DataFrame()).assign(split=number) for name in RUN_COLUMNS}


def _card(job: _Job, persons: int, rows: dict[str, pd.DataFrame]) -> dict[str, object]:
    """The model card of one split: what it was trained on, how, and what came out where it was tested."""
    experiment = job.experiment
    metrics = rows["summary"].iloc[0].dropna().to_dict() if "summary" in rows else {}
    return {
        "trained_on": job.prepared.name,
        "data_fingerprint": job.prepared.fingerprint,
        "persons": persons,
        "head": experiment.head,
        "variant": experiment.network.head.variant,
        "recipe": experiment.recipe_name,
        "preset": experiment.preset,
        "epochs": sum(stage.epochs for stage in experiment.schedule),
        "seed": experiment.seed,
        "init": experiment.init or "",
        "init_saw": data_seen(experiment.init),
        "command": job.command,
        "training_seconds": round(float(rows["history"]["seconds"].sum()), 1),
        "metrics": {name: round(float(value), 4) for name, value in metrics.items()},
        "versions": package_versions(),
    }


def _info(job: _Job, name: str, origin: str) -> RunInfo:
    experiment, prepared = job.experiment, job.prepared
    return RunInfo(
        name=name,
        dataset=prepared.name,
        protocol=prepared.protocol,
        fingerprint=prepared.fingerprint,
        trained_on=prepared.name,
        head=experiment.head,
        variant=experiment.network.head.variant,
        recipe=experiment.recipe_name,
        preset=experiment.preset,
        seed=experiment.seed,
        splits=(0,) if experiment.everyone else experiment.split,
        test_variants=2,
        command=job.command,
        created=now(),
        versions=package_versions(),
        origin="" if experiment.everyone else origin,
        notes=f"begun with {experiment.init}, which saw {data_seen(experiment.init)}" if experiment.init else "",
        network=config_to_dict(experiment.network),
        loss=asdict(experiment.loss),
        schedule=[asdict(stage) for stage in experiment.schedule],
    )

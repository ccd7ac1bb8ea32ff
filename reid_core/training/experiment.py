"""A whole training as a run: every split is trained, calibrated and evaluated, then the folder appears at once."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import pandas as pd
from lightning_fabric import Fabric

from reid_core.data import Prepared, Split, Splits, hold_out, identities
from reid_core.evaluation import calibrate_network, evaluate
from reid_core.model import HeadConfig, ReIdNetwork, load_checkpoint, save_checkpoint
from reid_core.progress import Progress
from reid_core.runs import PARTIAL, RUN_COLUMNS, RunInfo, check_new, identity_rows, split_tables, write_info, write_run
from reid_core.training.fit import EpochLog, fit, seeded_network
from reid_core.training.presets import PRESETS, RECIPES, Recipe, Schedule

VERSIONED = ("torch", "torchvision", "numpy", "opencv-python", "lightning-fabric", "safetensors")

Watch = Callable[[int, Iterator[EpochLog], int], Iterable[EpochLog]]


@dataclass(frozen=True)
class Experiment:
    """What is trained and tested, whatever the data.

    Args: split: which of the ten splits of the identities. everyone: train on all identities and test on none, for
        checkpoints that are tested on other data. calibration_share: of the training identities, held out for the
        threshold; by default 0.1, and none with the preset paper. epochs: of each stage, instead of the preset's.
        clip_length: of the stages that see clips and not single frames, instead of the preset's. channels: what the
        network sees, instead of the recipe's.
        init: a checkpoint whose encoder's weights are the start; keep_encoder: and stay as they are.
    """

    head: HeadConfig = field(default_factory=HeadConfig)
    recipe: Literal["paper", "robust"] = "robust"
    preset: Literal["paper", "fast"] = "fast"
    epochs: int | None = None
    clip_length: int | None = None
    channels: tuple[str, ...] | None = None
    split: tuple[int, ...] = (0,)
    everyone: bool = False
    calibration_share: float | None = None
    init: str | None = None
    keep_encoder: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.split or min(self.split) < 0 or len(set(self.split)) < len(self.split):
            raise ValueError(f"split must be one or more different numbers from 0, got {self.split}")
        if self.calibration_share is not None and not 0 <= self.calibration_share < 1:
            raise ValueError(f"calibration_share must be at least 0 and below 1, got {self.calibration_share}")
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more, got {self.seed}")
        for name in ("epochs", "clip_length"):
            if (asked := getattr(self, name)) is not None and asked < 1:
                raise ValueError(f"{name} must be 1 or more, got {asked}")
        if self.keep_encoder and not self.init:
            raise ValueError("init must name a checkpoint when keep_encoder is set, it is empty")

    @property
    def schedule(self) -> Schedule:
        """The preset's stages, with epochs and clip length as asked for, without those that would train nothing.

        That is the encoder's with ``keep_encoder``, and the head's where it has no weights.
        """
        idle = {"encoder"} if self.keep_encoder else set()
        idle |= {"head"} if self.head.name == "mean" else set()
        stages = [stage for stage in PRESETS[self.preset] if stage.part not in idle]
        return tuple(
            replace(
                stage,
                epochs=stage.epochs if self.epochs is None else self.epochs,
                clip_length=self.clip_length if self.clip_length and stage.clip_length > 1 else stage.clip_length,
            )
            for stage in stages
        )

    @property
    def rules(self) -> Recipe:
        """The recipe, with the channels that were asked for."""
        recipe = RECIPES[self.recipe]
        return replace(recipe, input=replace(recipe.input, channels=self.channels or recipe.input.channels))

    @property
    def held_out_share(self) -> float:
        """Of the training identities, for calibration."""
        if self.calibration_share is not None:
            return self.calibration_share
        return 0.1 if self.preset == "fast" else 0.0


def partial_folder(out: Path) -> Path:
    """Where the state of an unfinished run is kept."""
    return out.with_name(f"{out.name}{PARTIAL}")


def train_run(
    experiment: Experiment,
    prepared: Prepared,
    splits: Splits,
    out: Path,
    command: str,
    fabric: Fabric,
    watch: Watch,
    progress: Progress | None = None,
) -> Path | None:
    """Train and test every split, then write the run folder. Stopped anywhere, a second call goes on.

    Args: splits: of the data set, from which the experiment names some. command: for the record. watch: gets (split,
        the epochs as they come, their number) and passes the epochs on; it may raise to stop. progress: called with
        (stage, done, in all) of what else takes long.
    Returns: the run folder; None in all processes but the first.
    Raises: ValueError when ``out`` exists or the data cannot be trained on.
    """
    check_new(out)
    recipe = experiment.rules
    plans = _plans(experiment, prepared, splits.splits)
    partial = partial_folder(out)
    _fresh_network(experiment, recipe)  # what cannot be built is found out before anything is written
    partial.mkdir(parents=True, exist_ok=True)
    info = _info(experiment, prepared, recipe, out.name, command, splits.origin)
    if fabric.is_global_zero:
        write_info(partial, info)  # for those who watch
    try:
        rows = [
            _split_rows(number, split, experiment, prepared, recipe, partial, command, fabric, watch, progress)
            for number, split in plans.items()
        ]
    except ValueError:  # what was asked for cannot be done: the next, corrected command finds nothing unfinished
        if fabric.is_global_zero and [path.name for path in partial.iterdir()] == ["run.json"]:
            shutil.rmtree(partial)
        raise
    if not fabric.is_global_zero:
        return None
    tables = {name: pd.concat([row[name] for row in rows], ignore_index=True) for name in RUN_COLUMNS}
    tables["identities"] = pd.concat(
        [identity_rows(prepared.tracklets, asdict(plan)).assign(split=number) for number, plan in plans.items()]
    )
    info = replace(info, created=_now())
    checkpoints = {number: _checkpoint_file(partial, number) for number in plans}
    tested = {pid for plan in plans.values() for pid in plan.test}
    strips = [tracklet for tracklet in prepared.tracklets if tracklet.pid in tested]
    write_run(out, info, tables, checkpoints, strips)
    shutil.rmtree(partial)
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


def _split_rows(
    number: int,
    plan: _Plan,
    experiment: Experiment,
    prepared: Prepared,
    recipe: Recipe,
    partial: Path,
    command: str,
    fabric: Fabric,
    watch: Watch,
    progress: Progress | None,
) -> dict[str, pd.DataFrame]:
    """Train one split, keep its checkpoint in ``partial``. Returns: its rows of the run's tables."""
    network = _fresh_network(experiment, recipe)
    tracklets = [tracklet for tracklet in prepared.tracklets if tracklet.pid in set(plan.training)]
    state = partial / f"split_{number}.state"
    loss = recipe.loss_of(experiment.head)
    epochs = fit(network, tracklets, experiment.schedule, loss, experiment.seed, fabric, state, progress)
    history = pd.DataFrame(
        list(watch(number, epochs, sum(stage.epochs for stage in experiment.schedule))),
        columns=[column.name for column in fields(EpochLog)],
    )
    if not fabric.is_global_zero:
        return {}
    network = network.cpu().eval()
    calibration = None
    if plan.calibration:
        source = f"{len(plan.calibration)} identities of {prepared.name}, held out of training"
        calibration = calibrate_network(network, prepared.tracklets, plan.calibration, source, progress)
    result = evaluate(network, prepared.tracklets, plan.test, progress=progress) if plan.test else None
    rows = {"history": history} | (split_tables(result, calibration) if result else {})
    card = _card(experiment, prepared, len(plan.training), command, rows)
    save_checkpoint(_checkpoint_file(partial, number), network, card, calibration.to_dict() if calibration else None)
    return {name: rows.get(name, pd.DataFrame()).assign(split=number) for name in RUN_COLUMNS}


def _fresh_network(experiment: Experiment, recipe: Recipe) -> ReIdNetwork:
    network = seeded_network(recipe.network(experiment.head), experiment.seed)
    if experiment.init:
        start = load_checkpoint(experiment.init).network.encoder.state_dict()
        try:
            network.encoder.load_state_dict(start)
        except RuntimeError as error:
            raise ValueError(f"init must have the encoder of this training, {experiment.init} has another") from error
    if experiment.keep_encoder:
        network.remember_features()
    return network


def _checkpoint_file(partial: Path, number: int) -> Path:
    return partial / f"split_{number}.safetensors"


def _card(
    experiment: Experiment, prepared: Prepared, persons: int, command: str, rows: dict[str, pd.DataFrame]
) -> dict[str, object]:
    """The model card of one split: what it was trained on, how, and what came out where it was tested."""
    metrics = rows["summary"].iloc[0].dropna().to_dict() if "summary" in rows else {}
    return {
        "trained_on": prepared.name,
        "data_fingerprint": prepared.fingerprint,
        "persons": persons,
        "head": experiment.head.name,
        "variant": variant_of(experiment.head),
        "recipe": experiment.recipe,
        "preset": experiment.preset,
        "epochs": sum(stage.epochs for stage in experiment.schedule),
        "seed": experiment.seed,
        "init": experiment.init or "",
        "command": command,
        "training_seconds": round(float(rows["history"]["seconds"].sum()), 1),
        "metrics": {name: round(float(value), 4) for name, value in metrics.items()},
        "versions": package_versions(),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def variant_of(head: HeadConfig) -> str:
    """The variant of the backtracking cell; empty for heads without one."""
    return head.variant if head.name == "utrcnn" else ""


def package_versions() -> dict[str, str]:
    """Of the packages that results depend on, as installed."""
    return {package: version(package) for package in VERSIONED}


def _info(experiment: Experiment, prepared: Prepared, recipe: Recipe, name: str, command: str, origin: str) -> RunInfo:
    return RunInfo(
        name=name,
        dataset=prepared.name,
        protocol=prepared.protocol,
        fingerprint=prepared.fingerprint,
        trained_on=prepared.name,
        head=experiment.head.name,
        variant=variant_of(experiment.head),
        recipe=experiment.recipe,
        preset=experiment.preset,
        seed=experiment.seed,
        splits=(0,) if experiment.everyone else experiment.split,
        test_variants=2,
        command=command,
        created=_now(),
        versions=package_versions(),
        origin="" if experiment.everyone else origin,
        network=asdict(recipe.network(experiment.head)),
        loss=asdict(recipe.loss_of(experiment.head)),
        schedule=[asdict(stage) for stage in experiment.schedule],
    )

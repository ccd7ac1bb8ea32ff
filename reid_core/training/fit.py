"""Training as a generator of epochs: it can be watched, stopped anywhere and resumed bit for bit."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer

from reid_core.data import Picks
from reid_core.model import Head, HeadOutput, NetworkConfig, ReIdNetwork
from reid_core.training.context import Context
from reid_core.training.cost import COSTS, MeanEmbedder, SiameseCost
from reid_core.training.inputs import Inputs, Tracklets, mixed, stage_inputs, stage_picks
from reid_core.training.losses import LossConfig
from reid_core.training.presets import Part, Schedule, Stage
from reid_core.training.state import EpochLog, State, load_optimiser, of_optimiser, training_identity, under


def seeded_network(config: NetworkConfig, seed: int) -> ReIdNetwork:
    """A network whose first weights derive from the seed alone; the global random state stays as it is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ReIdNetwork(config)


def fit(
    network: ReIdNetwork,
    tracklets: Tracklets,
    schedule: Schedule,
    loss: LossConfig,
    seed: int,
    context: Context | None = None,
) -> Iterator[EpochLog]:
    """Train the network in place, one epoch for each log that is asked for.

    Every random choice of an epoch derives from (seed, epoch), and what is not derived is kept in the context's
    ``state``: a training that was killed goes on there and ends with the same weights, bit for bit on the CPU.

    Args: tracklets: of the training identities only. schedule: the stages, one after the other. context: by default one
        CPU process without state; its progress is called with "features", tracklets done, tracklets in all, before a
        stage of the head.
    Yields: a log an epoch; first those of the epochs that the state already holds.
    Raises: ValueError when the tracklets cannot be paired, the state is of another training, or a stage is the
        encoder's, which is frozen, or mixes styles, which not every encoder does.
    """
    context = context or Context()
    if network.frozen and "encoder" in {stage.part for stage in schedule}:
        raise ValueError("schedule must not train the encoder of a network where it is frozen, it has such a stage")
    if any(stage.styles for stage in schedule) and not network.config.encoder.mixes_styles:
        raise ValueError(f"schedule must not mix styles with the encoder {network.config.encoder.name!r}, which cannot")
    state = State(context.state, training_identity(network, tracklets, schedule, loss, seed))
    tensors, history = state.read()
    if history:
        network.load_state_dict(under("network.", tensors))
    yield from history
    identities = len({tracklet.pid for tracklet in tracklets})
    epochs, first = sum(stage.epochs for stage in schedule), 0
    for stage in schedule:
        last = first + stage.epochs
        if len(history) < last:
            stage_seed = mixed(seed, -1 - first)
            learner = _Learner(network, stage, identities, loss, stage_seed, context.fabric)
            if len(history) > first:
                learner.load(tensors)
            inputs = stage_inputs(network, tracklets, stage, stage_seed, context)
            for epoch in range(len(history), last):
                steps = list(stage_picks(tracklets, stage, seed, epoch))
                log = learner.epoch(steps, inputs, (epoch - first) / stage.epochs, mixed(seed, epoch))
                history.append(EpochLog(epoch + 1, epochs, stage.part, *log))
                if context.fabric.is_global_zero:
                    state.write(learner.tensors(network), history)
                yield history[-1]
        first = last


class _Learner:
    """The part of the network that a stage trains, with its costs and its optimiser."""

    def __init__(
        self, network: ReIdNetwork, stage: Stage, identities: int, loss: LossConfig, seed: int, fabric: Fabric
    ) -> None:
        self.stage, self.fabric = stage, fabric
        if network.config.encoder.mixes_styles:
            cast(Any, network.encoder).styles = stage.styles
        mean = MeanEmbedder(network)
        parts: dict[Part, tuple[Callable[[Tensor], HeadOutput], Head]] = {
            "all": (network, network.head),
            "encoder": (mean, mean.head),
            "head": (network.head, network.head),
        }
        embedder, head = parts[stage.part]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.cost = SiameseCost(embedder, head, identities, loss)
        self.wrapped, self.optimiser = fabric.setup(self.cost, _optimiser(self.cost, stage))

    def epoch(
        self, steps: Sequence[Picks], inputs: Inputs, progress: float, seed: int
    ) -> tuple[float, float, float, float, int, float]:
        """Take the steps. Args: progress: of the stage, 0 to 1. Returns: loss, the three costs, frames, seconds."""
        started = time.perf_counter()
        generator = torch.Generator().manual_seed(seed)
        totals, frames = torch.zeros(1 + len(COSTS)), 0
        self.wrapped.train()
        with torch.random.fork_rng():
            torch.manual_seed(seed + self.fabric.global_rank)
            for number, picks in enumerate(steps):
                self._set_rate(progress + number / len(steps) / self.stage.epochs)
                totals += self._step(picks, inputs(picks, generator))
                frames += picks.frames.size
        loss, verification, identification, contrastive = (totals / len(steps)).tolist()
        return loss, verification, identification, contrastive, frames, time.perf_counter() - started

    def _step(self, picks: Picks, inputs: Tensor) -> Tensor:
        fabric = self.fabric
        if len(inputs) % fabric.world_size:
            raise ValueError(f"devices must divide the {len(inputs)} clips of a step, got {fabric.world_size}")
        own = inputs.chunk(fabric.world_size)[fabric.global_rank]
        parts = (own, torch.from_numpy(picks.identity), torch.from_numpy(picks.camera))
        total, costs = self.wrapped(*(fabric.to_device(part) for part in parts))
        self.optimiser.zero_grad()
        fabric.backward(total)
        if self.stage.clip_value:
            fabric.clip_gradients(self.wrapped, self.optimiser, clip_val=self.stage.clip_value)
        if self.stage.clip_norm:
            fabric.clip_gradients(self.wrapped, self.optimiser, max_norm=self.stage.clip_norm)
        self.optimiser.step()
        return torch.cat([total.detach()[None], costs]).cpu()

    def _set_rate(self, progress: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = group["share"] * learning_rate(self.stage, progress)

    def tensors(self, network: ReIdNetwork) -> dict[str, Tensor]:
        """What the next epoch rests on: the network, classifier and optimiser."""
        tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
        tensors |= {f"classifiers.{name}": value for name, value in self.cost.classifiers.state_dict().items()}
        return tensors | of_optimiser(self.optimiser)

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Take over what ``tensors`` of an earlier learner of this stage gave."""
        self.cost.classifiers.load_state_dict(under("classifiers.", tensors))
        load_optimiser(self.optimiser, tensors)


def learning_rate(stage: Stage, progress: float) -> float:
    """The rate when ``progress`` (0 to 1) of the stage is done: linear rise, plateau, half a cosine down to 0."""
    if progress < stage.warm_up:
        return stage.learning_rate * max(progress / stage.warm_up, 0.01)
    falling = progress - (1 - stage.cool_down)
    if falling <= 0 or not stage.cool_down:
        return stage.learning_rate
    return stage.learning_rate * (1 + math.cos(math.pi * falling / stage.cool_down)) / 2


def _optimiser(cost: nn.Module, stage: Stage) -> Optimizer:
    groups = _groups(cost, stage)
    if stage.optimiser == "sgd":
        settings = (stage.learning_rate, stage.momentum, stage.dampening, stage.weight_decay)
        return SGD(groups, *settings)
    return AdamW(groups, stage.learning_rate, weight_decay=stage.weight_decay)


def _groups(cost: nn.Module, stage: Stage) -> list[dict[str, Any]]:
    """What learns at the stage's rate and, where the encoder has one, the trunk, at its share of it."""
    parameters: dict[float, list[nn.Parameter]] = {1.0: []}
    for name, parameter in cost.named_parameters():
        parameters.setdefault(stage.trunk_rate if ".trunk." in name else 1.0, []).append(parameter)
    return [{"params": some, "share": share} for share, some in parameters.items()]

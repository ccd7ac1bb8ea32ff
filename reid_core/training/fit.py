"""Training as a generator of epochs: it can be watched, stopped anywhere and resumed bit for bit."""

import json
import math
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.distributed._functional_collectives import all_gather_single
from torch.optim import SGD, AdamW, Optimizer

from reid_core.data import (
    Picks,
    PreparedTracklet,
    alternating_pairs,
    augment,
    channels,
    identity_batches,
    interrupt,
    picked_clips,
)
from reid_core.model import (
    Head,
    HeadConfig,
    HeadOutput,
    NetworkConfig,
    ReIdNetwork,
    build_head,
    weights_digest,
    write_tensors,
)
from reid_core.progress import Progress
from reid_core.runs import tracklet_digest
from reid_core.training.losses import LossConfig, identification_loss, supervised_contrastive_loss, verification_loss
from reid_core.training.presets import Part, Schedule, Stage

COSTS = ("verification", "identification", "contrastive")

Tracklets = Sequence[PreparedTracklet]
Inputs = Callable[[Picks, torch.Generator], Tensor]


@dataclass(frozen=True)
class EpochLog:
    """What one epoch brought: the weighted loss, and each cost before weighting, as means over the steps.

    epoch: from 1, over all stages. epochs: how many there will be. part: what learned. frames: seen by it.
    """

    epoch: int
    epochs: int
    part: Part
    loss: float
    verification: float
    identification: float
    contrastive: float
    frames: int
    seconds: float


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
    fabric: Fabric | None = None,
    state: Path | None = None,
    progress: Progress | None = None,
) -> Iterator[EpochLog]:
    """Train the network in place, one epoch for each log that is asked for.

    Every random choice of an epoch derives from (seed, epoch), and what is not derived is kept in ``state``: a training
    that was killed goes on there and ends with the same weights, bit for bit on the CPU.

    Args: tracklets: of the training identities only. schedule: the stages, one after the other. fabric: devices and
        precision; one CPU process by default. state: file that is replaced after each epoch and read, when it exists,
        at the start. progress: called with "features", tracklets done, tracklets in all, before a stage of the head.
    Yields: a log an epoch; first those of the epochs that ``state`` already holds.
    Raises: ValueError when the tracklets cannot be paired or the state is of another training.
    """
    fabric = fabric or Fabric(accelerator="cpu", devices=1)
    pids = sorted({tracklet.pid for tracklet in tracklets})
    data = [(tracklet.pid, tracklet.camera, tracklet.name, tracklet_digest(tracklet)) for tracklet in tracklets]
    settings = [asdict(network.config), [asdict(stage) for stage in schedule], asdict(loss), seed]
    identity = json.dumps([*settings, data, weights_digest(network)])
    tensors, history = _read_state(state, identity) if state and state.exists() else ({}, [])
    if history:
        network.load_state_dict(_under("network.", tensors))
    yield from history
    epochs, first = sum(stage.epochs for stage in schedule), 0
    for stage in schedule:
        last = first + stage.epochs
        if len(history) < last:
            learner = _Learner(network, stage, len(pids), loss, _mixed(seed, -1 - first), fabric)
            if len(history) > first:
                learner.load(tensors)
            inputs = _inputs(network, tracklets, stage, _mixed(seed, -1 - first), fabric, progress)
            for epoch in range(len(history), last):
                steps = list(_picks(tracklets, stage, seed, epoch))
                log = learner.epoch(steps, inputs, (epoch - first) / stage.epochs, _mixed(seed, epoch))
                history.append(EpochLog(epoch + 1, epochs, stage.part, *log))
                if state and fabric.is_global_zero:
                    _write_state(state, network, learner, identity, history)
                yield history[-1]
        first = last


class SiameseCost(nn.Module):
    """What embeds, with the classifier of the training identities and the costs; the classifier is dropped afterwards.

    Args: embedder: from the inputs of a batch to a HeadOutput. head: says how two outputs are paired.
    """

    def __init__(self, embedder: nn.Module, head: Head, identities: int, loss: LossConfig) -> None:
        super().__init__()
        self.embedder, self.loss, self.pair = embedder, loss, head.pair
        self.weights = head.config.stream_weights
        width = head.config.embedding_size // len(self.weights)
        self.classifiers = nn.ModuleList(nn.Linear(width, identities) for _ in self.weights)

    def forward(self, inputs: Tensor, identity: Tensor, camera: Tensor) -> tuple[Tensor, Tensor]:
        """The weighted loss, a scalar, and the three costs (3,) that it is made of.

        One network embeds all clips, which is what siamese means. Of several processes each embeds its share; the costs
        see the whole batch, so its gradient does not depend on their number.
        """
        a, b = training_pairs(identity, camera)
        output = _gathered(self.embedder(inputs))
        first, second = self.pair(_rows(output, a), _rows(output, b))
        contrastive = output.embedding.new_zeros(())
        if self.loss.contrastive and len(identity) > 2:  # a single pair has nobody to be told apart from
            contrastive = supervised_contrastive_loss(output.embedding, identity, self.loss.temperature)
        costs = torch.stack([*self._pair_costs(first, second, identity[a], identity[b]), contrastive])
        weights = costs.new_tensor([getattr(self.loss, name) for name in COSTS])
        return (weights * costs).sum(), costs.detach()

    def _pair_costs(self, first: Tensor, second: Tensor, who: Tensor, partner: Tensor) -> tuple[Tensor, Tensor]:
        """V and I + I of the joint objective (paper, eq. 5), each a weighted sum over the parts of the embedding."""
        verification = identification = first.new_zeros(())
        parts = zip(first.chunk(len(self.weights), 1), second.chunk(len(self.weights), 1), strict=True)
        for (f_a, f_b), weight, classifier in zip(parts, self.weights, self.classifiers, strict=True):
            verification = verification + weight * verification_loss(f_a, f_b, who == partner, self.loss.margin)
            for embedding, identity in ((f_a, who), (f_b, partner)):
                identification = identification + weight * identification_loss(classifier(embedding), identity)
        return verification, identification


def training_pairs(identity: Tensor, camera: Tensor) -> tuple[Tensor, Tensor]:
    """Pairs (i, j) of clips across cameras: all of one person, and as many of two, as in the paper's alternation.

    The different ones swap each partner for the next person's. A batch without two clips of one person gives all its
    pairs; so one pair a step gives that pair.

    Args: identity, camera: shape (B,), clips of one person side by side. Returns: two index tensors of one length.
    Raises: ValueError when all clips are from one camera.
    """
    across = camera[:, None] < camera[None, :]
    a, b = torch.nonzero(across & (identity[:, None] == identity[None, :]), as_tuple=True)
    if not len(a):
        a, b = torch.nonzero(across, as_tuple=True)
        if not len(a):
            raise ValueError(f"camera must hold two cameras or more, got {camera.tolist()}")
        return a, b
    other = b.roll(-int((identity[a] == identity[a[0]]).sum()))
    different = identity[a] != identity[other]
    return torch.cat([a, a[different]]), torch.cat([b, other[different]])


def _rows(output: HeadOutput, rows: Tensor) -> HeadOutput:
    return HeadOutput(output.embedding[rows], output.states[rows], None, output.lengths[rows])


def _gathered(output: HeadOutput) -> HeadOutput:
    """The whole batch's output, in its order, from all processes; gradients flow back to each."""
    world = torch.distributed.group.WORLD
    if world is None:
        return output
    parts = (output.embedding, output.states, output.lengths)
    embedding, states, lengths = (all_gather_single(part, 0, world) for part in parts)
    return HeadOutput(embedding, states, None, lengths)


class MeanEmbedder(nn.Module):
    """A frame encoder under the mean of its features: what the encoder stage trains, whatever the head."""

    def __init__(self, network: ReIdNetwork) -> None:
        super().__init__()
        self.encoder = network.encoder
        features = network.config.encoder.feature_count
        self.head = build_head(HeadConfig("mean", features=features, hidden=features, dropout=0.0))

    def forward(self, clips: Tensor) -> HeadOutput:
        """Args: clips (B, T, C, H, W). Returns: embedding (B, q), states: the features (B, T, q)."""
        output: HeadOutput = self.head(self.encoder(clips.flatten(0, 1)).unflatten(0, clips.shape[:2]))
        return output


class _Learner:
    """The part of the network that a stage trains, with its costs and its optimiser."""

    def __init__(
        self, network: ReIdNetwork, stage: Stage, identities: int, loss: LossConfig, seed: int, fabric: Fabric
    ) -> None:
        self.stage, self.fabric = stage, fabric
        mean = MeanEmbedder(network)
        embedder, head = {
            "all": (network, network.head),
            "encoder": (mean, mean.head),
            "head": (network.head, network.head),
        }[stage.part]
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
            group["lr"] = learning_rate(self.stage, progress)

    def tensors(self) -> dict[str, Tensor]:
        """What the next epoch rests on beside the network: classifier and optimiser."""
        tensors = {f"classifiers.{name}": value for name, value in self.cost.classifiers.state_dict().items()}
        for number, values in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{name}": value for name, value in values.items()}
        return tensors

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Take over what ``tensors`` of an earlier learner of this stage gave."""
        self.cost.classifiers.load_state_dict(_under("classifiers.", tensors))
        values: dict[int, dict[str, Tensor]] = {}
        for name, value in _under("optimiser.", tensors).items():
            number, key = name.split(".", 1)
            values.setdefault(int(number), {})[key] = value
        self.optimiser.load_state_dict({"state": values, "param_groups": self.optimiser.state_dict()["param_groups"]})


def _picks(tracklets: Tracklets, stage: Stage, seed: int, epoch: int) -> Iterator[Picks]:
    if stage.identities == 1:
        return alternating_pairs(tracklets, stage.clip_length, seed, epoch)
    return identity_batches(tracklets, stage.identities, stage.clips, stage.clip_length, seed, epoch)


def _inputs(
    network: ReIdNetwork, tracklets: Tracklets, stage: Stage, seed: int, fabric: Fabric, progress: Progress | None
) -> Inputs:
    """What a stage's embedder reads: augmented clips (B, T, C, H, W), or features (B, T, q) of augmented tracklets."""
    config = network.config.input
    if stage.part != "head":

        def clips(picks: Picks, generator: torch.Generator) -> Tensor:
            colour, flow = picked_clips(tracklets, picks)
            return augment(channels(colour, flow, config), config, generator)

        return clips
    views = _features(network, tracklets, stage.views, seed, fabric, progress)

    def features(picks: Picks, generator: torch.Generator) -> Tensor:
        chosen = torch.randint(stage.views, (len(picks.tracklets),), generator=generator).tolist()
        rows = zip(picks.tracklets, chosen, picks.frames, strict=True)
        clips = torch.stack([views[tracklet][view, torch.from_numpy(frames)] for tracklet, view, frames in rows])
        return interrupt(clips, stage.clips, stage.interrupted, generator)

    return features


@torch.no_grad()
def _features(
    network: ReIdNetwork, tracklets: Tracklets, views: int, seed: int, fabric: Fabric, progress: Progress | None
) -> list[Tensor]:
    """Features of each tracklet under ``views`` crops and mirror images, (views, T, q) each, on the CPU.

    The views of a tracklet do not depend on which others there are, so that splits can share what an encoder makes of
    them, see ``ReIdNetwork.remember_features``.
    """
    config = network.config.input
    network.eval()
    found = []
    for tracklet in tracklets:
        name = f"{tracklet.pid} {tracklet.camera} {tracklet.name}"
        generator = torch.Generator().manual_seed(_mixed(seed, zlib.crc32(name.encode())))
        clip = channels(np.array(tracklet.colour), np.array(tracklet.flow), config).expand(views, -1, -1, -1, -1)
        found.append(network.features(fabric.to_device(augment(clip, config, generator))).cpu())
        if progress:
            progress("features", len(found), len(tracklets))
    return found


def learning_rate(stage: Stage, progress: float) -> float:
    """The rate when ``progress`` (0 to 1) of the stage is done: linear rise, plateau, half a cosine down to 0."""
    if progress < stage.warm_up:
        return stage.learning_rate * max(progress / stage.warm_up, 0.01)
    falling = progress - (1 - stage.cool_down)
    if falling <= 0 or not stage.cool_down:
        return stage.learning_rate
    return stage.learning_rate * (1 + math.cos(math.pi * falling / stage.cool_down)) / 2


def _optimiser(cost: nn.Module, stage: Stage) -> Optimizer:
    if stage.optimiser == "sgd":
        return SGD(
            cost.parameters(),
            stage.learning_rate,
            stage.momentum,
            stage.dampening,
            weight_decay=stage.weight_decay,
        )
    return AdamW(cost.parameters(), stage.learning_rate, weight_decay=stage.weight_decay)


def _mixed(seed: int, epoch: int) -> int:
    """One seed out of two numbers; neighbouring epochs of neighbouring seeds must not share theirs."""
    return (seed * 1_000_003 + epoch + 10_007) * 7919 % 2**62


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _write_state(
    state: Path, network: ReIdNetwork, learner: _Learner, identity: str, history: Sequence[EpochLog]
) -> None:
    """Replace the state, whole or not at all."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()} | learner.tensors()
    metadata = {"identity": identity, "history": json.dumps([asdict(log) for log in history])}
    write_tensors(state, {name: value.contiguous() for name, value in tensors.items()}, metadata)


def _read_state(state: Path, identity: str) -> tuple[dict[str, Tensor], list[EpochLog]]:
    """Raises: ValueError when the file is no state, or of a training with another configuration."""
    try:
        with safe_open(state, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except SafetensorError as error:
        raise ValueError(f"state {state} must be of this training, it cannot be read: {error}") from error
    if metadata.get("identity") != identity:
        raise ValueError(
            f"state {state} must be of this training, it has other data, network, start, epochs, preset or seed"
        )
    return tensors, [EpochLog(**log) for log in json.loads(metadata["history"])]

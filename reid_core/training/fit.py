"""Training as a generator of epochs: it can be watched, stopped anywhere and resumed bit for bit."""

import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.distributed.nn.functional as distributed
from lightning_fabric import Fabric
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer

from reid_core.data import Batch, PreparedTracklet, alternating_pairs, augment, channels, identity_batches
from reid_core.model import HeadOutput, NetworkConfig, ReIdNetwork
from reid_core.training.losses import LossConfig, identification_loss, supervised_contrastive_loss, verification_loss
from reid_core.training.presets import Preset

COSTS = ("verification", "identification", "contrastive")


@dataclass(frozen=True)
class EpochLog:
    """What one epoch brought: the weighted loss, and each cost before weighting, as means over the steps."""

    epoch: int
    epochs: int
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


class SiameseCost(nn.Module):
    """The network with the classifier of the training identities and the costs; the classifier is dropped afterwards."""

    def __init__(self, network: ReIdNetwork, identities: int, loss: LossConfig) -> None:
        super().__init__()
        self.network, self.loss = network, loss
        self.classifier = nn.Linear(network.config.head.hidden, identities)

    def forward(self, clips: Tensor, identity: Tensor, camera: Tensor) -> tuple[Tensor, Tensor]:
        """The weighted loss, a scalar, and the three costs (3,) that it is made of.

        One network embeds all clips (B, T, C, H, W), which is what siamese means. Of several processes each embeds its
        share; the costs see the whole batch, so its gradient does not depend on their number.
        """
        a, b = cross_camera_pairs(identity, camera)
        output = _gathered(self.network(clips))
        first, second = self.network.head.pair(_rows(output, a), _rows(output, b))
        same = identity[a] == identity[b]
        contrastive = output.embedding.new_zeros(())
        if self.loss.contrastive:
            contrastive = supervised_contrastive_loss(output.embedding, identity, self.loss.temperature)
        costs = torch.stack([
            _balanced_verification(first, second, same, self.loss.margin),
            self._identification(first, second, identity[a], identity[b]),
            contrastive,
        ])
        weights = costs.new_tensor([getattr(self.loss, name) for name in COSTS])
        return (weights * costs).sum(), costs.detach()

    def _identification(self, first: Tensor, second: Tensor, identity_a: Tensor, identity_b: Tensor) -> Tensor:
        """I(f_a) + I(f_b) of the joint objective (paper, eq. 5)."""
        return identification_loss(self.classifier(first), identity_a) + identification_loss(
            self.classifier(second), identity_b
        )


def cross_camera_pairs(identity: Tensor, camera: Tensor) -> tuple[Tensor, Tensor]:
    """All pairs (i, j) of clips with the camera of i before that of j; the only pairs that a probe and a gallery form.

    Args: identity, camera: shape (B,). Returns: two index tensors of one length.
    Raises: ValueError when all clips are from one camera.
    """
    a, b = torch.nonzero(camera[:, None] < camera[None, :], as_tuple=True)
    if not len(a):
        raise ValueError(f"camera must hold two cameras or more, got {camera.unique().tolist()}")
    return a, b


def _balanced_verification(a: Tensor, b: Tensor, same: Tensor, margin: float) -> Tensor:
    """Eq. 3 with same and different pairs weighing alike, as in the paper's alternating pairs."""
    kinds = [verification_loss(a[kind], b[kind], same[kind], margin) for kind in (same, ~same) if bool(kind.any())]
    return torch.stack(kinds).mean()


def _rows(output: HeadOutput, rows: Tensor) -> HeadOutput:
    return HeadOutput(output.embedding[rows], output.states[rows], None, output.lengths[rows])


def _gathered(output: HeadOutput) -> HeadOutput:
    """The whole batch's output, in its order, from all processes; gradients flow back to each."""
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return output
    parts = (output.embedding, output.states, output.lengths)
    embedding, states, lengths = (torch.cat(distributed.all_gather(part)) for part in parts)
    return HeadOutput(embedding, states, None, lengths)


def fit(
    network: ReIdNetwork,
    tracklets: Sequence[PreparedTracklet],
    preset: Preset,
    loss: LossConfig,
    seed: int,
    fabric: Fabric | None = None,
    state: Path | None = None,
) -> Iterator[EpochLog]:
    """Train the network in place, one epoch for each log that is asked for.

    Every random choice of an epoch derives from (seed, epoch), and what is not derived is kept in ``state``: a training
    that was killed goes on there and ends with the same weights, bit for bit on the CPU.

    Args: tracklets: of the training identities only. fabric: devices and precision; one CPU process by default.
        state: file that is replaced after each epoch and read, when it exists, at the start.
    Yields: a log an epoch; first those of the epochs that ``state`` already holds.
    Raises: ValueError when the tracklets cannot be paired or the state is of another training.
    """
    fabric = fabric or Fabric(accelerator="cpu", devices=1)
    pids = sorted({tracklet.pid for tracklet in tracklets})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_mixed(seed, -1))
        cost = SiameseCost(network, len(pids), loss)
    optimiser = _optimiser(cost, preset)
    identity = json.dumps([asdict(network.config), asdict(preset), asdict(loss), seed, pids])
    history = _restore(state, cost, optimiser, identity) if state and state.exists() else []
    yield from history
    wrapped, wrapped_optimiser = fabric.setup(cost, optimiser)
    for epoch in range(len(history), preset.epochs):
        history.append(_epoch(epoch, fabric, wrapped, wrapped_optimiser, tracklets, preset, seed))
        if state and fabric.is_global_zero:
            _save(state, cost, optimiser, identity, history)
        yield history[-1]


def _epoch(
    epoch: int,
    fabric: Fabric,
    cost: nn.Module,
    optimiser: Optimizer,
    tracklets: Sequence[PreparedTracklet],
    preset: Preset,
    seed: int,
) -> EpochLog:
    started = time.perf_counter()
    config = cost.network.config.input
    generator = torch.Generator().manual_seed(_mixed(seed, epoch))
    batches = list(_batches(tracklets, preset, seed, epoch))
    totals, frames = torch.zeros(1 + len(COSTS)), 0
    cost.train()
    with torch.random.fork_rng():
        torch.manual_seed(_mixed(seed, epoch) + fabric.global_rank)
        for number, batch in enumerate(batches):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(preset, (epoch + number / len(batches)) / preset.epochs)
            clips = augment(channels(batch.colour, batch.flow, config), config, generator)
            own = clips.chunk(fabric.world_size)[fabric.global_rank]
            total, costs = cost(*(fabric.to_device(part) for part in (own, batch.identity, batch.camera)))
            optimiser.zero_grad()
            fabric.backward(total)
            _clip_gradient(fabric, cost, optimiser, preset)
            optimiser.step()
            totals += torch.cat([total.detach()[None], costs]).cpu()
            frames += clips.shape[0] * clips.shape[1]
    loss, *costs = (totals / len(batches)).tolist()
    return EpochLog(epoch + 1, preset.epochs, loss, *costs, frames, time.perf_counter() - started)


def _batches(tracklets: Sequence[PreparedTracklet], preset: Preset, seed: int, epoch: int) -> Iterator[Batch]:
    if preset.identities == 1:
        return alternating_pairs(tracklets, preset.clip_length, seed, epoch)
    return identity_batches(tracklets, preset.identities, preset.clips, preset.clip_length, seed, epoch)


def learning_rate(preset: Preset, progress: float) -> float:
    """The rate when ``progress`` (0 to 1) of the training is done: linear rise, plateau, half a cosine down to 0."""
    if progress < preset.warm_up:
        return preset.learning_rate * max(progress / preset.warm_up, 0.01)
    falling = progress - (1 - preset.cool_down)
    if falling <= 0 or not preset.cool_down:
        return preset.learning_rate
    return preset.learning_rate * (1 + math.cos(math.pi * falling / preset.cool_down)) / 2


def _optimiser(cost: nn.Module, preset: Preset) -> Optimizer:
    if preset.optimiser == "sgd":
        return SGD(
            cost.parameters(),
            preset.learning_rate,
            preset.momentum,
            preset.dampening,
            weight_decay=preset.weight_decay,
        )
    return AdamW(cost.parameters(), preset.learning_rate, weight_decay=preset.weight_decay)


def _clip_gradient(fabric: Fabric, cost: nn.Module, optimiser: Optimizer, preset: Preset) -> None:
    if preset.clip_value:
        fabric.clip_gradients(cost, optimiser, clip_val=preset.clip_value)
    if preset.clip_norm:
        fabric.clip_gradients(cost, optimiser, max_norm=preset.clip_norm)


def _mixed(seed: int, epoch: int) -> int:
    """One seed out of two numbers; neighbouring epochs of neighbouring seeds must not share theirs."""
    return (seed * 1_000_003 + epoch + 1) * 7919 % 2**62


def _save(state: Path, cost: SiameseCost, optimiser: Optimizer, identity: str, history: list[EpochLog]) -> None:
    tensors = {f"cost.{name}": value.contiguous() for name, value in cost.state_dict().items()}
    for number, values in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": value.contiguous() for name, value in values.items()}
    metadata = {"identity": identity, "history": json.dumps([asdict(log) for log in history])}
    aside = state.with_suffix(".new")
    save_file(tensors, aside, metadata)
    os.replace(aside, state)


def _restore(state: Path, cost: SiameseCost, optimiser: Optimizer, identity: str) -> list[EpochLog]:
    with safe_open(state, "pt") as file:
        metadata = file.metadata()
        if metadata["identity"] != identity:
            raise ValueError(f"state {state} is of a training with other data, network, preset or seed; remove it")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    cost.load_state_dict({name[5:]: value for name, value in tensors.items() if name.startswith("cost.")})
    values: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, number, key = name.split(".", 2)
            values.setdefault(int(number), {})[key] = value
    optimiser.load_state_dict({"state": values, "param_groups": optimiser.state_dict()["param_groups"]})
    return [EpochLog(**log) for log in json.loads(metadata["history"])]

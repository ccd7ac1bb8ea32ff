"""The state of a training that goes on: written after each epoch, read when it is resumed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.optim import Optimizer

from reid_core.data import PreparedTracklet
from reid_core.model import ReIdNetwork, config_to_dict, weights_digest, write_tensors
from reid_core.runs import tracklet_digest
from reid_core.training.losses import LossConfig
from reid_core.training.presets import Part, Schedule

AROUND = ("resumed", "current", "held_out_rank_1")  # fields of a log that are not the training's own


@dataclass(frozen=True)
class EpochLog:
    """What one epoch brought: the weighted loss, and each cost before weighting, as means over the steps.

    epoch: from 1, over all stages. epochs: how many there will be. part: what learned. frames: seen by it. resumed: not
    done now, but read from the state of a training that was stopped. current: the network is as this epoch left it; of
    those that were read the last one's. held_out_rank_1: on people held out of the
    training, where they were looked at after the epoch, see ``watched``.
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
    resumed: bool = False
    current: bool = True
    held_out_rank_1: float | None = None


def training_identity(
    network: ReIdNetwork, tracklets: Sequence[PreparedTracklet], schedule: Schedule, loss: LossConfig, seed: int
) -> str:
    """Everything that the result of a training depends on, in words that another training does not share."""
    data = [(tracklet.pid, tracklet.camera, tracklet.name, tracklet_digest(tracklet)) for tracklet in tracklets]
    settings = [config_to_dict(network.config), [asdict(stage) for stage in schedule], asdict(loss), seed]
    fixed = [name for name, weights in network.named_parameters() if not weights.requires_grad]
    return json.dumps([*settings, fixed, data, weights_digest(network)])


@dataclass(frozen=True)
class State:
    """The file of a training's state, None to keep none, and the training's identity."""

    path: Path | None
    identity: str

    def write(self, tensors: dict[str, Tensor], history: Sequence[EpochLog]) -> None:
        """Replace the file, whole or not at all. Raises: OSError: it cannot be written."""
        if self.path is None:
            return
        logs = [{name: value for name, value in asdict(log).items() if name not in AROUND} for log in history]
        metadata = {"identity": self.identity, "history": json.dumps(logs)}
        write_tensors(self.path, {name: value.contiguous() for name, value in tensors.items()}, metadata)

    def read(self) -> tuple[dict[str, Tensor], list[EpochLog]]:
        """What was written last; nothing where there is no file.

        Raises: ValueError when the file is no state, or of a training with another identity.
        """
        if self.path is None or not self.path.exists():
            return {}, []
        try:
            with safe_open(self.path, "pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        except SafetensorError as error:
            raise ValueError(f"state {self.path} must be of this training, it cannot be read: {error}") from error
        if metadata.get("identity") != self.identity:
            other = "it has other data, network, start, epochs, preset or seed"
            raise ValueError(f"state {self.path} must be of this training, {other}")
        logs = json.loads(metadata["history"])
        return tensors, [EpochLog(**log, resumed=True, current=log is logs[-1]) for log in logs]


def under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with ``prefix``, under the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def of_optimiser(optimiser: Optimizer) -> dict[str, Tensor]:
    """What it knows of each weight, as ``optimiser.NUMBER.NAME``."""
    known = optimiser.state_dict()["state"].items()
    return {f"optimiser.{number}.{name}": value for number, values in known for name, value in values.items()}


def load_optimiser(optimiser: Optimizer, tensors: dict[str, Tensor]) -> None:
    """Take over what ``of_optimiser`` told of an earlier one of the same weights, from among other tensors."""
    values: dict[int, dict[str, Tensor]] = {}
    for key, value in under("optimiser.", tensors).items():
        number, name = key.split(".", 1)
        values.setdefault(int(number), {})[name] = value
    optimiser.load_state_dict({"state": values, "param_groups": optimiser.state_dict()["param_groups"]})

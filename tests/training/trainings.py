"""Trainings that other processes run; a test looks at what they leave behind."""

import importlib
import os
import signal
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy
from safetensors.torch import save_file
from torch.optim.optimizer import register_optimizer_step_post_hook

from reid_core.training import PRESETS, Context, EpochLog, LossConfig, Schedule, Stage, fit
from reid_core.training.context import one_process
from tests.tiny import tiny_network, tracklets

LOSS = LossConfig(verification=0.5, identification=0.5, contrastive=1.0)
ENCODER = Stage("encoder", 2, 3, 2, 2, "adamw", 1e-2, weight_decay=1e-3, clip_norm=1.0, warm_up=0.2, cool_down=0.5)
HEAD = replace(ENCODER, part="head", clip_length=5, views=2)
TWO_STAGES = (ENCODER, HEAD)
PAPER = (replace(PRESETS["paper"][0], epochs=3, clip_length=4, learning_rate=0.05),)
TRAININGS: dict[str, tuple[Schedule, LossConfig]] = {"two stages": (TWO_STAGES, LOSS), "paper": (PAPER, LossConfig())}
PERSONS = 6


def trained(
    schedule: str, state: Path | None = None, seed: int = 1, dropout: float = 0.3, fabric: Fabric | None = None
) -> tuple[dict[str, torch.Tensor], list[EpochLog]]:
    """The weights and the logs of a whole training."""
    network = tiny_network("utrcnn", dropout=dropout)
    stages, loss = TRAININGS[schedule]
    context = Context(fabric or one_process(), state)
    logs = list(fit(network, tracklets(PERSONS), stages, loss, seed, context))
    return {name: value.contiguous() for name, value in network.state_dict().items()}, logs


def equal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    """Whether the weights are the same, bit for bit."""
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def untimed(logs: list[EpochLog]) -> list[EpochLog]:
    """What does not depend on when an epoch was done."""
    return [replace(log, seconds=0.0, resumed=False, current=True) for log in logs]


def train_until_killed(schedule: str, state: Path, steps: int) -> None:
    """Train, and die without a word after the given number of steps."""
    taken = []

    def count(*_: object) -> None:
        taken.append(1)
        if len(taken) == steps:
            os.kill(os.getpid(), signal.SIGKILL)

    register_optimizer_step_post_hook(count)
    trained(schedule, state)


def train_until_killed_while_writing(schedule: str, state: Path, epochs: int) -> None:
    """Train, and die when half of the state after the given number of epochs is on disk."""
    written = []

    def write(tensors: dict[str, torch.Tensor], path: Path, metadata: dict[str, str]) -> None:
        save_file(tensors, path, metadata)
        written.append(1)
        if len(written) == epochs:
            os.truncate(path, path.stat().st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)

    importlib.import_module("reid_core.model.checkpoint").save_file = write  # type: ignore[attr-defined]
    trained(schedule, state)


def train_together(schedule: str, processes: int, rank: int, port: int, out: Path) -> None:
    """Be one of several processes of a training; the first writes the logs and the weights."""
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "NODE_RANK": "0", "LOCAL_RANK": str(rank)}
    strategy = DDPStrategy(process_group_backend="gloo", find_unused_parameters=True)
    fabric = Fabric(accelerator="cpu", devices=processes, strategy=strategy)
    fabric.launch()
    weights, logs = trained(schedule, dropout=0.0, fabric=fabric)
    if rank == 0:
        pd.DataFrame(asdict(log) for log in logs).to_csv(out / "logs.csv")
        save_file(weights, out / "weights")

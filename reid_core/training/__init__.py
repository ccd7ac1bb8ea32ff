"""Costs, presets and recipes, the training loop, and whole trainings as runs."""

from reid_core.training.context import Context
from reid_core.training.experiment import Experiment
from reid_core.training.fit import fit, seeded_network
from reid_core.training.losses import (
    LossConfig,
    identification_loss,
    joint_costs,
    pair_distance,
    supervised_contrastive_loss,
    verification_loss,
)
from reid_core.training.presets import PRESETS, RECIPES, Schedule, Stage
from reid_core.training.run import partial_folder, train_run
from reid_core.training.state import EpochLog
from reid_core.training.trial import Cost, cost

__all__ = [
    "PRESETS",
    "RECIPES",
    "Context",
    "Cost",
    "EpochLog",
    "Experiment",
    "LossConfig",
    "Schedule",
    "Stage",
    "cost",
    "fit",
    "identification_loss",
    "joint_costs",
    "pair_distance",
    "partial_folder",
    "seeded_network",
    "supervised_contrastive_loss",
    "train_run",
    "verification_loss",
]

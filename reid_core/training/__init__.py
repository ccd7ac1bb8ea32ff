"""Costs, presets and recipes, the training loop, and whole trainings as runs."""

from reid_core.training.experiment import Experiment, package_versions, partial_folder, train_run
from reid_core.training.fit import EpochLog, fit, seeded_network
from reid_core.training.losses import (
    LossConfig,
    identification_loss,
    joint_loss,
    pair_distance,
    supervised_contrastive_loss,
    verification_loss,
)
from reid_core.training.presets import PRESETS, RECIPES, Recipe, Schedule, Stage

__all__ = [
    "PRESETS",
    "RECIPES",
    "EpochLog",
    "Experiment",
    "LossConfig",
    "Recipe",
    "Schedule",
    "Stage",
    "fit",
    "identification_loss",
    "joint_loss",
    "package_versions",
    "pair_distance",
    "partial_folder",
    "seeded_network",
    "supervised_contrastive_loss",
    "train_run",
    "verification_loss",
]

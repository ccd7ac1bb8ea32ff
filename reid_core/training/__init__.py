"""Costs, presets and recipes, the training loop, and whole trainings as runs."""


from reid_core.training.fit import EpochLog, fit, seeded_network
from reid_core.training.losses import (
    LossConfig,
    identification_loss,
    joint_loss,
    pair_distance,
    supervised_contrastive_loss,
    verification_loss,
)
from reid_core.training.presets import PRESETS, RECIPES, Preset, Recipe

__all__ = [
    "PRESETS",
    "RECIPES",
    "EpochLog",
    
    "LossConfig",
    "Preset",
    "Recipe",
    "fit",
    "identification_loss",
    "joint_loss",
    "pair_distance",
    
    "seeded_network",
    "supervised_contrastive_loss",
    
    "verification_loss",
]

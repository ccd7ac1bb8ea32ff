"""The network: frame encoder, recurrent heads, the backtracking cell, checkpoints."""

from reid_core.model.backtracking import VARIANTS, BacktrackingCell, CellRule
from reid_core.model.calibration import ALLOWED, DEFAULT_ALLOWED, FEW, Calibration, CohortCalibration, Of, Verdict
from reid_core.model.checkpoint import (
    CHECKPOINT_FOLDER,
    TRUNK_FOLDER,
    Checkpoint,
    CheckpointError,
    find_checkpoint,
    load_checkpoint,
    load_trunk,
    save_checkpoint,
    write_tensors,
)
from reid_core.model.cohort import ShippedCohort
from reid_core.model.digest import weights_digest
from reid_core.model.encoders import ENCODERS, encoder_config, encoder_seeing
from reid_core.model.export import export_onnx
from reid_core.model.format import config_from_dict, config_to_dict, in_version_1, in_version_2
from reid_core.model.heads import (
    FROM_RECIPE,
    HEADS,
    AttendingHead,
    Head,
    HeadConfig,
    head_class,
    head_config,
    head_options,
)
from reid_core.model.known import KnownFeatures
from reid_core.model.network import NetworkConfig, ReIdNetwork
from reid_core.model.pooling import HeadOutput, of_embeddings

__all__ = [
    "ALLOWED",
    "CHECKPOINT_FOLDER",
    "DEFAULT_ALLOWED",
    "ENCODERS",
    "FEW",
    "FROM_RECIPE",
    "HEADS",
    "TRUNK_FOLDER",
    "VARIANTS",
    "AttendingHead",
    "BacktrackingCell",
    "Calibration",
    "CellRule",
    "Checkpoint",
    "CheckpointError",
    "CohortCalibration",
    "Head",
    "HeadConfig",
    "HeadOutput",
    "KnownFeatures",
    "NetworkConfig",
    "Of",
    "ReIdNetwork",
    "ShippedCohort",
    "Verdict",
    "config_from_dict",
    "config_to_dict",
    "encoder_config",
    "encoder_seeing",
    "export_onnx",
    "find_checkpoint",
    "head_class",
    "head_config",
    "head_options",
    "in_version_1",
    "in_version_2",
    "load_checkpoint",
    "load_trunk",
    "of_embeddings",
    "save_checkpoint",
    "weights_digest",
    "write_tensors",
]

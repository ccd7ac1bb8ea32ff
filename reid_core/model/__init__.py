"""The network: frame encoder, recurrent heads, the backtracking cell, checkpoints."""

from reid_core.model.backtracking import VARIANTS, BacktrackingCell, CellRule, StreamState, sparsify
from reid_core.model.checkpoint import (
    CHECKPOINT_FOLDER,
    Checkpoint,
    CheckpointError,
    find_checkpoint,
    load_checkpoint,
    save_checkpoint,
    write_tensors,
)
from reid_core.model.digest import weights_digest
from reid_core.model.encoder import EncoderConfig, FrameEncoder
from reid_core.model.export import export_onnx
from reid_core.model.heads import HEADS, Head, HeadConfig, Start, build_head
from reid_core.model.known import KnownFeatures
from reid_core.model.network import NetworkConfig, ReIdNetwork
from reid_core.model.pooling import HeadOutput

__all__ = [
    "CHECKPOINT_FOLDER",
    "HEADS",
    "VARIANTS",
    "BacktrackingCell",
    "CellRule",
    "Checkpoint",
    "CheckpointError",
    "EncoderConfig",
    "FrameEncoder",
    "Head",
    "HeadConfig",
    "HeadOutput",
    "KnownFeatures",
    "NetworkConfig",
    "ReIdNetwork",
    "Start",
    "StreamState",
    "build_head",
    "export_onnx",
    "find_checkpoint",
    "load_checkpoint",
    "save_checkpoint",
    "sparsify",
    "weights_digest",
    "write_tensors",
]

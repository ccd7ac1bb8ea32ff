"""Data: from folders of tracklets to batches of clips."""

from reid_core.data.augmentation import Gaps, augment, centre, fill, interrupt, mirror, spoil, variants
from reid_core.data.check import check
from reid_core.data.datasets import DATASETS, Splits, load, packed_with, splits_of
from reid_core.data.frames import load_frames, read_frames
from reid_core.data.packed import pack
from reid_core.data.prepared import is_prepared, prepare, readable
from reid_core.data.preprocessing import InputConfig, Measured, channels, measure
from reid_core.data.sampler import Picks, alternating_pairs, identity_batches, picked_clips
from reid_core.data.splits import Split, half_splits, hold_out, read_splits, write_splits
from reid_core.data.types import (
    Dataset,
    Prepared,
    PreparedTracklet,
    TrackletFiles,
    identities,
)
from reid_core.data.variation import recoloured, reframed

__all__ = [
    "DATASETS",
    "Dataset",
    "Gaps",
    "InputConfig",
    "Measured",
    "Picks",
    "Prepared",
    "PreparedTracklet",
    "Split",
    "Splits",
    "TrackletFiles",
    "alternating_pairs",
    "augment",
    "centre",
    "channels",
    "check",
    "fill",
    "half_splits",
    "hold_out",
    "identities",
    "identity_batches",
    "interrupt",
    "is_prepared",
    "load",
    "load_frames",
    "measure",
    "mirror",
    "pack",
    "packed_with",
    "picked_clips",
    "prepare",
    "read_frames",
    "read_splits",
    "readable",
    "recoloured",
    "reframed",
    "splits_of",
    "spoil",
    "variants",
    "write_splits",
]

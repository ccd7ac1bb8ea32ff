"""Data: from folders of tracklets to batches of clips."""

from reid_core.data.augmentation import augment, centre, mirror, variants
from reid_core.data.frames import read_frames
from reid_core.data.prepared import prepare
from reid_core.data.preprocessing import InputConfig, Measured, channels, measure
from reid_core.data.sampler import Batch, alternating_pairs, identity_batches
from reid_core.data.types import FRAME_HEIGHT, FRAME_WIDTH, Dataset, Prepared, PreparedTracklet, TrackletFiles

__all__ = [
    "FRAME_HEIGHT",
    "FRAME_WIDTH",
    "Batch",
    "Dataset",
    "InputConfig",
    "Measured",
    "Prepared",
    "PreparedTracklet",
    "TrackletFiles",
    "alternating_pairs",
    "augment",
    "centre",
    "channels",
    "identity_batches",
    "measure",
    "mirror",
    "prepare",
    "read_frames",
    "variants",
]

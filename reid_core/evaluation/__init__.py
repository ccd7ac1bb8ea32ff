"""Distances, CMC, verification and calibration, and the verdict on two videos."""

from reid_core.evaluation.cmc import Labels, rank
from reid_core.evaluation.distances import distance_blocks
from reid_core.evaluation.embedding import CLIP_FRAMES, chosen_frames, clip_of, embed, stacked
from reid_core.evaluation.own_pairs import (
    LabelledPair,
    OwnCalibration,
    calibrate_own,
    fits,
    read_calibration,
    read_pairs,
    with_calibration,
)
from reid_core.evaluation.protocol import (
    RANKS,
    SplitResult,
    calibrate_network,
    embed_protocol,
    evaluate,
    probes_and_gallery,
    ranked,
)
from reid_core.evaluation.verdict import (
    ANSWERS,
    Comparison,
    calibration_of,
    compare,
    compare_all,
    comparison,
    uncertain_range,
)
from reid_core.evaluation.verification import Roc, area_under_curve, expected_calibration_error, roc

__all__ = [
    "ANSWERS",
    "CLIP_FRAMES",
    "RANKS",
    "Comparison",
    "LabelledPair",
    "Labels",
    "OwnCalibration",
    "Roc",
    "SplitResult",
    "area_under_curve",
    "calibrate_network",
    "calibrate_own",
    "calibration_of",
    "chosen_frames",
    "clip_of",
    "compare",
    "compare_all",
    "comparison",
    "distance_blocks",
    "embed",
    "embed_protocol",
    "evaluate",
    "expected_calibration_error",
    "fits",
    "probes_and_gallery",
    "rank",
    "ranked",
    "read_calibration",
    "read_pairs",
    "roc",
    "stacked",
    "uncertain_range",
    "with_calibration",
]

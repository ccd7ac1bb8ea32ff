"""Distances, CMC, verification and calibration, runs, and the verdict on two videos."""

from reid_core.evaluation.cmc import Labels, Ranking, rank
from reid_core.evaluation.distances import distance_blocks
from reid_core.evaluation.embedding import CLIP_FRAMES, chosen_frames, clip_of, embed, embed_variants, stacked
from reid_core.evaluation.protocol import (
    RANKS,
    Embedded,
    SplitResult,
    calibrate_network,
    embed_protocol,
    evaluate,
    probes_and_gallery,
    ranked,
)
from reid_core.evaluation.runs import RUN_COLUMNS, Run, RunError, RunInfo, find_runs, read_run, split_tables, write_run
from reid_core.evaluation.verdict import (
    Comparison,
    Subject,
    calibration_of,
    compare,
    compare_all,
    find_subject,
    parse_crop,
    subject_of,
    uncertain_range,
)
from reid_core.evaluation.verification import Calibration, Roc, Verdict, area_under_curve, calibrate, roc

__all__ = [
    "CLIP_FRAMES",
    "RANKS",
    "RUN_COLUMNS",
    "Calibration",
    "Comparison",
    "Embedded",
    "Labels",
    "Ranking",
    "Roc",
    "Run",
    "RunError",
    "RunInfo",
    "SplitResult",
    "Subject",
    "Verdict",
    "area_under_curve",
    "calibrate",
    "calibrate_network",
    "calibration_of",
    "chosen_frames",
    "clip_of",
    "compare",
    "compare_all",
    "distance_blocks",
    "embed",
    "embed_protocol",
    "embed_variants",
    "evaluate",
    "find_runs",
    "find_subject",
    "parse_crop",
    "probes_and_gallery",
    "rank",
    "ranked",
    "read_run",
    "roc",
    "split_tables",
    "stacked",
    "subject_of",
    "uncertain_range",
    "write_run",
]

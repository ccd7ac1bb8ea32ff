"""Runs: what is stored of trainings and evaluations; written, read, listed, compared."""

from reid_core.runs.bias import BIAS_TABLE, bias_curve, read_bias
from reid_core.runs.identities import check_unseen, data_seen, identity_rows, pids_tested, tracklet_digest, with_start
from reid_core.runs.listing import Listed, Task, differences, latex_rows, list_run, rank_table, run_folders, task_of
from reid_core.runs.live import LiveRun, live_runs
from reid_core.runs.published import published_for
from reid_core.runs.real_people import FIGURES, MeasuredOnReal, RealPeople, read_real_people, write_real_people
from reid_core.runs.run import Run, read_run
from reid_core.runs.schema import (
    BIAS_COLUMNS,
    HELD_OUT,
    LEARNING_CURVES,
    PARTIAL,
    PROFILE_COLUMNS,
    RUN_COLUMNS,
    RunError,
    RunInfo,
)
from reid_core.runs.significance import Difference, paired_bootstrap
from reid_core.runs.testing import Tests, input_of, new_folders, other_tests, own_tests, tested_again
from reid_core.runs.watched import HardPair, Look, Watched
from reid_core.runs.write import check_new, now, package_versions, split_tables, write_bias, write_info, write_run

__all__ = [
    "BIAS_COLUMNS",
    "BIAS_TABLE",
    "FIGURES",
    "HELD_OUT",
    "LEARNING_CURVES",
    "PARTIAL",
    "PROFILE_COLUMNS",
    "RUN_COLUMNS",
    "Difference",
    "HardPair",
    "Listed",
    "LiveRun",
    "Look",
    "MeasuredOnReal",
    "RealPeople",
    "Run",
    "RunError",
    "RunInfo",
    "Task",
    "Tests",
    "Watched",
    "bias_curve",
    "check_new",
    "check_unseen",
    "data_seen",
    "differences",
    "identity_rows",
    "input_of",
    "latex_rows",
    "list_run",
    "live_runs",
    "new_folders",
    "now",
    "other_tests",
    "own_tests",
    "package_versions",
    "paired_bootstrap",
    "pids_tested",
    "published_for",
    "rank_table",
    "read_bias",
    "read_real_people",
    "read_run",
    "run_folders",
    "split_tables",
    "task_of",
    "tested_again",
    "tracklet_digest",
    "with_start",
    "write_bias",
    "write_info",
    "write_real_people",
    "write_run",
]

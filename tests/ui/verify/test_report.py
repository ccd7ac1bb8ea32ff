"""The downloaded report and the table of all models."""

import json
from dataclasses import replace

from reid_core.evaluation import Comparison
from ui.verify.report import report, verdict_table

RESULT = Comparison("same", 0.4321, 1.0, 0.93, "utrcnn", (45, 30), ("full", "auto"), ("short",), "known pairs")
RESULTS = {"utrcnn": RESULT, "bptt": replace(RESULT, verdict="different", distance=1.9, checkpoint="bptt")}
KEYS = [
    "verdict",
    "distance",
    "threshold",
    "probability_same",
    "checkpoint",
    "frames",
    "crop",
    "warnings",
    "calibration",
    "false_alarms",
    "misses",
    "allowed",
    "cohort",
    "z",
    "seconds",
    "heads",
]


def test_the_report_has_the_keys_of_the_command_line_and_every_head():
    told = json.loads(report(RESULTS, "bptt", 2.34567))
    assert sorted(told) == sorted(KEYS)
    assert (told["verdict"], told["checkpoint"], told["seconds"]) == ("different", "bptt", 2.346)
    assert told["frames"] == [45, 30] and told["crop"] == ["full", "auto"] and told["warnings"] == ["short"]
    assert [head["checkpoint"] for head in told["heads"]] == ["utrcnn", "bptt"]


def test_the_table_has_a_row_a_model_with_the_numbers_of_the_core():
    table = verdict_table(RESULTS)
    assert table["Model"].tolist() == ["UTRCNN", "BPTT"]
    assert table["Distance"].tolist() == [0.4321, 1.9]
    assert table["Same person"].tolist() == [93.0, 93.0]
    assert table["Calibrated on"].tolist() == ["known pairs", "known pairs"]
    assert table["Verdict"].tolist() == ["The same person", "Different persons"]

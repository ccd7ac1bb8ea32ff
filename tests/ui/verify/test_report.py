"""The downloaded reports and the table of all models."""

import hashlib
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reid_core.__main__ import main
from reid_core.evaluation import Comparison, weights_fingerprint
from reid_core.model import Checkpoint
from reid_core.video import Scene, Tracklet, person_of
from tests.run_folders import write
from tests.tiny import tiny_network
from tests.ui.links import check_folder
from ui.footage import Footage, Source
from ui.provenance import video_facts
from ui.report import write_report
from ui.verify.report import Case, report, verdict_table
from ui.verify.report_page import verdict_report

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
    "doubts",
    "z",
    "seconds",
    "heads",
    "agreement",
    "created",
    "versions",
    "videos",
]


@pytest.fixture(scope="module")
def case():
    """The second of two people of a scene, whose name is no HTML, and one of another video."""
    rng = np.random.default_rng(0)

    def seen(start, stop):
        frames = rng.integers(0, 256, (stop - start, 128, 64, 3), np.uint8)
        boxes = np.tile(np.array([10.04, 20, 40, 90], np.float32), (stop - start, 1))
        return Tracklet(frames, np.arange(start, stop) / 10, boxes)

    scenes = Scene("<b>.mp4", (seen(0, 30), seen(5, 22)), "people"), Scene("two.mp4", (seen(0, 16),), "people")
    footage = tuple(
        Footage(
            Source(scene.name, scene.name.encode(), scene.name, side),
            scene,
            picture,
            np.arange(30) / 10,
            b"",
            None,
            1,
        )
        for side, scene, picture in zip("ab", scenes, np.zeros((2, 100, 200, 3), np.uint8), strict=True)
    )
    checkpoints = {name: Checkpoint(name, tiny_network(name), {"trained_on": "nothing"}) for name in RESULTS}
    subjects = person_of(scenes[0], 1), person_of(scenes[1])
    return Case(footage, subjects, RESULTS, checkpoints, "bptt", 2.34567, "2026-11-26T07:00:00+00:00")


def test_the_report_has_the_keys_of_the_command_line_and_every_head(case):
    told = json.loads(report(case))
    assert sorted(told) == sorted(KEYS)
    assert (told["verdict"], told["checkpoint"], told["seconds"]) == ("different", "bptt", 2.346)
    assert told["frames"] == [45, 30] and told["crop"] == ["full", "auto"] and told["warnings"] == ["short"]
    assert [head["checkpoint"] for head in told["heads"]] == ["utrcnn", "bptt"]


def test_the_report_tells_from_what_and_with_what_it_was_made(case):
    told = json.loads(report(case))
    first, second = told["videos"]
    assert (first["name"], first["sha256"]) == ("<b>.mp4", hashlib.sha256(b"<b>.mp4").hexdigest())
    assert (first["person"], second["person"]) == ("person 2", "auto") and first["people"] == 2
    assert first["frames"] == [*range(5, 22)] and first["times_s"][0] == 0.5
    assert first["boxes"][0] == [10.0, 20.0, 40.0, 90.0] and first["frame_size"] == [200, 100]
    assert (
        told["created"] == case.created
        and told["agreement"] == "The models disagree: of 2, 1 says the same person, 1 says different persons"
    )
    assert told["versions"]["torch"] and re.fullmatch(r"\d+(\.\d+)+", told["versions"]["reid_core"])
    fingerprints = [head["fingerprint"] for head in told["heads"]]
    assert (
        fingerprints == [weights_fingerprint(one) for one in case.checkpoints.values()] and len(set(fingerprints)) == 2
    )


def test_who_is_seen_longest_of_several_is_a_number_too(case):
    found = case.footage[0]
    assert video_facts(found, person_of(found.scene, 0))["person"] == "person 1"


def test_the_folder_is_whole_and_needs_nothing_from_elsewhere(case, tmp_path):
    folder = write_report(verdict_report(case, "/verify?example=same"), tmp_path / "out")
    check_folder(folder)
    page, told = (folder / "index.html").read_text(), json.loads(report(case))
    assert "<b>.mp4" not in page and "&lt;b&gt;.mp4" in page and "<script" not in page
    for wanted in (told["videos"][0]["sha256"], case.created, "person 2", told["agreement"], "known pairs"):
        assert wanted in page
    assert "/verify?example=same" in page and "here another person was chosen" in page
    for fingerprint in (weights_fingerprint(one) for one in case.checkpoints.values()):
        assert fingerprint in page
    frames = pd.read_csv(folder / "first-video.csv")
    assert frames["Frame"].tolist() == [*range(5, 22)] and frames["Left, px"].tolist() == [10.0] * 17
    assert json.loads((folder / "report.json").read_text())["videos"] == told["videos"]


def test_two_verdicts_are_set_side_by_side(case, tmp_path):
    later = replace(case, results={name: replace(one, distance=one.distance + 0.25) for name, one in RESULTS.items()})
    places = [tmp_path / "first", tmp_path / "second"]
    for place, one in zip(places, (case, later), strict=True):
        write_report(verdict_report(one, "/verify"), place)
    assert main(["report", *map(str, places), "--out", str(tmp_path / "both")]) == 0
    check_folder(tmp_path / "both")
    models = pd.read_csv(tmp_path / "both" / "models.csv").set_index("Model")
    assert models["Distance, A"].tolist() == pytest.approx([0.4321, 1.9])
    assert models["Distance, B - A"].tolist() == pytest.approx([0.25, 0.25])
    assert models["Verdict, B"].tolist() == ["The same person", "Different persons"]


def test_reports_of_two_kinds_or_more_than_two_are_refused(case, tmp_path, capsys):
    verdict = write_report(verdict_report(case, "/verify"), tmp_path / "verdict")
    attention = write_report(replace(verdict_report(case, ""), kind="attention"), tmp_path / "attention")
    for places, said in (
        ((verdict, attention), "must be of one kind to be compared, got verify and attention"),
        ((verdict,), "are compared two at a time, got 1 places"),
        ((verdict, write(tmp_path, "run")), "reports of a page other than Runs are compared two at a time"),
    ):
        assert main(["report", *map(str, places), "--out", str(tmp_path / "none")]) == 2
        assert said in capsys.readouterr().err
    (verdict / "models.csv").unlink()
    assert main(["report", str(verdict), str(verdict), "--out", str(tmp_path / "none")]) == 2
    assert "must hold a report, it is damaged" in capsys.readouterr().err


def test_the_table_has_a_row_a_model_with_the_numbers_of_the_core():
    table = verdict_table(RESULTS)
    assert table["Model"].tolist() == ["UTRCNN", "BPTT"]
    assert table["Distance"].tolist() == [0.4321, 1.9]
    assert table["Same person"].tolist() == [93.0, 93.0]
    assert table["Calibrated on"].tolist() == ["known pairs", "known pairs"]
    assert table["Verdict"].tolist() == ["The same person", "Different persons"]

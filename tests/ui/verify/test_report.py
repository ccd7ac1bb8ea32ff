"""The downloaded reports and the table of all models."""

import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from reid_core.evaluation import Comparison, weights_fingerprint
from reid_core.model import Checkpoint
from reid_core.video import Scene, Tracklet, person_of
from tests.tiny import tiny_network
from ui.footage import Footage, Source
from ui.verify.report import Case, report, verdict_table
from ui.verify.report_page import report_page

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
    assert told["versions"]["torch"]
    fingerprints = [head["fingerprint"] for head in told["heads"]]
    assert (
        fingerprints == [weights_fingerprint(one) for one in case.checkpoints.values()] and len(set(fingerprints)) == 2
    )


class Parsed(HTMLParser):
    """The tags of a page, what they refer to, and its text."""

    def __init__(self, page):
        super().__init__()
        self.open, self.refers, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img"):
            self.open.append(tag)
        self.refers += [value for name, value in attrs if name in ("src", "href")]
        assert tag not in ("script", "link", "b")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_is_whole_and_needs_nothing_from_elsewhere(case):
    page = Parsed(report_page(case))
    assert page.open == []
    assert page.refers and all(address.startswith("data:image/jpeg;base64,") for address in page.refers)
    told = json.loads(report(case))
    for wanted in ("<b>.mp4", told["videos"][0]["sha256"], case.created, "person 2", told["agreement"], "known pairs"):
        assert wanted in page.text
    assert len(re.findall("10, 20, 40, 90", page.text)) == 17 + 16


def test_the_table_has_a_row_a_model_with_the_numbers_of_the_core():
    table = verdict_table(RESULTS)
    assert table["Model"].tolist() == ["UTRCNN", "BPTT"]
    assert table["Distance"].tolist() == [0.4321, 1.9]
    assert table["Same person"].tolist() == [93.0, 93.0]
    assert table["Calibrated on"].tolist() == ["known pairs", "known pairs"]
    assert table["Verdict"].tolist() == ["The same person", "Different persons"]

"""The rendered street of two cameras that the page Search ships with: who passes where and when is known."""

import json
from pathlib import Path

import numpy as np
import pytest

from reid_core.model import Checkpoint, load_checkpoint
from reid_core.search import Index, find, open_index, stored

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "search"
ENTERS_S = 0.8  # until so much of who comes in is in the picture that he is found, at five looks a second
TRUTH = json.loads((FOLDER / "truth.json").read_text())


@pytest.fixture(scope="module")
def index() -> Index:
    return open_index(FOLDER / "index")


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    return load_checkpoint("utrcnn")


def tracklet_of(index: Index, camera: str, name: str) -> int:
    """The one that begins when somebody passes a camera first."""
    table = index.table()
    (number,) = table.tracklet[(table.camera == camera) & (abs(table.start_s - TRUTH[camera][name][0][0]) < 0.5)]
    return int(number)


@pytest.mark.parametrize("name", sorted(TRUTH["gate"].keys() & TRUTH["square"].keys()))
def test_who_passes_both_cameras_is_found_first_with_the_times_at_which_he_passed(
    index: Index, checkpoint: Checkpoint, name: str
) -> None:
    hits = find(stored(index, tracklet_of(index, "gate", name)), [index], checkpoint, 100).hits
    first = next(hit for hit in hits if hit.camera == "square")
    told = (first.start_s, first.end_s)
    assert any(np.abs(np.subtract(told, true)).max() < ENTERS_S for true in TRUTH["square"][name]), told


def test_who_passes_one_camera_alone_is_nobody_before_the_other(index: Index, checkpoint: Checkpoint) -> None:
    for camera, name, other in (("gate", "docker", "square"), ("square", "pink", "gate")):
        answer = find(stored(index, tracklet_of(index, camera, name)), [index], checkpoint, 100)
        assert not [hit for hit in answer.within if hit.camera == other]
        assert [hit.camera for hit in answer.within] == [camera] * (len(TRUTH[camera][name]) - 1)

"""What the browser is given, against the sweep it was made from."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from reid_core.evaluation import ANSWERS, Comparison
from reid_core.explain import CoverSweep, Edit, EditedClip, Outcome
from reid_core.explain.edit import cover_place
from reid_core.model import Calibration
from reid_core.video import Scene, Subject, Tracklet
from ui.bias.data import Shown
from ui.bias.stage import stage_data
from ui.clips import Clip
from ui.footage import Footage, Source

LENGTH, SHARES, PLACES = 10, (0.0, 0.2, 0.4), (0.0, 0.5, 1.0)
SCALE = Calibration(1.5, 0.2, 0.1, "pairs", (0.0, 1.0, 2.0, 3.0), (98, 2, 0), (0, 2, 98))
SAME = Comparison("same", 0.5, 1.5, 0.9, "utrcnn", (10, 10), ("full", "full"), (), scale=SCALE)
EDIT = Edit("pole", 0.4, 1.0)
RNG = np.random.default_rng(0)
FRAMES = RNG.integers(0, 255, (LENGTH, 128, 64, 3), np.uint8)
ALPHA = RNG.random((3, 3, LENGTH))
LEFT_OUT = RNG.random((3, LENGTH))


@pytest.fixture
def clip():
    tracklet = Tracklet(FRAMES, np.arange(LENGTH) / 10, np.zeros((LENGTH, 4)))
    scene = Scene("walker.mp4", (tracklet,), "person")
    source = Source("walker.mp4", b"", "walker", "b")
    footage = Footage(source, scene, FRAMES[0], tracklet.times_s, b"", None, 0.0)
    return Clip("key", Subject("walker.mp4", tracklet, "full"), np.arange(LENGTH), slice(0, 0), footage)


def swept(alpha=None, distances=((0.5,) * 3, (0.5, 0.5, 1.8), (0.5, 0.6, 2.5))):
    covers = [
        [cover_place(LENGTH, replace(EDIT, share=s, position=p)) if s else (0, 0) for p in PLACES] for s in SHARES
    ]
    return CoverSweep(np.array(SHARES), np.array(PLACES), np.array(covers), np.array(distances), alpha)


def shown(clip, edit=EDIT):
    other = replace(SAME, checkpoint="bptt")
    here = edit.cover is not None
    outcomes = (
        Outcome(SAME, SAME, "attention", ALPHA[2, 2], swept(ALPHA) if here else None),
        Outcome(other, other, "left_out", LEFT_OUT[2], swept() if here else None),
    )
    place = cover_place(LENGTH, edit)
    edited = EditedClip(FRAMES, np.arange(LENGTH), *place)
    return Shown(clip, clip, edit, edited, 255 - FRAMES, outcomes, {"bptt": LEFT_OUT} if here else {})


def bars(model):
    return np.frombuffer(base64.b64decode(model["bars"]), np.uint8).reshape(-1, len(PLACES), LENGTH)


def test_every_share_and_place_has_its_cover_its_words_and_its_cards(clip):
    data = stage_data(shown(clip))
    assert (data["shares"], data["places"]) == ([20, 40], [0, 50, 100])
    assert data["covers"] == [[[0, 2], [4, 2], [8, 2]], [[0, 4], [3, 4], [6, 4]]]
    cell = data["cells"][1][2]
    assert cell["value"] == "a pole: frames 6 to 9 are covered"
    share = 100 * ALPHA[2, 2, 6:].sum() / ALPHA[2, 2].sum()
    assert cell["told"].startswith("UTRCNN and BPTT change their answer. The covered 40 % of the frames have")
    assert f"{share:.0f} % of UTRCNN's attention" in cell["told"]
    answer, sure, distance, within, changed = cell["cards"][0]
    assert (answer, distance, changed) == (ANSWERS["different"], "distance 2.50, threshold 1.50", True)
    assert within == f", {share:.0f} % of it under the cover" and sure.endswith("was 90 %")
    assert data["cells"][1][0]["cards"][0][4] is False


def test_bars_are_bytes_of_a_scale_that_holds_for_all_places(clip):
    alpha, left_out = stage_data(shown(clip))["models"]
    relative = ALPHA[1:] / ALPHA[1:].sum(-1, keepdims=True)
    tops = relative.reshape(2, -1).max(1)
    np.testing.assert_allclose(bars(alpha) / 255, relative / tops[:, None, None], atol=0.002)
    assert alpha["row"] is None and alpha["tops"] == [f"{LENGTH * top:.1f} × an even share" for top in tops]
    np.testing.assert_allclose(alpha["even"], 255 / LENGTH / tops, atol=0.1)
    assert bars(left_out).shape == (1, 3, LENGTH) and left_out["row"] == 1


def test_curves_are_distances_over_each_threshold_and_are_told(clip):
    data = stage_data(shown(clip))
    np.testing.assert_allclose(data["models"][0]["curve"], swept().distances[1:] / SAME.threshold, atol=0.001)
    assert data["curves"][1].endswith("UTRCNN 0.33 and 1.67; BPTT 0.33 and 1.67")


def test_without_a_cover_there_is_one_place_and_nothing_is_said_to_have_moved(clip):
    data = stage_data(shown(clip, Edit()))
    assert (data["covers"], data["covered"], len(data["plain"])) == ([[[0, 0]]], [], LENGTH)
    (told,) = [cell["told"] for row in data["cells"] for cell in row]
    assert told.startswith("The last 10 % of the frames have") and "changes" not in told
    assert len(base64.b64decode(data["models"][0]["bars"])) == LENGTH


def test_an_edit_that_covers_nothing_still_tells_that_no_model_changes(clip):
    told = stage_data(shown(clip, Edit(order="reversed")))["cells"][0][0]["told"]
    assert told.startswith("Here no model changes its answer")

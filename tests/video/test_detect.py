"""The detector: its anchors, the decoding of its boxes, tiles, suppression."""

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reid_core.video import Detections, PersonDetector
from reid_core.video.detect import OVERLAP, anchors, decode_boxes, distinct, tiles


def slow_anchors() -> list[tuple[float, float, float, float]]:
    """The model's description, word for word: centre y, centre x, height, width."""
    found = []
    for layer, grid in enumerate((19, 10, 5, 3, 2, 1)):
        scale = (0.2, 0.35, 0.5, 0.65, 0.8, 0.95)[layer]
        following = (0.35, 0.5, 0.65, 0.8, 0.95, 1.0)[layer]
        boxes = [(scale, 1), (scale, 2), (scale, 0.5), (scale, 3), (scale, 0.3333), (math.sqrt(scale * following), 1)]
        if layer == 0:
            boxes = [(0.1, 1), (0.2, 2), (0.2, 0.5)]
        for row in range(grid):
            for column in range(grid):
                for s, aspect in boxes:
                    w, h = s * math.sqrt(aspect), s / math.sqrt(aspect)
                    found.append(((row + 0.5) / grid, (column + 0.5) / grid, h, w))
    return found


def test_anchors_are_those_of_the_description() -> None:
    assert anchors().shape == (1917, 4)
    np.testing.assert_allclose(anchors(), slow_anchors(), atol=1e-6)


def test_boxes_are_decoded_as_one_by_one() -> None:
    encodings = np.random.default_rng(0).normal(0, 3, (1917, 4)).astype(np.float32)
    expected = []
    for (y, x, h, w), (ay, ax, ah, aw) in zip(encodings.tolist(), slow_anchors(), strict=True):
        cy, cx, height, width = y / 10 * ah + ay, x / 10 * aw + ax, ah * math.exp(h / 5), aw * math.exp(w / 5)
        expected.append((cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2))
    np.testing.assert_allclose(decode_boxes(encodings), expected, atol=1e-5)
    assert np.std(expected) > 0.1


def test_a_box_decoded_by_hand() -> None:
    # The last anchor but five: the one cell of the last layer, s = 0.95, aspect 1: centre 0.5, 0.5, size 0.95 x 0.95.
    encodings = np.zeros((1917, 4), np.float32)
    encodings[-6] = (1, -2, 5 * math.log(0.5), 5 * math.log(0.2))
    # cy = 0.5 + 0.095, cx = 0.5 - 0.19, h = 0.475, w = 0.19
    np.testing.assert_allclose(decode_boxes(encodings)[-6], (0.215, 0.3575, 0.405, 0.8325), atol=1e-6)


def test_tiles_of_a_frame_by_hand() -> None:
    assert tiles(576, 768) == [(x, y, 432) for y in (0, 144) for x in (0, 168, 336)]


def test_a_large_frame_has_tiles_of_1080_too() -> None:
    found = tiles(2160, 3840)
    assert [side for *_, side in found] == [1080] * 3 * 5 + [1620] * 2 * 3
    assert {(left, top) for left, top, side in found if side == 1080} == {
        (left, top) for top in (0, 540, 1080) for left in (0, 690, 1380, 2070, 2760)
    }
    assert {side for *_, side in tiles(1080, 1920)} == {810}


@pytest.mark.parametrize(("height", "width"), [(540, 960), (960, 540), (300, 300), (100, 900), (3, 5), (2160, 3840)])
def test_tiles_lie_in_the_frame_cover_it_and_overlap(height: int, width: int) -> None:
    covered = np.zeros((height, width), int)
    for left, top, side in tiles(height, width):
        assert 0 <= left <= width - side and 0 <= top <= height - side
        covered[top : top + side, left : left + side] += 1
    assert covered.min() >= 1 and covered.max() >= 2


def test_of_boxes_on_one_person_the_best_remains() -> None:
    boxes = np.array([[0, 0, 10, 20], [1, 0, 11, 20], [50, 0, 60, 20]], np.float32)
    found = distinct(boxes, np.array([0.5, 0.9, 0.7], np.float32))
    np.testing.assert_array_equal(found.boxes, boxes[[1, 2]])
    np.testing.assert_allclose(found.scores, [0.9, 0.7])


def test_suppression_is_that_of_supervision() -> None:
    import supervision

    rng = np.random.default_rng(0)
    corners = rng.uniform(-5, 300, (40, 2))
    boxes = np.hstack([corners, corners + rng.uniform(5, 200, (40, 2))]).astype(np.float32)
    scores = rng.uniform(0.25, 1, 40).astype(np.float32)
    expected = supervision.Detections(xyxy=boxes, confidence=scores).with_nms(OVERLAP, class_agnostic=True)
    best_first = np.argsort(-expected.confidence)
    found = distinct(boxes, scores)
    assert 5 < len(found) < 35
    np.testing.assert_array_equal(found.boxes, expected.xyxy[best_first])
    np.testing.assert_array_equal(found.scores, expected.confidence[best_first])


def test_nobody_is_a_result_too() -> None:
    assert len(distinct(np.empty((0, 4), np.float32), np.empty(0, np.float32))) == 0


def test_boxes_and_scores_must_agree() -> None:
    with pytest.raises(ValueError, match=r"boxes must have shape \(2, 4\).* got \(3, 4\)"):
        Detections(np.zeros((3, 4), np.float32), np.zeros(2, np.float32))


class Sees:
    """Stands in for the network: one person, at an anchor, wherever a picture holds something bright."""

    def __init__(self, anchor: int) -> None:
        self.anchor, self.calls = anchor, 0

    def run(self, _: list[str], feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        (image,) = feed.values()
        assert image.shape == (1, 300, 300, 3) and image.dtype == np.float32
        self.calls += 1
        logits = np.full((1, 1917, 24), -9, np.float32)
        logits[0, self.anchor, 4] = 2 if image.max() > 0.9 else -9
        logits[0, 100, 7] = 9  # surely something else
        return [np.zeros((1, 1917, 4), np.float32), logits]


@pytest.fixture(scope="module")
def detector() -> PersonDetector:
    return PersonDetector(threads=1)


def test_an_empty_frame_holds_nobody(detector: PersonDetector) -> None:
    for level in (0, 128, 255):
        assert len(detector(np.full((120, 160, 3), level, np.uint8))) == 0


def test_a_person_is_told_in_pixels_of_the_frame(detector: PersonDetector, monkeypatch: Any) -> None:
    monkeypatch.setattr(detector, "_session", seen := Sees(anchor=-4))  # 0.95 / sqrt(0.5) high: clipped to the frame
    found = detector(np.full((200, 400, 3), 255, np.uint8))
    width = 400 * 0.95 * math.sqrt(0.5)
    np.testing.assert_allclose(found.boxes, [[200 - width / 2, 0, 200 + width / 2, 200]], atol=0.01)
    np.testing.assert_allclose(found.scores, [1 / (1 + math.exp(-2))])
    assert seen.calls == 1  # who fills the frame needs no tiles


def test_a_small_person_is_looked_for_in_tiles(detector: PersonDetector, monkeypatch: Any) -> None:
    anchor = 3 * (9 * 19 + 9)  # in the very middle, a tenth of the picture
    monkeypatch.setattr(detector, "_session", seen := Sees(anchor))
    frame = np.zeros((576, 768, 3), np.uint8)
    frame[500:, 700:] = 255  # seen by the whole frame and by the tile (336, 144) alone
    found = detector(frame)
    assert seen.calls == 1 + 6
    expected = [[345.6, 259.2, 422.4, 316.8], [552 - 21.6, 360 - 21.6, 552 + 21.6, 360 + 21.6]]
    np.testing.assert_allclose(sorted(found.boxes.tolist()), expected, atol=0.01)
    np.testing.assert_allclose(found.scores, 1 / (1 + math.exp(-2)) - 0.1)  # small, less certain


def test_what_the_inner_edge_of_a_tile_cuts_is_left_to_its_neighbour(
    detector: PersonDetector, monkeypatch: Any
) -> None:
    monkeypatch.setattr(
        detector, "_session", Sees(anchor=3 * 19 * 9)
    )  # at the left border, in the middle of the height
    frame = np.full((576, 768, 3), 255, np.uint8)
    assert {left for left, *_ in detector(frame).boxes.tolist()} == {0.0}
    assert len(detector.part(frame, 168, 0, 600, 432)) == 0
    assert len(detector.part(frame, 0, 0, 432, 432)) == 1


def test_the_runtime_is_told_to_report_to_nobody_before_it_is_there(tmp_path: Path) -> None:
    told = "import os\nprint(os.environ.get('ORT_DISABLE_TELEMETRY'))\nraise SystemExit\n"
    (tmp_path / "onnxruntime.py").write_text(told)
    home = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{home}"}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    command = [sys.executable, "-c", "import reid_core.video.detect"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert said == "1\n"

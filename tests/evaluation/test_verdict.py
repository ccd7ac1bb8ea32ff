from pathlib import Path

import numpy as np
import pytest

from reid_core.data import InputConfig, measure
from reid_core.evaluation import (
    Calibration,
    Subject,
    compare,
    compare_all,
    embed,
    find_subject,
    parse_crop,
    subject_of,
    uncertain_range,
)
from reid_core.model import Checkpoint
from reid_core.video import Detections, Tracklet, VideoError
from tests.fixtures_video import film
from tests.tiny import tiny_network

INPUT = InputConfig(channels=("yuv",))
CALIBRATION = Calibration(1.0, 0.25, 0.1, "nobody", (0.0, 1.0), (1,), (1,))


def checkpoint(name: str = "tiny", head: str = "utrcnn", calibration: Calibration | None = CALIBRATION) -> Checkpoint:
    stored = calibration.to_dict() if calibration else None
    return Checkpoint(name=name, network=tiny_network(head, input_=INPUT), card={}, calibration=stored)


def tracklet(length: int, seed: int = 0) -> Tracklet:
    frames = np.random.default_rng(seed).integers(0, 256, (length, 128, 64, 3), dtype=np.uint8)
    return Tracklet(frames, np.arange(length) / 10, np.zeros((length, 4), np.float32))


def subject(name: str = "a", length: int = 16, seed: int = 0) -> Subject:
    return subject_of(name, tracklet(length, seed), "full")


def street(length: int = 20) -> bytes:
    """A wide video with a noisy patch; where it is, the detector below says."""
    frames = np.full((length, 120, 160, 3), 90, np.uint8)
    frames[:, 20:100, 60:100] = np.random.default_rng(0).integers(0, 256, (80, 40, 3))
    return film(frames)


class Detector:
    """Sees a person in every frame, or nobody."""

    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        self.boxes = boxes

    def __call__(self, frame: np.ndarray) -> Detections:
        boxes = np.array(self.boxes, np.float32).reshape(-1, 4)
        return Detections(boxes, np.full(len(boxes), 0.9, np.float32))


def no_detector() -> Detector:
    raise AssertionError("nobody should be looked for")


def test_a_crop_is_a_word_or_a_box() -> None:
    assert (parse_crop("auto"), parse_crop("full")) == ("auto", "full")
    assert parse_crop("1,2.5, 30,40") == (1, 2.5, 30, 40)


@pytest.mark.parametrize("text", ["", "whole", "1,2,3", "1,2,3,4,5", "a,b,c,d"])
def test_anything_else_is_no_crop(text: str) -> None:
    with pytest.raises(ValueError, match=f"crop must be auto, full or X,Y,W,H in pixels, got '{text}'"):
        parse_crop(text)


def test_the_whole_frame_needs_no_detector() -> None:
    found = find_subject(street(), "s.mkv", "full", no_detector)
    assert (found.name, found.crop, found.warnings) == ("s.mkv", "full", ())
    assert found.tracklet.boxes[0].tolist() == [0, 0, 160, 120]
    assert np.array_equal(found.measured.colour, measure(found.tracklet.frames).colour)


def test_a_box_needs_no_detector_either() -> None:
    found = find_subject(street(), "s.mkv", (60, 20, 40, 80), no_detector)
    assert found.crop == "60,20,40,80"
    assert found.tracklet.boxes[0].tolist() == [60, 20, 100, 100]


def test_a_box_outside_the_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="box must be X,Y,W,H inside the frame of 160 x 120 pixels"):
        find_subject(street(), "s.mkv", (100, 20, 400, 80), no_detector)


def test_of_a_street_the_person_seen_longest_is_cut_out() -> None:
    found = find_subject(street(), "s.mkv", "auto", lambda: Detector((60, 20, 100, 100)))
    assert (found.crop, found.warnings) == ("auto", ())
    left, top, right, bottom = found.tracklet.boxes[10]
    assert 50 < left <= 60 and 5 < top <= 20 and 100 <= right < 110 and 100 <= bottom < 115


def test_a_video_that_is_a_person_is_used_whole() -> None:
    crop = film(np.random.default_rng(0).integers(0, 256, (20, 128, 64, 3), dtype=np.uint8))
    found = find_subject(crop, "p.mkv", "auto", lambda: Detector((2, 2, 62, 126)))
    assert (found.crop, found.warnings) == ("full", ())


def test_where_nobody_is_found_the_whole_frame_is_used_with_a_warning() -> None:
    found = find_subject(street(), "s.mkv", "auto", Detector)
    assert found.crop == "full"
    assert found.warnings == ("nobody was found in s.mkv; the whole frame was used",)


def test_few_frames_are_worth_a_warning() -> None:
    assert subject(length=16).warnings == ()
    (warning,) = subject(length=15).warnings
    assert warning == "a shows the person in 15 frames only; verdicts on fewer than 16 are weak"


def test_a_video_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(VideoError):
        find_subject(b"no video", "x.mp4", "full", no_detector)
    with pytest.raises((VideoError, OSError)):
        find_subject(Path("absent.mp4"), "absent.mp4", "full", no_detector)


def test_the_distance_is_that_of_the_two_embeddings() -> None:
    network = checkpoint().network
    a, b = subject("a", 20), subject("b", 130, seed=1)
    result = compare(a, b, checkpoint())
    expected = float((embed(network, a.measured).embedding - embed(network, b.measured).embedding).norm())
    assert expected > 1e-3
    assert result.distance == pytest.approx(expected, rel=1e-4)
    assert result.threshold == 1.0
    assert result.verdict == CALIBRATION.verdict(result.distance)
    assert result.probability_same == CALIBRATION.probability_same(result.distance)
    assert (result.checkpoint, result.frames, result.crop) == ("tiny", (20, 128), ("full", "full"))


def test_a_video_is_the_same_person_as_itself() -> None:
    result = compare(subject(), subject(), checkpoint())
    assert (result.distance, result.verdict) == (0, "same")


def test_warnings_of_both_videos_are_kept() -> None:
    result = compare(subject("a", 3), subject("b", 4), checkpoint())
    assert [warning.split()[0] for warning in result.warnings] == ["a", "b"]


def test_all_checkpoints_answer_in_order() -> None:
    results = compare_all(subject("a"), subject("b", seed=1), (checkpoint("one"), checkpoint("two", "mean")))
    assert [result.checkpoint for result in results] == ["one", "two"]
    assert results[0].distance != results[1].distance


def test_a_checkpoint_without_calibration_gives_no_verdict() -> None:
    with pytest.raises(ValueError, match="checkpoint bare must carry a calibration to give verdicts, it has none"):
        compare(subject(), subject(), checkpoint("bare", calibration=None))


def test_the_uncertain_range_is_where_the_verdict_is_uncertain() -> None:
    near, far = uncertain_range(CALIBRATION)
    assert near < 1 < far
    verdicts = [CALIBRATION.verdict(distance) for distance in (near - 1e-6, near + 1e-6, far - 1e-6, far + 1e-6)]
    assert verdicts == ["same", "uncertain", "uncertain", "different"]

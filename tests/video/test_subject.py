"""From a video to its person: the one seen longest, the whole frame, a box, or the one that is pointed at."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reid_core.video import (
    Detections,
    Scene,
    Tracklet,
    VideoError,
    cut_out,
    decode,
    find_subject,
    parse_crop,
    person_of,
)
from tests.fixtures_video import film


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


def scene(*lengths: int, kind: str = "people") -> Scene:
    """Named s.mkv, with a person of each length."""
    people = [
        Tracklet(np.zeros((n, 128, 64, 3), np.uint8), np.arange(n) / 10, np.zeros((n, 4), np.float32)) for n in lengths
    ]
    return Scene("s.mkv", tuple(people), kind, ("dark",))  # type: ignore[arg-type]


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
    assert found.doubts == ("nobody was found in s.mkv; the whole frame was used",)


def test_one_of_a_scene_is_told_by_the_place_and_bears_the_warnings_of_the_video() -> None:
    several = scene(30, 20)
    first, second = person_of(several), person_of(several, 1)
    assert (first.name, first.crop, first.warnings) == ("s.mkv", "auto", ("dark",))
    assert first.tracklet is several.tracklets[0]
    assert (second.crop, second.tracklet) == ("person 2", several.tracklets[1])
    assert person_of(scene(20, kind="person")).crop == "full"


def test_few_frames_are_worth_a_warning() -> None:
    assert person_of(scene(16)).warnings == ("dark",)
    said = "s.mkv shows the person in 15 frames only; verdicts on fewer than 16 are weak"
    assert person_of(scene(15)).warnings == ("dark", said)
    assert cut_out(decode(street(15), "s.mkv"), "full").warnings == (said,)


def test_flawed_frames_are_not_used_but_counted_and_kept_to_be_shown() -> None:
    people = scene(30)
    flaws = ("hidden",) * 4 + ("cut off",) * 2 + ("",) * 24
    (tracklet,) = (replace(one, flaws=flaws) for one in people.tracklets)
    subject = person_of(replace(people, tracklets=(tracklet,)))
    assert (len(subject.tracklet), subject.whole) == (24, tracklet)
    assert subject.left_out == {"cut off": 2, "hidden": 4}


def test_without_flaws_all_frames_are_used() -> None:
    subject = person_of(scene(30))
    assert subject.whole is subject.tracklet and not subject.left_out


def test_a_video_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(VideoError):
        find_subject(b"no video", "x.mp4", "full", no_detector)
    with pytest.raises((VideoError, OSError)):
        find_subject(Path("absent.mp4"), "absent.mp4", "full", no_detector)

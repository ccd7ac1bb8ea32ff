"""Who is in a video, told by a detector that says what the test wants."""

from collections.abc import Callable

import numpy as np
import pytest

from reid_core.video import Detections, Scene, Video, boxed, find_people, whole_frame
from reid_core.video.frame import fitted

Boxes = list[tuple[float, float, float, float]]


class Says:
    """A detector that reads a frame's number from its first pixel and answers by formula."""

    def __init__(self, answer: Callable[[int], Boxes], score: float = 0.8) -> None:
        self.answer, self.score = answer, score
        self.asked: list[int] = []

    def __call__(self, frame: np.ndarray) -> Detections:
        number = int(frame[0, 0, 0])
        self.asked.append(number)
        boxes = np.array(self.answer(number), np.float32).reshape(-1, 4)
        return Detections(boxes, np.full(len(boxes), self.score, np.float32))


def footage(count: int = 40, height: int = 240, width: int = 320) -> Video:
    """Frames whose first pixel holds their number, the rest at random."""
    frames = np.random.default_rng(0).integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    frames[:, 0, 0, 0] = np.arange(count)
    return Video("x", frames, np.arange(count) / 10)


def nobody(_: int) -> Boxes:
    return []


def test_people_of_a_scene_come_longest_first() -> None:
    two = Says(lambda i: [(20 + 3 * i, 50, 60 + 3 * i, 170)] + ([(250, 60, 290, 180)] if i >= 20 else []))
    scene = find_people(footage(), two)
    assert scene.kind == "people"
    assert [len(t) for t in scene.tracklets] == [40, 20]
    np.testing.assert_allclose(scene.tracklets[1].boxes[10], (250, 60, 290, 180), atol=0.1)
    assert scene.tracklets[1].times_s[0] == 2.0


def test_an_empty_scene_says_so() -> None:
    scene = find_people(footage(), Says(nobody))
    assert scene.kind == "nobody" and scene.tracklets == ()


def test_a_long_video_is_looked_at_every_second_frame_and_at_its_end() -> None:
    detector = Says(nobody)
    told: list[tuple[str, int, int | None]] = []
    find_people(footage(40), detector, lambda *args: told.append(args))
    assert detector.asked == [*range(0, 40, 2), 39]
    assert told == [("detect", n, 21) for n in range(1, 22)]


def test_a_short_video_is_looked_at_in_every_frame() -> None:
    detector = Says(lambda i: [(20 + i, 50, 60 + i, 170)])
    scene = find_people(footage(4), detector)
    assert detector.asked == [0, 1, 2, 3]
    assert len(scene.tracklets[0]) == 4


def test_progress_may_stop_the_work() -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_people(footage(), Says(nobody), stop)


@pytest.mark.parametrize("box", [(0, 0, -1), (0, 0, 9, 9, 9), (0, 0, 9, "far"), (0, 0, 9, float("nan")), None, 7])
def test_what_is_no_box_is_refused_in_one_sentence(box: object) -> None:
    with pytest.raises(ValueError, match="box must be X,Y,W,H inside the frame of 320 x 240 pixels, got "):
        boxed(footage(2), box)


# A person cut out already


@pytest.mark.parametrize(
    ("height", "width", "boxes", "kind"),
    [
        (400, 200, [(30, 20, 170, 390)], "person"),  # tall and filled
        (400, 300, [(30, 20, 170, 390)], "people"),  # not tall
        (400, 200, [(30, 20, 60, 120)], "people"),  # a small person in a tall picture
        (400, 200, [(0, 20, 90, 390), (110, 20, 199, 390)], "people"),  # two
        (400, 200, [], "nobody"),
        (128, 64, [], "person"),  # too small for the detector
        (128, 64, [(5, 5, 60, 120)], "person"),
        (128, 64, [(5, 60, 30, 120)], "person"),  # and not to be trusted with parts
        (128, 64, [(0, 5, 30, 120), (34, 5, 63, 120)], "people"),
    ],
)
def test_a_person_who_was_cut_out_is_recognised(height: int, width: int, boxes: Boxes, kind: str) -> None:
    video = footage(20, height, width)
    scene = find_people(video, Says(lambda _: boxes))
    assert scene.kind == kind
    if kind == "person":
        np.testing.assert_array_equal(scene.tracklets[0].frames, whole_frame(video).frames)


def test_a_second_person_who_is_not_clear_does_not_count() -> None:
    both = Says(lambda _: [(0, 20, 90, 390), (110, 20, 199, 390)], score=0.4)
    assert find_people(footage(20, 400, 200), both).kind == "person"


def test_a_passer_by_in_few_frames_does_not_count() -> None:
    passer = Says(lambda i: [(30, 20, 170, 390)] + ([(0, 20, 50, 390)] if i < 3 else []))
    assert find_people(footage(20, 400, 200), passer).kind == "person"


def test_who_enters_a_tall_video_and_leaves_it_is_not_cut_out_already() -> None:
    """Five looks, at most of which the person is there, do not tell."""
    visitor = Says(lambda i: [(30, 20, 170, 390)] if 8 <= i < 36 else [])
    scene = find_people(footage(40, 400, 200), visitor)
    assert scene.kind == "people"
    assert scene.tracklets[0].times_s[0] >= 0.8 and scene.tracklets[0].times_s[-1] <= 3.6


def test_a_frame_in_which_the_detector_misses_a_person_who_was_cut_out_does_not_count() -> None:
    missed = Says(lambda i: [] if i == 7 else [(30, 20, 170, 390)])
    assert find_people(footage(20, 400, 200), missed).kind == "person"


# The whole frame, a box


def test_the_whole_frame_is_used_from_edge_to_edge() -> None:
    video = footage(6, 120, 80)
    tracklet = whole_frame(video)
    np.testing.assert_array_equal(tracklet.frames[3], fitted(video.frames[3]))
    np.testing.assert_array_equal(tracklet.boxes, [[0, 0, 80, 120]] * 6)
    np.testing.assert_array_equal(tracklet.times_s, video.times_s)


def test_a_box_by_numbers_cuts_exactly_that() -> None:
    video = footage(6, 200, 300)
    tracklet = boxed(video, (100, 50, 64, 128))
    np.testing.assert_array_equal(tracklet.frames, video.frames[:, 50:178, 100:164])
    np.testing.assert_array_equal(tracklet.boxes[0], (100, 50, 164, 178))


@pytest.mark.parametrize(
    "box",
    [(-1, 0, 10, 10), (0, 0, 0, 10), (0, 0, 10, -5), (295, 0, 10, 10), (0, 195, 10, 10), (float("nan"), 0, 5, 5)],
)
def test_a_box_outside_of_the_frame_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="box must be X,Y,W,H inside the frame of 300 x 200 pixels, got"):
        boxed(footage(4, 200, 300), box)


def test_a_thin_box_at_the_edge_still_gives_a_picture() -> None:
    assert boxed(footage(4, 200, 300), (299.6, 199.7, 0.4, 0.3)).frames.shape == (4, 128, 64, 3)


def test_a_scene_must_be_consistent() -> None:
    with pytest.raises(ValueError, match="'people' does not go with 0 tracklets"):
        Scene("x", (), "people")
    with pytest.raises(ValueError, match="kind must be"):
        Scene("x", (), "crowd")  # type: ignore[arg-type]

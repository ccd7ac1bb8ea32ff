"""From detections to tracklets, on people who walk by formula."""

from collections.abc import Callable

import numpy as np
import pytest

from reid_core.video import Detections, Tracklet, Video
from reid_core.video.frame import fitted
from reid_core.video.track import Track, crop, cut, link

Walk = Callable[[int], tuple[float, float, float, float] | None]


def walk(x: float, speed: float, y: float = 100) -> Walk:
    """A person of 30 x 90 pixels who moves ``speed`` pixels a frame."""
    return lambda i: (x + speed * i, y, x + speed * i + 30, y + 90)


def seen(people: list[Walk], indices: range, score: float = 0.7) -> dict[int, Detections]:
    """What a perfect detector says of the frames ``indices``."""
    boxes = {i: [b for b in (person(i) for person in people) if b is not None] for i in indices}
    return {
        i: Detections(np.array(b, np.float32).reshape(-1, 4), np.full(len(b), score, np.float32))
        for i, b in boxes.items()
    }


TIMES, WIDTH = np.arange(100) / 10, 1000


def test_two_people_who_pass_each_other_stay_two() -> None:
    people = [walk(50, 4), walk(400, -4, y=130)]
    tracks = link(seen(people, range(0, 80, 2)), TIMES, WIDTH)
    assert len(tracks) == 2
    for track in tracks:
        person = min(people, key=lambda p: abs(p(0)[0] - track.boxes[0, 0]))  # type: ignore[index]
        np.testing.assert_allclose(track.boxes, [person(int(i)) for i in track.indices], atol=1e-3)


def test_boxes_between_detections_move_evenly() -> None:
    (track,) = link(seen([walk(50, 4)], range(0, 40, 4)), TIMES, WIDTH)
    np.testing.assert_array_equal(track.indices, np.arange(37))
    np.testing.assert_allclose(track.boxes[:, 0], 50 + 4 * np.arange(37), atol=1e-3)


def test_frames_at_which_the_detector_missed_the_person_and_those_next_to_them_are_not_seen() -> None:
    missed: Walk = lambda i: None if i in (10, 12) else walk(50, 4)(i)  # noqa: E731
    (track,) = link(seen([missed], range(0, 40, 2)), TIMES, WIDTH)
    assert np.flatnonzero(~track.seen).tolist() == [9, 10, 11, 12, 13]


def test_four_frames_make_a_track_and_three_do_not() -> None:
    (track,) = link(seen([walk(50, 4)], range(4)), TIMES, WIDTH)
    np.testing.assert_array_equal(track.indices, [0, 1, 2, 3])
    assert link(seen([walk(50, 4)], range(3)), TIMES, WIDTH) == []


def test_the_longest_track_comes_first() -> None:
    late: Walk = lambda i: walk(300, 0)(i) if i >= 30 else None  # noqa: E731
    tracks = link(seen([late, walk(50, 1)], range(50)), TIMES, WIDTH)
    assert [len(t.indices) for t in tracks] == [50, 20]


def test_a_flicker_is_nobody() -> None:
    flicker: Walk = lambda i: walk(300, 0)(i) if i in (10, 11, 40) else None  # noqa: E731
    (track,) = link(seen([walk(50, 1), flicker], range(60)), TIMES, WIDTH)
    assert track.boxes[:, 0].max() < 200


@pytest.mark.parametrize(("gap", "tracks"), [(6, 1), (30, 2)])
def test_who_is_hidden_for_a_moment_comes_back_as_the_same(gap: int, tracks: int) -> None:
    hidden: Walk = lambda i: None if 30 <= i < 30 + gap else walk(50, 2)(i)  # noqa: E731
    assert len(link(seen([hidden], range(90)), TIMES, WIDTH)) == tracks


def test_who_comes_in_at_the_edge_as_another_leaves_is_another() -> None:
    leaves_and_comes: Walk = lambda i: walk(WIDTH - 30 - 5 * abs(i - 40), 0)(i)  # noqa: E731
    tracks = link(seen([leaves_and_comes], range(0, 80, 2)), TIMES, WIDTH)
    assert sorted((int(t.indices[0]), int(t.indices[-1])) for t in tracks) == [(0, 38), (40, 78)]


def test_weak_detections_never_begin_a_track() -> None:
    assert link(seen([walk(50, 2)], range(50), score=0.3), TIMES, WIDTH) == []


def test_weak_detections_continue_a_track() -> None:
    detections = seen([walk(50, 2)], range(10)) | seen([walk(50, 2)], range(10, 40), score=0.3)
    (track,) = link(detections, TIMES, WIDTH)
    assert len(track.indices) == 40


def test_no_detections_give_no_tracks() -> None:
    assert link({}, TIMES, WIDTH) == []
    assert link(seen([], range(50)), TIMES, WIDTH) == []


# Crops


def slow_crop(frame: np.ndarray, top: int, left: int, height: int, width: int) -> np.ndarray:
    """Pixel by pixel, the nearest one of the frame where there is none."""
    out = np.zeros((height, width, 3), np.uint8)
    for row in range(height):
        for column in range(width):
            y, x = min(max(top + row, 0), frame.shape[0] - 1), min(max(left + column, 0), frame.shape[1] - 1)
            out[row, column] = frame[y, x]
    return out


@pytest.mark.parametrize(
    ("box", "top", "left", "height", "width"),
    [
        ((60, 40, 90, 140), 30, 45, 120, 60),  # 100 high: 120 with the margin; as wide as half of that
        ((40, 40, 140, 140), -30, 30, 240, 120),  # 100 wide: 120 with the margin; twice as high
        ((-10, 0, 20, 100), -10, -25, 120, 60),  # over the border: its pixels are repeated
    ],
)
def test_a_crop_by_hand(box: tuple[float, ...], top: int, left: int, height: int, width: int) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (180, 200, 3), dtype=np.uint8)
    expected = fitted(slow_crop(frame, top, left, height, width))
    np.testing.assert_array_equal(crop(frame, np.array(box, np.float32)), expected)


def test_a_crop_of_the_right_size_is_the_frame_itself() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    found = crop(frame, np.array([50, 20, 114, 148], np.float32), margin=0)
    np.testing.assert_array_equal(found, frame[20:148, 50:114])


@pytest.mark.parametrize("box", [(5, 5, 5, 5), (-300, -300, -200, -200), (0, 0, 500, 500)])
def test_odd_boxes_still_give_a_picture(box: tuple[float, ...]) -> None:
    assert (
        crop(np.full((50, 50, 3), 7, np.uint8), np.array(box, np.float32)).tolist() == np.full((128, 64, 3), 7).tolist()
    )


def test_shrinking_averages_instead_of_picking() -> None:
    stripes = np.zeros((512, 256, 3), np.uint8)
    stripes[::2] = 200
    np.testing.assert_array_equal(fitted(stripes), 100)


def test_a_tracklet_shows_the_person_at_the_frames_times() -> None:
    frames = np.zeros((20, 200, 300, 3), np.uint8)
    indices = np.arange(5, 15)
    boxes = np.array([[100 + 4 * i, 50, 130 + 4 * i, 150] for i in indices], np.float32)
    for i, (left, top, right, bottom) in zip(indices, boxes.astype(int), strict=True):
        frames[i, top:bottom, left:right] = 255
    tracklet = cut(Video("x", frames, np.arange(20) / 5), Track(indices, boxes, np.ones(len(boxes), bool)))
    assert tracklet.frames.shape == (10, 128, 64, 3)
    np.testing.assert_allclose(tracklet.times_s, indices / 5)
    assert tracklet.duration_s == pytest.approx(1.8)
    np.testing.assert_array_equal(tracklet.thumbnail, tracklet.frames[5])
    assert (tracklet.frames[2:-2, 64, 20:44] == 255).all()  # in the middle of each
    assert (tracklet.frames[:, 2] == 0).all()  # the margin
    np.testing.assert_allclose(tracklet.boxes[2:-2], boxes[2:-2], atol=1e-3)  # smoothing keeps an even walk


def test_smoothing_calms_a_box_that_trembles() -> None:
    noise = np.random.default_rng(0).normal(0, 3, (50, 4))
    boxes = (np.array([100, 50, 130, 150]) + noise).astype(np.float32)
    video = Video("x", np.zeros((50, 200, 300, 3), np.uint8), np.arange(50) / 10)
    smooth = cut(video, Track(np.arange(50), boxes, np.ones(50, bool))).boxes
    expected = [boxes[i - 2 : i + 3].mean(axis=0) for i in range(2, 48)]
    np.testing.assert_allclose(smooth[2:-2], expected, rtol=1e-5)


def test_smoothing_leaves_who_stands_still_in_place_from_first_to_last_frame() -> None:
    boxes = np.tile(np.array([100, 50, 130, 150], np.float32), (10, 1))
    video = Video("x", np.zeros((10, 200, 300, 3), np.uint8), np.arange(10) / 10)
    np.testing.assert_allclose(cut(video, Track(np.arange(10), boxes, np.ones(10, bool))).boxes, boxes)


def test_a_tracklet_must_be_consistent() -> None:
    with pytest.raises(ValueError, match=r"boxes must have shape \(3, 4\)"):
        Tracklet(np.zeros((3, 128, 64, 3), np.uint8), np.arange(3.0), np.zeros((2, 4), np.float32))
    with pytest.raises(ValueError, match="one frame or more"):
        Tracklet(np.zeros((0, 128, 64, 3), np.uint8), np.zeros(0), np.zeros((0, 4), np.float32))

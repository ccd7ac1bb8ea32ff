"""Tracks that are put right."""

import numpy as np
import pytest

from reid_core.video import Scene, Tracklet, join, may_be_one, split


def tracklet(start: int, stop: int, shade: int = 0, flaws: tuple[str, ...] = ()) -> Tracklet:
    """Frames whose first pixel holds their number in the video."""
    frames = np.full((stop - start, 128, 64, 3), shade, np.uint8)
    frames[:, 0, 0, 0] = np.arange(start, stop)
    boxes = np.arange(start, stop, dtype=np.float32)[:, None].repeat(4, 1)
    return Tracklet(frames, np.arange(start, stop) / 10, boxes, flaws)


def numbers(one: Tracklet) -> list[int]:
    """Which frames of the video a tracklet has, and that times and boxes are theirs."""
    found = one.frames[:, 0, 0, 0].tolist()
    np.testing.assert_allclose(one.times_s, np.array(found) / 10)
    np.testing.assert_array_equal(one.boxes[:, 2], found)
    return found


SCENE = Scene(
    "x", (tracklet(0, 20, flaws=("hidden",) * 5 + ("",) * 15), tracklet(0, 8, 1), tracklet(12, 18, 2)), "people"
)


def test_from_a_frame_on_a_track_is_somebody_else_who_comes_last() -> None:
    parted = split(SCENE, 0, 7)
    assert [numbers(one) for one in parted.tracklets] == [
        [*range(7)],
        [*range(8)],
        [*range(12, 18)],
        [*range(7, 20)],
    ]
    assert parted.tracklets[0].flaws == ("hidden",) * 5 + ("",) * 2 and parted.tracklets[3].flaws == ("",) * 13
    assert parted.tracklets[1] is SCENE.tracklets[1]


@pytest.mark.parametrize("frame", [-1, 0, 20])
def test_no_part_is_empty(frame: int) -> None:
    with pytest.raises(ValueError, match=f"frame must be from 1 to 19, so that both parts have one, got {frame}"):
        split(SCENE, 0, frame)


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_two_tracks_of_one_person_follow_each_other_in_time(order: tuple[int, int]) -> None:
    joined = join(SCENE, *order)
    assert len(joined.tracklets) == 2 and joined.tracklets[0] is SCENE.tracklets[0]
    assert numbers(joined.tracklets[1]) == [*range(8), *range(12, 18)]


def test_who_is_split_is_joined_again() -> None:
    again = join(split(SCENE, 0, 7), 0, 3).tracklets[0]
    assert numbers(again) == [*range(20)] and again.flaws == SCENE.tracklets[0].flaws


def test_flaws_stay_with_their_frames_where_only_one_of_two_was_looked_at() -> None:
    scene = Scene("x", (tracklet(10, 14), tracklet(0, 2, flaws=("hidden", ""))), "people")
    assert join(scene, 0, 1).tracklets[0].flaws == ("hidden", "", "", "", "", "")


@pytest.mark.parametrize(("place", "other"), [(0, 1), (0, 2), (1, 1)])
def test_who_is_seen_at_one_time_is_not_one_person(place: int, other: int) -> None:
    assert not may_be_one(SCENE, place, other) and may_be_one(SCENE, 1, 2)
    with pytest.raises(ValueError, match="tracks must be two that are never seen at one time"):
        join(SCENE, place, other)

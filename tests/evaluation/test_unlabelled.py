"""Pairs whose kind follows from when people were seen."""

import numpy as np

from reid_core.evaluation import pieces, unlabelled_pairs
from reid_core.video import Tracklet


def tracklet(length: int, start: int = 0) -> Tracklet:
    frames = np.zeros((length, 128, 64, 3), np.uint8)
    return Tracklet(frames, start + np.arange(float(length)), np.zeros((length, 4), np.float32))


def times(*parts: Tracklet) -> list[tuple[int, int]]:
    return [(int(part.times_s[0]), int(part.times_s[-1])) for part in parts]


def test_pieces_are_the_first_and_the_last_third() -> None:
    ((first, last),) = pieces(tracklet(30))
    assert times(first, last) == [(0, 9), (20, 29)]


def test_pieces_of_a_long_track_are_from_its_middle() -> None:
    """Sixteen frames, twenty-eight between, sixteen: sixty of a hundred, from the twentieth on."""
    ((first, last),) = pieces(tracklet(100))
    assert times(first, last) == [(20, 35), (64, 79)]


def test_a_track_too_short_for_pieces_has_none() -> None:
    assert pieces(tracklet(23)) == [] and len(pieces(tracklet(24))) == 1


def test_people_of_one_moment_are_two_and_are_looked_at_in_that_moment() -> None:
    """The second comes while the first is there, the third when both are gone: it may be either."""
    found = unlabelled_pairs([[tracklet(40), tracklet(40, start=30), tracklet(40, start=80)]])
    assert [same for *_, same in found] == [True, True, True, False]
    a, b, _ = found[-1]
    assert times(a, b) == [(30, 39), (30, 39)]


def test_who_are_seen_together_for_a_moment_only_make_no_pair() -> None:
    assert [same for *_, same in unlabelled_pairs([[tracklet(20), tracklet(20, start=13)]])] == []


def test_of_a_long_time_together_the_middle_is_taken() -> None:
    a, b, same = unlabelled_pairs([[tracklet(20), tracklet(20)]])[-1]
    assert not same and times(a, b) == [(2, 17), (2, 17)]


def test_people_of_two_videos_make_no_pair() -> None:
    assert [same for *_, same in unlabelled_pairs([[tracklet(40)], [tracklet(40)]])] == [True, True]

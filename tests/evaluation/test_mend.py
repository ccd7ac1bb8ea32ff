"""Tracks of people who are one feature each."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from reid_core.evaluation import Part, mended
from reid_core.model import Calibration, Head
from reid_core.video import Tracklet
from tests.tiny import tiny_head

HEAD = tiny_head("mean").build().eval()
CALIBRATION = Calibration(1.0, 0.1, 0.1, "nobody", (0.0, 1.0, 2.0), (30, 10), (10, 30))
WIDTH = 400
ACROSS = np.linspace(100, 300, 60)


def track(people: Sequence[int], left: float | np.ndarray = 100.0, start: int = 0) -> Part:
    """Who is in each frame, ten a second from a frame on, 20 pixels wide and 50 high, and where."""
    count = len(people)
    features = 3 * torch.eye(8)[torch.tensor(people)].expand(2, count, 8)
    lefts = np.broadcast_to(np.asarray(left, np.float32), count)
    boxes = np.stack([lefts, np.zeros(count), lefts + 20, np.full(count, 50)], 1).astype(np.float32)
    frames = np.broadcast_to(np.array(people, np.uint8)[:, None, None, None], (count, 128, 64, 3))
    return Part(Tracklet(frames, (start + np.arange(count)) / 10, boxes), features)


def mend(*tracks: Part, head: Head = HEAD) -> list[Tracklet]:
    return mended(tracks, head, CALIBRATION, WIDTH)


def people(tracklets: list[Tracklet]) -> list[tuple[int, set[int]]]:
    """How long each is, and who is in it."""
    return [(len(one), set(one.frames[:, 0, 0, 0].tolist())) for one in tracklets]


def test_a_track_that_breaks_off_goes_on_as_who_looks_alike() -> None:
    tracks = track([1] * 30), track([1] * 26, start=45), track([2] * 28, 130, start=45)
    assert people(mend(*tracks)) == [(56, {1}), (28, {2})]


def test_two_tracks_that_changed_their_people_where_they_met_get_them_back() -> None:
    there, back = np.minimum(ACROSS, ACROSS[::-1]), np.maximum(ACROSS, ACROSS[::-1])
    swapped = track([1] * 30 + [2] * 30, there), track([2] * 30 + [1] * 30, back)
    found = mend(*swapped)
    assert people(found) == [(60, {1}), (60, {2})]
    for one, path in zip(found, (ACROSS, ACROSS[::-1]), strict=True):
        np.testing.assert_allclose(one.boxes[:, 0], path, atol=0.01)


def test_of_two_who_look_alike_and_pass_each_other_each_goes_on_as_he_walks() -> None:
    passing = track([1] * 60, ACROSS), track([1] * 60, ACROSS[::-1].copy())
    assert [one.boxes[-1, 0] for one in mend(*passing)] == [300, 100]


def test_a_track_that_looks_a_little_unlike_itself_stays_one_where_the_tracker_says_so() -> None:
    one, other = track([1] * 60), track([2] * 12, 110, start=24)
    turned = one.features + 1.2 * torch.eye(8)[5] * (torch.arange(60) >= 30)[:, None]
    assert [len(each) for each in mend(Part(one.tracklet, turned), other)] == [60, 12]
    assert [len(each) for each in mend(Part(one.tracklet, turned + 2 * (turned - one.features)), other)] == [30, 30, 12]


def test_who_looks_alike_but_is_there_at_the_same_time_is_somebody_else() -> None:
    assert len(mend(track([1] * 30), track([1] * 30, 130, start=20))) == 2


@pytest.mark.parametrize(("left", "start"), [(300, 31), (100, 91)])
def test_nobody_goes_on_far_away_or_much_later(left: float, start: int) -> None:
    assert len(mend(track([1] * 30), track([1] * 30, left, start))) == 2


def test_of_two_who_may_go_on_the_more_alike_does() -> None:
    near, nearer = track([1] * 30, 130, start=55), track([1] * 29, 70, start=55)
    near = Part(near.tracklet, near.features + 0.9)
    assert [len(one) for one in mend(track([1] * 40), near, nearer)] == [69, 30]


def test_who_comes_in_at_the_edge_where_another_left_is_not_he() -> None:
    out, into = np.linspace(60, 2, 30), np.linspace(2, 60, 30)
    assert len(mend(track([1] * 30, out), track([1] * 30, into, start=32))) == 2
    assert len(mend(track([1] * 30, out + 100), track([1] * 30, into + 100, start=32))) == 1


def test_a_track_of_one_person_or_always_beside_another_stays_as_it_is() -> None:
    (one,) = mend(track([1] * 60))
    assert len(one) == 60 and one.flaws == ()
    assert people(mend(track([1] * 60), track([2] * 50, 110))) == [(60, {1}), (50, {2})]


def test_a_head_with_weights_mends_too() -> None:
    head = tiny_head("utrcnn").build().eval()
    assert people(mend(track([1] * 30), track([1] * 26, start=45), head=head)) == [(56, {1})]

"""Tracks of people who are one feature each."""

import numpy as np
import torch

from reid_core.evaluation import Part, mended
from reid_core.video import Tracklet
from tests.tiny import tiny_head

HEAD = tiny_head("mean").build().eval()
LIMIT = 1.0


def track(*spans: tuple[int, int], start: int = 0, x: float = 0.0) -> Part:
    """So many frames of so many a person, ten a second, from a frame on, standing at a place."""
    count = sum(length for length, _ in spans)
    features = torch.cat([3 * torch.eye(8)[person].expand(2, length, 8) for length, person in spans], 1)
    boxes = np.tile(np.array([x, 0, x + 20, 50], np.float32), (count, 1))
    frames = np.concatenate([np.full((length, 128, 64, 3), person, np.uint8) for length, person in spans])
    return Part(Tracklet(frames, (start + np.arange(count)) / 10, boxes), features)


def people(tracklets: list[Tracklet]) -> list[tuple[int, set[int]]]:
    """How long each is, and who is in it."""
    return [(len(one), set(one.frames[:, 0, 0, 0].tolist())) for one in tracklets]


def test_a_track_that_breaks_off_goes_on_as_who_looks_alike() -> None:
    assert people(mended([track((30, 1)), track((26, 1), start=45), track((28, 2), start=45)], HEAD, LIMIT)) == [
        (56, {1}),
        (28, {2}),
    ]


def test_two_tracks_that_changed_their_people_get_them_back() -> None:
    swapped = [track((40, 1), (30, 2)), track((40, 2), (31, 1))]
    assert people(mended(swapped, HEAD, LIMIT)) == [(71, {1}), (70, {2})]


def test_who_looks_alike_but_is_there_at_the_same_time_is_somebody_else() -> None:
    assert len(mended([track((30, 1)), track((30, 1), start=20)], HEAD, LIMIT)) == 2


def test_nobody_goes_on_far_away_or_much_later() -> None:
    assert len(mended([track((30, 1)), track((30, 1), start=31, x=500)], HEAD, LIMIT)) == 2
    assert len(mended([track((30, 1)), track((30, 1), start=90)], HEAD, LIMIT)) == 2


def test_of_two_who_may_go_on_the_more_alike_does() -> None:
    near, nearer = track((30, 1), start=42), track((29, 1), start=42)
    near = Part(near.tracklet, near.features + 0.2)
    assert [len(one) for one in mended([track((40, 1)), near, nearer], HEAD, LIMIT)] == [69, 30]


def test_a_track_of_one_person_stays_as_it_is() -> None:
    (one,) = mended([track((60, 1))], HEAD, LIMIT)
    assert len(one) == 60 and one.flaws == ()


def test_a_head_with_weights_mends_too() -> None:
    head = tiny_head("utrcnn").build().eval()
    assert people(mended([track((30, 1)), track((26, 1), start=45)], head, 1e6)) == [(56, {1})]

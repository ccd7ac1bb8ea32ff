"""Pairs whose kind follows from when people were seen."""

from collections.abc import Sequence

import numpy as np
import pytest

from reid_core.data import InputConfig
from reid_core.evaluation import embed_others, unlabelled_distances
from reid_core.evaluation.unlabelled import JUMP, _of_one_person, pieces, together
from reid_core.video import Tracklet
from tests.tiny import tiny_network

NETWORK = tiny_network("mean", input_=InputConfig(channels=("yuv",)))


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
    ((a, b),) = together([tracklet(40), tracklet(40, start=30), tracklet(40, start=80)])
    assert times(a, b) == [(30, 39), (30, 39)]


def test_who_are_seen_together_for_a_moment_only_make_no_pair() -> None:
    assert together([tracklet(20), tracklet(20, start=13)]) == []


def test_of_a_long_time_together_the_middle_is_taken() -> None:
    ((a, b),) = together([tracklet(20), tracklet(20)])
    assert times(a, b) == [(2, 17), (2, 17)]


# With a network


def looking(*spans: tuple[int, int], start: int = 0, flaws: Sequence[str] = ()) -> Tracklet:
    """So many frames of so many a look."""
    looks = [np.random.default_rng(seed).integers(0, 256, (128, 64, 3), np.uint8) for _, seed in spans]
    frames = np.concatenate([np.repeat(one[None], n, 0) for one, (n, _) in zip(looks, spans, strict=True)])
    times_s = start + np.arange(float(len(frames)))
    return Tracklet(frames, times_s, np.zeros((len(frames), 4), np.float32), tuple(flaws))


def apart(a: int, b: int) -> float:
    """Of two looks."""
    return float(NETWORK.head.distance(*(embed_others(NETWORK, [looking((9, seed))]) for seed in (a, b))))


def test_people_of_two_videos_make_no_pair() -> None:
    distances, same = unlabelled_distances(NETWORK, [[looking((40, 1))], [looking((40, 2))]])
    assert same.tolist() == [True, True] and distances == pytest.approx([0, 0], abs=1e-4)


def parts(tracklet: Tracklet) -> list[int]:
    return [len(part) for part in _of_one_person(NETWORK, tracklet, JUMP * apart(1, 2))]


def test_a_track_is_cut_where_somebody_else_goes_on() -> None:
    assert apart(1, 2) > 1e-3
    assert parts(looking((40, 1), (32, 2))) == [40, 32] and parts(looking((41, 1), (32, 2))) == [41, 32]


def test_a_track_of_one_look_or_too_short_is_whole() -> None:
    assert parts(looking((70, 1))) == [70] and parts(looking((8, 1), (7, 2))) == [15]


def test_who_goes_on_for_somebody_else_is_no_pair_of_one_person() -> None:
    """Two people, and a third track that goes from one to the other: uncut it would be a pair of one, far apart."""
    people = [looking((40, 1)), looking((40, 2)), looking((40, 1), (40, 2), start=60)]
    distances, same = unlabelled_distances(NETWORK, [people])
    assert same.tolist() == [True] * 4 + [False]
    assert distances[:4] == pytest.approx([0] * 4, abs=1e-4) and distances[4] == pytest.approx(apart(1, 2), rel=1e-3)
    ((first, last),) = pieces(people[2])
    assert float(NETWORK.head.distance(*(embed_others(NETWORK, [one]) for one in (first, last)))) > distances[4] / 2


def test_flawed_frames_are_left_out() -> None:
    """A third of the frames show something else, and are known to."""
    spoilt = looking((24, 1), (24, 3), (24, 1), flaws=[""] * 24 + ["hidden"] * 24 + [""] * 24)
    distances, same = unlabelled_distances(NETWORK, [[spoilt]])
    assert same.tolist() == [True] and distances == pytest.approx([0], abs=1e-4)

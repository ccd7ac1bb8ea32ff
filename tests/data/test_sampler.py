from collections import Counter
from dataclasses import FrozenInstanceError, replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import torch

from reid_core.data import Picks, PreparedTracklet, alternating_pairs, identity_batches, picked_clips
from reid_core.data.sampler import clip_frames
from tests.data.trees import numbered_tracklet

PIDS = (40, 7, 12, 9)  # not sorted, with gaps: an identity is an index, not a pid


class Step(NamedTuple):
    picks: Picks
    colour: torch.Tensor
    flow: torch.Tensor


def pairs(tracklets: list[PreparedTracklet], clip_length: int = 4, seed: int = 0, epoch: int = 0) -> list[Step]:
    drawn = alternating_pairs(tracklets, clip_length, seed, epoch)
    return [Step(picks, *picked_clips(tracklets, picks)) for picks in drawn]


def batches(
    tracklets: list[PreparedTracklet], identities: int, clips: int, clip_length: int = 4, seed: int = 0, epoch: int = 0
) -> list[Step]:
    drawn = identity_batches(tracklets, identities, clips, clip_length, seed, epoch)
    return [Step(picks, *picked_clips(tracklets, picks)) for picks in drawn]


def two_cameras(length: int = 20, pids: tuple[int, ...] = PIDS) -> list[PreparedTracklet]:
    return [numbered_tracklet(pid, camera, length) for camera in (2, 1) for pid in pids]


def pids_of(step: Step) -> list[int]:
    """The persons on the pictures, whatever the picks say."""
    return step.colour[:, 0, 0, 0, 0].tolist()


def cameras_of(step: Step) -> list[int]:
    return step.colour[:, 0, 0, 0, 1].tolist()


def frames_of(step: Step) -> list[list[int]]:
    return step.colour[:, :, 0, 0, 2].tolist()


def equal(a: list[Step], b: list[Step]) -> bool:
    return len(a) == len(b) and all(
        torch.equal(x.colour, y.colour) and x.picks.identity.tolist() == y.picks.identity.tolist()
        for x, y in zip(a, b, strict=True)
    )


@cache
def many_pairs(epochs: int = 150) -> list[Step]:
    return [pair for epoch in range(epochs) for pair in pairs(two_cameras(), epoch=epoch)]


def test_an_epoch_has_two_pairs_a_person_turn_by_turn_same_and_different() -> None:
    epoch = pairs(two_cameras())
    assert [len(set(pids_of(pair))) for pair in epoch] == [1, 2] * 4
    assert all(pair.colour.shape == (2, 4, 2, 2, 3) and pair.flow.shape == (2, 4, 2, 2, 2) for pair in epoch)


def test_each_person_comes_once_an_epoch_as_the_same_pair_in_an_order_that_changes() -> None:
    orders = [tuple(pids_of(pair)[0] for pair in pairs(two_cameras(), epoch=epoch)[::2]) for epoch in range(60)]
    assert all(sorted(order) == sorted(PIDS) for order in orders)
    assert len(set(orders)) > 15  # of 24 orders


def test_both_clips_of_a_pair_are_from_different_cameras_and_any_comes_first() -> None:
    found = many_pairs()
    assert {tuple(cameras_of(pair)) for pair in found[::2]} == {(1, 2), (2, 1)}
    assert {tuple(cameras_of(pair)) for pair in found[1::2]} == {(1, 2), (2, 1)}


def test_different_pairs_are_all_ordered_pairs_of_persons_equally_often() -> None:
    counts = Counter(tuple(pids_of(pair)) for pair in many_pairs()[1::2])
    assert set(counts) == {(a, b) for a in PIDS for b in PIDS if a != b}
    assert min(counts.values()) > 25  # 50 expected, s.d. 7


def test_identity_is_the_rank_of_the_pid_and_camera_that_of_the_tracklet() -> None:
    for step in [*pairs(two_cameras()), *batches(two_cameras(), 3, 4)]:
        assert step.picks.identity.tolist() == [sorted(PIDS).index(pid) for pid in pids_of(step)]
        assert step.picks.camera.tolist() == cameras_of(step)
        assert step.picks.identity.dtype == step.picks.camera.dtype == np.int64


def test_the_picked_clips_are_the_picked_frames_of_the_picked_tracklets() -> None:
    tracklets = two_cameras()
    for step in [*many_pairs(3), *batches(tracklets, 3, 4)]:
        assert step.colour.dtype == torch.uint8
        assert step.flow.dtype == torch.float16
        for clip, (number, frames) in enumerate(zip(step.picks.tracklets, step.picks.frames, strict=True)):
            assert step.colour[clip].numpy().tolist() == tracklets[number].colour[frames].tolist()
            assert step.flow[clip].numpy().tolist() == tracklets[number].flow[frames].tolist()


def test_a_clip_is_consecutive_frames() -> None:
    for step in [*many_pairs(3), *batches(two_cameras(), 3, 4)]:
        for frames in frames_of(step):
            assert frames == list(range(frames[0], frames[0] + 4))


def test_clips_start_anywhere_that_leaves_room_for_all_their_frames() -> None:
    starts = Counter(frames[0] for pair in many_pairs() for frames in frames_of(pair))
    assert set(starts) == set(range(17))  # 20 frames, clips of 4
    assert min(starts.values()) > 80  # of 2400, 141 expected, s.d. 12


def test_the_clips_of_a_pair_start_apart() -> None:
    assert len({frames[0][0] - frames[1][0] for frames in map(frames_of, many_pairs())}) > 20


def test_a_tracklet_as_long_as_a_clip_is_taken_whole_and_a_shorter_one_over_and_over() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        assert clip_frames(4, 4, rng).tolist() == [0, 1, 2, 3]
        assert clip_frames(3, 8, rng).tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
        assert clip_frames(1, 3, rng).tolist() == [0, 0, 0]
    assert {int(clip_frames(5, 4, np.random.default_rng(seed))[0]) for seed in range(20)} == {0, 1}


@pytest.mark.parametrize("camera_count", [2, 3])
def test_with_several_tracklets_and_cameras_all_of_them_come(camera_count: int) -> None:
    cameras = range(1, camera_count + 1)
    tracklets = [
        numbered_tracklet(pid, camera, 4 + 4 * number) for pid in (1, 2) for camera in cameras for number in (0, 1)
    ]
    some_pairs = [pair for epoch in range(80) for pair in pairs(tracklets, epoch=epoch)]
    some_batches = [batch for epoch in range(80) for batch in batches(tracklets, 2, 2, epoch=epoch)]
    expected = {(a, b) for a in cameras for b in cameras if a != b}
    for found in (some_pairs, some_batches):
        assert {tuple(cameras_of(step)[:2]) for step in found} == expected
        clips = [clip for step in found for clip in zip(pids_of(step), cameras_of(step), frames_of(step), strict=True)]
        # only the longer tracklet of a person and camera has a frame 7
        assert {(pid, camera) for pid, camera, frames in clips if max(frames) == 7} == {
            (pid, camera) for pid in (1, 2) for camera in cameras
        }
        assert 0.5 < np.mean([frames[0] == 0 for _, _, frames in clips]) < 0.7  # 1/2 + 1/2 x 1/5


def test_a_batch_holds_the_clips_of_its_persons_side_by_side_from_every_camera_in_turn() -> None:
    for seed in range(5):
        (batch,) = batches(two_cameras(), 4, 5, 3, seed)
        assert batch.colour.shape == (20, 3, 2, 2, 3)
        pids, cameras = np.array(pids_of(batch)).reshape(4, 5), np.array(cameras_of(batch)).reshape(4, 5)
        assert (pids == pids[:, :1]).all()
        assert sorted(pids[:, 0]) == sorted(PIDS)
        assert (cameras[:, :-1] != cameras[:, 1:]).all()
        assert len({frames[0] for frames in frames_of(batch)}) > 5


def test_either_camera_may_come_first_in_a_batch() -> None:
    assert {cameras_of(batch)[0] for epoch in range(10) for batch in batches(two_cameras(), 2, 2, epoch=epoch)} == {
        1,
        2,
    }


def test_an_epoch_fills_batches_from_a_random_order_and_leaves_the_rest_out() -> None:
    pids = tuple(range(1, 9))
    left_out = Counter[int]()
    for epoch in range(60):
        found = batches(two_cameras(pids=pids), 3, 2, epoch=epoch)
        assert [len(batch.picks.identity) for batch in found] == [6, 6]
        seen = [pid for batch in found for pid in pids_of(batch)]
        assert max(Counter(seen).values()) == 2
        left_out.update(set(pids) - set(seen))
    assert set(left_out) == set(pids)
    assert sum(left_out.values()) == 120


def test_batches_that_divide_the_persons_hold_them_all() -> None:
    found = batches(two_cameras(), 2, 2)
    assert sorted(pid for batch in found for pid in set(pids_of(batch))) == sorted(PIDS)


def test_with_fewer_persons_than_asked_for_one_batch_holds_all() -> None:
    assert [sorted(pids_of(batch)) for batch in batches(two_cameras(), 16, 2)] == [sorted(PIDS * 2)]


def test_an_epoch_depends_on_seed_and_number_alone() -> None:
    def some_pairs(seed: int, epoch: int) -> list[Step]:
        return pairs(two_cameras(), 4, seed, epoch)

    def some_batches(seed: int, epoch: int) -> list[Step]:
        return batches(two_cameras(), 3, 2, 4, seed, epoch)

    for draw in (some_pairs, some_batches):
        assert equal(draw(1, 2), draw(1, 2))
        assert not equal(draw(1, 2), draw(1, 3))
        assert not equal(draw(1, 2), draw(2, 2))
        assert not equal(draw(1, 2), draw(2, 1))


def test_the_order_of_persons_and_cameras_does_not_matter() -> None:
    assert equal(pairs(two_cameras()), pairs(two_cameras()[::-1]))
    assert equal(batches(two_cameras(), 3, 3), batches(two_cameras()[::-1], 3, 3))


def test_picks_cannot_be_changed_and_have_as_many_tracklets_as_clips() -> None:
    tracklets = two_cameras()
    picks = next(alternating_pairs(tracklets, 4, 0, 0))
    with pytest.raises(FrozenInstanceError):
        picks.tracklets = (0,)
    with pytest.raises(ValueError, match="shorter"):
        picked_clips(tracklets, replace(picks, frames=picks.frames[:1]))


def test_clips_are_copies_that_training_may_change() -> None:
    tracklets = two_cameras()
    for step in pairs(tracklets):
        step.colour.zero_()
        step.flow.zero_()
    assert tracklets[0].colour[..., 0].all()
    assert tracklets[0].flow[1:].all()


def test_a_person_whom_one_camera_saw_is_refused_by_name() -> None:
    tracklets = [*two_cameras(), numbered_tracklet(33, 1, 5)]
    for draw in (lambda: pairs(tracklets), lambda: batches(tracklets, 2, 2)):
        with pytest.raises(ValueError, match="must show every person in two cameras, got one for person 33"):
            draw()


def test_one_person_is_refused() -> None:
    for draw in (lambda: pairs(two_cameras(pids=(5,))), lambda: batches(two_cameras(pids=(5,)), 2, 2)):
        with pytest.raises(ValueError, match="tracklets must be of two persons or more, got 1"):
            draw()


def test_two_persons_are_enough() -> None:
    assert len(pairs(two_cameras(pids=(5, 6)))) == 4
    assert len(batches(two_cameras(pids=(5, 6)), 2, 2)) == 1

"""Tracks that go from one person to another, told by features that are known."""

import pytest
import torch
from torch import Tensor

from reid_core.evaluation import jumps
from reid_core.evaluation.jumps import PIECE
from tests.tiny import tiny_head

HEAD = tiny_head("mean").build().eval()
THRESHOLD = 1.0


def track(*lengths: int, apart: float = 3.0) -> Tensor:
    """Persons who follow each other, each with a feature of its own that is ``apart`` in two directions; (2, T, 8)."""
    noise = 0.1 * torch.randn(2, sum(lengths), 8, generator=torch.Generator().manual_seed(0))
    looks = torch.cat([apart * torch.eye(8)[person].expand(length, 8) for person, length in enumerate(lengths)])
    return looks + noise


def test_the_frame_is_told_from_which_on_it_is_somebody_else() -> None:
    assert jumps(HEAD, track(30, 25), THRESHOLD) == [30]
    assert jumps(HEAD, track(20, 30, 40), THRESHOLD) == [20, 50]


def test_one_person_is_one_person() -> None:
    assert jumps(HEAD, track(60), THRESHOLD) == []
    assert jumps(HEAD, track(30, 30, apart=0.5), THRESHOLD) == []


@pytest.mark.parametrize(("length", "told"), [(PIECE, [PIECE]), (PIECE - 1, [])])
def test_a_track_that_is_too_short_for_two_pieces_tells_nothing(length: int, told: list[int]) -> None:
    assert jumps(HEAD, track(PIECE, length), THRESHOLD) == told
    assert jumps(HEAD, track(length - 1), THRESHOLD) == []


def test_with_shorter_pieces_shorter_parts_are_told() -> None:
    assert jumps(HEAD, track(9, 8), THRESHOLD) == [] and jumps(HEAD, track(9, 8), THRESHOLD, piece=8) == [9]

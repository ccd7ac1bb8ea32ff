"""The head that averages the last few states."""

import pytest
import torch

from reid_core.model.heads.last_k import LastKConfig, mean_of_last
from tests.oracles import direct_recurrence
from tests.tiny import random_clips, random_head


def test_the_trained_parameters_are_as_many_as_the_equations_say() -> None:
    assert sum(p.numel() for p in LastKConfig().build().parameters() if p.requires_grad) == 128 * 128 * 2 + 128


def test_states_before_the_last_k_do_not_count() -> None:
    states = torch.tensor([[[9.0], [1.0], [3.0], [8.0]], [[4.0], [6.0], [0.0], [0.0]]])
    assert mean_of_last(states, torch.tensor([4, 2]), 2).tolist() == [[5.5], [5.0]]
    assert mean_of_last(states, torch.tensor([4, 2]), 3).tolist() == [[4.0], [5.0]]


def test_the_embedding_is_the_mean_of_the_last_k_states() -> None:
    head, clips = random_head("last-k", k=3), random_clips()
    states = torch.stack([direct_recurrence(head.forwards, clip) for clip in clips])
    torch.testing.assert_close(head(clips).embedding, states[:, 6:].mean(1))


@pytest.mark.parametrize(("k", "same"), [(1, "bptt"), (9, "rcnn"), (100, "rcnn")])
def test_it_lies_between_bptt_and_rcnn(k: int, same: str) -> None:
    head, other, clips, lengths = random_head("last-k", k=k), random_head(same), random_clips(), torch.tensor([9, 4, 1])
    other.load_state_dict(head.state_dict())
    torch.testing.assert_close(head(clips, lengths).embedding, other(clips, lengths).embedding)


@pytest.mark.parametrize("k", [0, -1])
def test_at_least_one_state_is_averaged(k: int) -> None:
    with pytest.raises(ValueError, match=f"LastKConfig.k is {k}; it must be a whole number of at least 1"):
        LastKConfig(k=k)

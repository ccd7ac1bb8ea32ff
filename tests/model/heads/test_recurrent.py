"""The heads on the plain recurrence: their starts and their poolings."""

import pytest
import torch

from reid_core.model import HEADS, head_config
from reid_core.model.backtracking import GAIN
from reid_core.model.heads.recurrent import RecurrentConfig
from tests.oracles import direct_recurrence
from tests.tiny import random_clips, random_head, tiny_head

RECURRENT = [name for name in HEADS if isinstance(head_config(name), RecurrentConfig)]


@pytest.mark.parametrize(("name", "recurrences"), [("bptt", 1), ("rcnn", 1), ("brcnn", 2)])
def test_the_trained_parameters_are_as_many_as_the_equations_say(name: str, recurrences: int) -> None:
    head = head_config(name).build()
    assert sum(p.numel() for p in head.parameters() if p.requires_grad) == recurrences * (128 * 128 * 2 + 128)


def test_a_recurrence_starts_orthogonal() -> None:
    W_h = random_head("bptt", start="orthogonal").get_parameter("forwards.weight_hh_l0")
    torch.testing.assert_close(W_h @ W_h.T, torch.eye(4, dtype=torch.float64), atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ["bptt", "rcnn"])
def test_a_recurrence_that_starts_as_an_average_hands_its_features_on(name: str) -> None:
    head = tiny_head(name, 4, 4, start="average").build().eval().double()
    clips = random_clips()[..., :4]
    torch.testing.assert_close(head(clips).states, torch.tanh(GAIN * clips))


@pytest.mark.parametrize("name", ["bptt", "rcnn"])
def test_each_head_pools_the_same_states_in_its_own_way(name: str) -> None:
    head, clips = random_head(name), random_clips()
    states = torch.stack([direct_recurrence(head.forwards, clip) for clip in clips])
    torch.testing.assert_close(head(clips).embedding, states[:, -1] if name == "bptt" else states.mean(1))


def test_brcnn_runs_forwards_and_backwards_over_the_valid_frames() -> None:
    head, clips = random_head("brcnn"), random_clips(1)
    there = direct_recurrence(head.forwards, clips[0, :5])
    back = direct_recurrence(head.backwards, clips[0, :5].flip(0)).flip(0)
    output = head(clips, torch.tensor([5]))
    torch.testing.assert_close(output.states[0, :5], torch.cat([there, back], dim=1))
    torch.testing.assert_close(output.embedding[0], torch.cat([there, back], dim=1).mean(0))


@pytest.mark.parametrize("name", RECURRENT)
def test_states_have_the_precision_of_the_weights(name: str) -> None:
    assert random_head(name).float()(random_clips()).states.dtype == torch.float32


@pytest.mark.parametrize("name", RECURRENT)
def test_a_wrong_option_names_the_field(name: str) -> None:
    with pytest.raises(ValueError, match="hidden is 0; it must be a whole number of at least 1"):
        head_config(name, hidden=0)
    with pytest.raises(ValueError, match="start is 'warm'; it must be one of"):
        head_config(name, start="warm")

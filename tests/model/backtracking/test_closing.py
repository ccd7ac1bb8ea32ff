"""Steps without a frame: what they read, and what the order, the number and the padding of frames do to it."""

from math import exp, sqrt

import pytest
import torch
from torch import Tensor

from reid_core.model import VARIANTS, BacktrackingCell, CellRule
from tests.model.backtracking.rules import clips, closing_rules, make
from tests.model.backtracking.test_beginnings import copies

COMBINES = pytest.mark.parametrize("combine", ["add", "none"])


def bag_of_frames(combine: str = "none", normalise: str = "softmax") -> BacktrackingCell:
    """A cell whose memories know of no frame but their own."""
    cell = make(CellRule("dot", normalise, combine, k_top=3, memory="frame", closing=3))
    torch.nn.init.zeros_(cell.W_h.weight)
    return cell


def memories_of(cell: BacktrackingCell, features: Tensor, states: Tensor) -> Tensor:
    """What eq. 2 says of the states: themselves, or the provisional ones, g_t = tanh(W_v v_t + W_h h_{t-1} + b)."""
    if cell.config.memory == "state":
        return states
    before = torch.cat([torch.zeros_like(states[:, :1]), states[:, :-1]], dim=1)
    return torch.tanh(cell.W_v(features) + cell.W_h(before))


@closing_rules
def test_the_embedding_is_the_sum_of_the_memories_that_the_last_reading_attends(rule: CellRule) -> None:
    cell, features = make(rule), clips()
    states, _, embedding, readings = cell(features)
    assert readings.shape == (2, 2, 14)
    memories = memories_of(cell, features, states)
    torch.testing.assert_close(embedding, torch.einsum("bt,btn->bn", readings[:, -1], memories))
    if rule.normalise != "none":
        torch.testing.assert_close(readings.sum(2), torch.ones(2, 2, dtype=torch.float64))
        assert (readings >= 0).all()
    if rule.normalise == "topk":
        assert ((readings > 0).sum(2) == 3).all()


@closing_rules
def test_without_a_gradient_clips_that_begin_alike_close_as_with_one(rule: CellRule) -> None:
    cell, features = make(rule), copies()
    expected = cell(features)
    with torch.no_grad():
        found = cell(features)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


@closing_rules
def test_closing_steps_follow_the_last_frame_that_is_no_padding(rule: CellRule) -> None:
    cell, features, lengths = make(rule), clips(5), torch.tensor([14, 10, 4, 3, 1])
    for gradient in (True, False):
        with torch.set_grad_enabled(gradient):
            padded = cell(features, lengths)
            for i, length in enumerate(lengths.tolist()):
                alone = cell(features[i : i + 1, :length])
                torch.testing.assert_close(padded.embedding[i], alone.embedding[0])
                torch.testing.assert_close(padded.readings[i, :, :length], alone.readings[0])
                assert padded.readings[i, :, length:].abs().sum() == 0


@closing_rules
def test_padding_changes_no_gradient(rule: CellRule) -> None:
    cell, features, lengths = make(rule), clips(4).requires_grad_(), torch.tensor([14, 4, 3, 1])
    (found,) = torch.autograd.grad(cell(features, lengths).embedding.square().sum(), features)
    for i, length in enumerate(lengths.tolist()):
        alone = cell(features[i : i + 1, :length]).embedding.square().sum()
        torch.testing.assert_close(found[i], torch.autograd.grad(alone, features)[0][i])


@COMBINES
@pytest.mark.parametrize("normalise", ["softmax", "topk"])
def test_without_recurrence_the_order_of_the_frames_changes_nothing_and_alpha_goes_with_them(
    combine: str, normalise: str
) -> None:
    cell, features = bag_of_frames(combine, normalise), clips()
    order = torch.randperm(14, generator=torch.Generator().manual_seed(0))
    found, other = cell(features), cell(features[:, order])
    torch.testing.assert_close(other.embedding, found.embedding)
    torch.testing.assert_close(other.readings, found.readings[:, :, order])
    assert found.readings[:, -1].std(dim=1).min() > 0.01


@COMBINES
def test_to_show_every_frame_twice_changes_nothing(combine: str) -> None:
    cell, features = bag_of_frames(combine), clips()
    found, other = cell(features), cell(features.repeat_interleave(2, dim=1))
    torch.testing.assert_close(other.embedding, found.embedding)
    torch.testing.assert_close(other.readings, found.readings.repeat_interleave(2, dim=2) / 2)


def test_a_clip_of_one_frame_is_what_the_frame_shows() -> None:
    cell, features = bag_of_frames(), clips(3, 1)
    _, _, embedding, readings = cell(features)
    torch.testing.assert_close(embedding, torch.tanh(cell.W_v(features[:, 0])))
    assert torch.equal(readings, torch.ones_like(readings))


def test_a_clip_without_memory_ends_on_its_last_state() -> None:
    states, _, embedding, readings = make(CellRule("dot", k_att=4, closing=2))(clips(2, 3))
    assert torch.equal(embedding, states[:, -1])
    assert readings.shape == (2, 2, 3)
    assert readings.abs().sum() == 0


def test_with_nothing_to_choose_by_it_is_the_mean_of_the_memories() -> None:
    cell, features = make(CellRule("dot", "softmax", "add", closing=3)), clips()
    torch.nn.init.zeros_(cell.w.weight)
    torch.nn.init.zeros_(cell.beta)
    states, _, embedding, _ = cell(features)
    torch.testing.assert_close(embedding, states.mean(1))


def test_a_worked_example() -> None:
    """Memories (.8, 0), (.8, 0), (0, .8): their mean is at cosines 2 / sqrt 5 and 1 / sqrt 5 to them."""
    cell = BacktrackingCell(2, 2, CellRule("dot", "softmax", "none", closing=2)).double()
    cell.start_as_average()
    memories = torch.tensor([[[0.8, 0], [0.8, 0], [0, 0.8]]], dtype=torch.float64)
    _, _, embedding, readings = cell(torch.atanh(memories) / 0.4)
    odd = 1 / (1 + 2 * exp(12 / sqrt(5)))
    expected = torch.tensor([[1 / 3] * 3, [(1 - odd) / 2] * 2 + [odd]], dtype=torch.float64)
    torch.testing.assert_close(readings[0], expected)
    torch.testing.assert_close(embedding[0], torch.tensor([0.8 * (1 - odd), 0.8 * odd], dtype=torch.float64))


def test_started_as_an_average_it_leaves_out_an_intruder_wherever_he_is() -> None:
    torch.manual_seed(0)
    cell = BacktrackingCell(32, 32, VARIANTS["closing"])
    cell.start_as_average()
    person, intruder = torch.randn(2, 32)
    for first in (0, 6, 12):
        clip = person.repeat(20, 1)
        clip[first : first + 8] = intruder
        alpha = cell((clip + 0.5 * torch.randn(20, 32))[None]).readings[0, -1]
        assert alpha[first : first + 8].sum() < 0.05


def test_a_linear_score_reads_the_same_each_time_and_a_match_does_not() -> None:
    for score, changes in (("linear", False), ("dot", True), ("mlp", True)):
        readings = make(CellRule(score, "softmax", "add", closing=2))(clips()).readings
        assert torch.allclose(readings[:, 0], readings[:, 1]) is not changes


@COMBINES
def test_frames_that_show_nothing_give_a_finite_gradient(combine: str) -> None:
    cell = bag_of_frames(combine)
    torch.nn.init.zeros_(cell.W_v.bias)
    features = torch.zeros(2, 9, 5, dtype=torch.float64, requires_grad=True)
    cell(features).embedding.sum().backward()
    assert features.grad.abs().sum() > 0
    assert all(p.grad.isfinite().all() for p in (features, *cell.parameters()) if p.grad is not None)


def test_frames_that_do_not_attend_have_no_attention_and_it_takes_no_room() -> None:
    for gradient in (True, False):
        with torch.set_grad_enabled(gradient):
            attention = bag_of_frames()(clips()).attention
        assert attention.shape == (2, 14, 14)
        assert attention.abs().sum() == 0
        assert attention.untyped_storage().nbytes() == 8

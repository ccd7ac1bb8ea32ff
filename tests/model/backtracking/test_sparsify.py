"""Sparse attention: few weights, a distribution, and the gradient that autograd finds."""

import pytest
import torch

from reid_core.model.backtracking.sparsify import sparsify, top_attention, top_attention_gradient
from tests.oracles import direct_attention


def test_a_worked_example() -> None:
    scores = torch.tensor([[1.0, 5.0, 2.0, 4.0]])  # k_top 2: theta = 2, r = (0, 3, 0, 2)
    assert torch.allclose(sparsify(scores, 2), torch.tensor([[0.0, 0.6, 0.0, 0.4]]))


def test_few_memories_share_by_softmax() -> None:
    scores = torch.tensor([[0.0, torch.log(torch.tensor(3.0))]])
    assert torch.allclose(sparsify(scores, 2), torch.tensor([[0.25, 0.75]]))


@pytest.mark.parametrize("memories", [1, 3, 4, 5, 40])
@pytest.mark.parametrize("k_top", [1, 4])
def test_it_is_a_sparse_distribution_and_equals_the_printed_formula(memories: int, k_top: int) -> None:
    scores = torch.randn(50, memories, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    alpha = sparsify(scores, k_top)
    assert (alpha >= 0).all()
    assert torch.allclose(alpha.sum(1), torch.ones(50, dtype=torch.float64))
    assert ((alpha > 0).sum(1) == min(k_top, memories)).all()
    assert torch.allclose(alpha, direct_attention(scores, "topk", k_top))


def test_a_common_shift_changes_nothing() -> None:
    scores = torch.randn(5, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(sparsify(scores, 3), sparsify(scores + 7, 3))


def test_when_all_are_tied_the_earliest_share_equally() -> None:
    scores = torch.tensor([[0.0, 2, 2, 1, 2, 2, 2], [0, 1, 2, 3, 4, 5, 6]])
    alpha = sparsify(scores, 3)
    assert torch.allclose(alpha[0], torch.tensor([0, 1, 1, 0, 1, 0, 0]) / 3)
    assert torch.allclose(alpha[1], torch.tensor([0, 0, 0, 0, 1, 2, 3]) / 6)


def test_of_very_many_ties_still_the_earliest_share() -> None:
    alpha = sparsify(torch.zeros(1, 5000), 3)
    assert alpha.nonzero()[:, 1].tolist() == [0, 1, 2]


def test_a_tie_at_the_threshold_weighs_nothing() -> None:
    assert sparsify(torch.tensor([[1.0, 3.0, 1.0, 1.0]]), 2).tolist() == [[0, 1, 0, 0]]


def test_ties_give_a_finite_gradient() -> None:
    scores = torch.ones(1, 6, requires_grad=True)
    (sparsify(scores, 2) * torch.arange(6)).sum().backward()
    assert scores.grad is not None
    assert scores.grad.tolist() == [[0] * 6]


@pytest.mark.parametrize("memories", [2, 3, 4, 12])
def test_the_gradient_by_hand_is_that_of_autograd(memories: int) -> None:
    generator = torch.Generator().manual_seed(1)
    scores = torch.randn(4, memories, generator=generator, dtype=torch.float64, requires_grad=True)
    index, alpha, total = top_attention(scores, 3)
    d_alpha = torch.randn(alpha.shape, generator=generator, dtype=torch.float64)
    (expected,) = torch.autograd.grad(alpha, scores, d_alpha)
    found = top_attention_gradient(d_alpha, alpha.detach(), None if total is None else total.detach())
    assert expected.abs().max() > 0.01
    assert torch.allclose(torch.zeros_like(scores).scatter(1, index, found), expected)
    assert torch.autograd.gradcheck(lambda x: sparsify(x, 3), scores)


def test_the_gradient_by_hand_is_zero_on_ties() -> None:
    index, alpha, total = top_attention(torch.ones(1, 5), 2)
    assert index.tolist() == [[0, 1, 2]]
    assert alpha.tolist() == [[0.5, 0.5, 0.0]]
    assert top_attention_gradient(torch.tensor([[1.0, 2.0, 3.0]]), alpha, total).tolist() == [[0, 0, 0]]

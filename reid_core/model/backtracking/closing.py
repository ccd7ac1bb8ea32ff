"""The closing steps of the backtracking cell: they read the memories once more, without a frame (METHOD 3a).

They are few and each is large, so autograd finds their gradient.
Source: the process block of Vinyals et al., "Order Matters: Sequence to Sequence for Sets", ICLR 2016, section 3.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from reid_core.model.backtracking.rule import CellRule
from reid_core.model.backtracking.sparsify import sparsify

SHORTEST = 1e-6  # in a cosine a vector that is shorter counts as that long
NO_MEMORY = -1e30  # score of a place without memory: far below all others, and sums of it are still numbers


def readings(memories: Tensor, counts: Tensor, rule: CellRule, weights: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
    """What the last closing step has read, and where each looked.

        q_1 = 0,  q_{c+1} = s_c,  s_c = sum_i alpha_i m_i,  c = 1 ... C

    Args: memories (B, M, n); counts: how many of them, the first ones, each clip has, (B,); weights: of the score.
    Returns: s_C, (B, n), and alpha of all readings, (B, C, M); both zero where a clip has no memory.
    """
    scores_for, s, rows = scores_of(memories, rule, weights), memories.new_zeros(memories.shape[::2]), []
    there = torch.arange(memories.shape[1], device=memories.device) < counts[:, None]
    for _ in range(rule.closing):
        alpha = normalised(scores_for(s), there, rule)
        s = torch.bmm(alpha[:, None], memories).squeeze(1)
        rows.append(alpha)
    return s, torch.stack(rows, dim=1)


def scores_of(memories: Tensor, rule: CellRule, weights: tuple[Tensor, ...]) -> Callable[[Tensor], Tensor]:
    """The score as a function of the query, (B, n) -> (B, M); memories (B, M, n)."""
    if rule.score == "linear":
        w_m, w_g = weights[0].view(2, -1)
        terms = memories @ w_m
        return lambda q: terms + (q @ w_g)[:, None]
    if rule.score == "mlp":
        W_1, b_1, W_2, w_3 = weights
        u = memories @ W_1.T + b_1
        return lambda q: torch.tanh(u + (q @ W_2.T)[:, None]) @ w_3[0]
    W_1, W_2, w, beta = weights
    directions, terms = direction(memories @ W_1.T), memories @ w[0]
    return lambda q: torch.baddbmm(terms[..., None], directions, (beta * direction(q @ W_2.T))[..., None]).squeeze(2)


def direction(x: Tensor) -> Tensor:
    """x / max(||x||, SHORTEST) over the last dimension."""
    length: Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return x / length.clamp_min(SHORTEST)


def normalised(scores: Tensor, there: Tensor, rule: CellRule) -> Tensor:
    """From scores to attention, 0 where no memory is ``there``, all (B, M)."""
    if rule.normalise == "none":
        return scores * there
    scores = scores.masked_fill(~there, NO_MEMORY)
    alpha = scores.softmax(1)
    if rule.normalise == "topk":
        alpha = torch.where(there.sum(1, keepdim=True) > rule.k_top, sparsify(scores, rule.k_top), alpha)
    return alpha * there

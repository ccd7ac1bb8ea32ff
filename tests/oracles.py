"""The slow, obvious versions of what the package does fast; the tests compare with them."""

import torch
from torch import Tensor

from reid_core.model.backtracking import BacktrackingCell


def direct_attention(scores: Tensor, normalise: str, k_top: int) -> Tensor:
    """From scores (B, M) to attention (B, M), as METHOD prints it, ties left aside."""
    if normalise == "none":
        return scores
    if normalise == "softmax" or scores.shape[1] <= k_top:
        return torch.exp(scores) / torch.exp(scores).sum(1, keepdim=True)
    theta = scores.sort(dim=1, descending=True).values[:, k_top : k_top + 1]
    excess = torch.relu(scores - theta)
    return excess / excess.sum(1, keepdim=True)


def direct_scores(cell: BacktrackingCell, memories: Tensor, g: Tensor) -> Tensor:
    """Join [m_i ; g_t] for all memories and score them with one product: (B, M, n), (B, n) -> (B, M)."""
    joined = torch.cat([memories, g[:, None].expand_as(memories)], dim=2)
    if cell.config.score == "linear":
        return (joined @ cell.w.weight.T).squeeze(2)
    both = torch.cat([cell.W_1.weight, cell.W_2.weight], dim=1)
    return (torch.tanh(joined @ both.T + cell.W_1.bias) @ cell.w_3.weight.T).squeeze(2)


def direct_cell(cell: BacktrackingCell, features: Tensor) -> tuple[Tensor, Tensor]:
    """The backtracking cell step by step with the weights of ``cell``: states (B, T, n), attention (B, T, T)."""
    rule, (batch, length, _) = cell.config, features.shape
    h = features.new_zeros(batch, cell.W_h.in_features)
    states, memories, frames, rows = [], [], [], []
    for t in range(length):
        previous = h.detach() if rule.k_trunc and t % rule.k_trunc == 0 else h
        p = cell.W_v(features[:, t]) + cell.W_h(previous)
        g = torch.tanh(p)
        s, row = torch.zeros_like(p), features.new_zeros(batch, length)
        if memories:
            m = torch.stack(memories, dim=1)
            alpha = direct_attention(direct_scores(cell, m, g), rule.normalise, rule.k_top)
            s = torch.bmm(alpha[:, None], m).squeeze(1)
            row[:, frames] = alpha.detach()
        h = torch.tanh(p + cell.W_m(s)) if rule.combine == "inside" else g + s
        if (t + 1) % rule.k_att == 0:
            memories.append(h)
            frames.append(t)
        states.append(h)
        rows.append(row)
    return torch.stack(states, dim=1), torch.stack(rows, dim=1)

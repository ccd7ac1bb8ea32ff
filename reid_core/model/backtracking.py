"""The backtracking cell: eq. 2 with sparse attentive backtracking."""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

Score = Literal["linear", "mlp"]
Normalise = Literal["topk", "softmax", "none"]
Combine = Literal["inside", "add"]


@dataclass(frozen=True)
class CellConfig:
    """The rule of a backtracking cell; the defaults are the variant ``sab``.

    score: of a memory against the provisional state. normalise: from scores to attention. combine: where the
    attended memories enter. k_top: memories attended at most. k_att: steps between two memories.
    k_trunc: steps after which the gradient of the recurrence is cut (None: never).
    """

    score: Score = "mlp"
    normalise: Normalise = "topk"
    combine: Combine = "add"
    k_top: int = 5
    k_att: int = 1
    k_trunc: int | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("score", Score), ("normalise", Normalise), ("combine", Combine)):
            if getattr(self, name) not in get_args(allowed):
                raise ValueError(f"CellConfig.{name} is {getattr(self, name)!r}; it must be one of {get_args(allowed)}")
        for name in ("k_top", "k_att", "k_trunc"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"CellConfig.{name} is {value}; it must be at least 1")


VARIANTS: dict[str, tuple[Score, Normalise, Combine]] = {
    "sab": ("mlp", "topk", "add"),
    "paper": ("linear", "topk", "inside"),
    "paper-raw": ("linear", "none", "inside"),
}


def sparsify(scores: Tensor, k_top: int) -> Tensor:
    """Attention on at most ``k_top`` memories, in proportion to how far each exceeds the next best one.

        theta = the (k_top + 1)-th largest score
        alpha_i = r_i / sum r,  r_i = relu(a_i - theta)          M > k_top
        alpha = softmax(a)                                       M <= k_top
        alpha_i = 1 / k_top for the earliest k_top of the best   all r zero: more than k_top memories share the best

    Args: scores: a, shape (B, M). Returns: alpha, shape (B, M): at least 0, sum 1, at most k_top non-zero.
    Source: Ke et al., "Sparse Attentive Backtracking", NeurIPS 2018, section 3.1.
    """
    if scores.shape[1] <= k_top:
        return scores.softmax(1)
    top = scores.topk(k_top + 1, dim=1).values
    excess = (scores - top[:, -1:]).relu()
    best = scores == top[:, :1]
    shared = (best & (best.cumsum(1) <= k_top)).to(scores.dtype) / k_top
    total = excess.sum(1, keepdim=True)
    tied = total == 0
    return torch.where(tied, shared, excess / total.masked_fill(tied, 1))


class BacktrackingCell(nn.Module):
    """milestone version"""

    def __init__(self, features: int, hidden: int, config: CellConfig) -> None:
        super().__init__()
        self.config = config
        self.W_v = nn.Linear(features, hidden)
        self.W_h = nn.Linear(hidden, hidden, bias=False)
        nn.init.orthogonal_(self.W_h.weight)
        if config.combine == "inside":
            self.W_m = nn.Linear(hidden, hidden, bias=False)
        if config.score == "linear":
            self.w = nn.Linear(2 * hidden, 1, bias=False)
        else:
            self.W_1 = nn.Linear(hidden, hidden)
            self.W_2 = nn.Linear(hidden, hidden, bias=False)
            self.w_3 = nn.Linear(hidden, 1, bias=False)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        batch, length, _ = features.shape
        inputs = self.W_v(features)
        h = inputs.new_zeros(batch, self.W_h.in_features)
        memories: list[Tensor] = []
        cached: list[Tensor] = []
        frames: list[int] = []
        states, rows = [], []
        c = self.config
        for t in range(length):
            if c.k_trunc and t % c.k_trunc == 0:
                h = h.detach()
            p = inputs[:, t] + self.W_h(h)
            g = torch.tanh(p)
            row = p.new_zeros(batch, length)
            s = torch.zeros_like(p)
            if memories:
                m = torch.stack(memories, 1)
                if c.score == "linear":
                    w_m, w_g = self.w.weight.chunk(2, dim=1)
                    a = torch.stack(cached, 1) + g @ w_g.mT
                else:
                    a = self.w_3(torch.tanh(torch.stack(cached, 1) + self.W_2(g)[:, None])).squeeze(2)
                alpha = sparsify(a, c.k_top) if c.normalise == "topk" else a.softmax(1) if c.normalise == "softmax" else a
                s = torch.einsum("bm,bmn->bn", alpha, m)
                row[:, frames] = alpha.detach()
            h = torch.tanh(p + self.W_m(s)) if c.combine == "inside" else g + s
            if (t + 1) % c.k_att == 0:
                memories.append(h)
                frames.append(t)
                cached.append(h @ self.w.weight.chunk(2, dim=1)[0][0] if c.score == "linear" else self.W_1(h))
            states.append(h)
            rows.append(row)
        return torch.stack(states, 1), torch.stack(rows, 1)

"""What a stream of frames must remember: with a linear score a fixed amount, however long the stream."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from reid_core.model.sparsify import sparsify


@dataclass(frozen=True)
class AllMemories:
    """Every memory with its projection u_i = W_1 m_i + b_1, both (B, M, n): any of them may matter to a later query."""

    states: Tensor
    projections: Tensor

    def write(self, state: Tensor, projection: Tensor) -> "AllMemories":
        """Add a memory, (B, n), and its projection."""
        return AllMemories(
            torch.cat([self.states, state[:, None]], dim=1), torch.cat([self.projections, projection[:, None]], dim=1)
        )


@dataclass(frozen=True)
class TopMemories:
    """The k_top + 1 memories with the best linear scores, in order of time: states (B, K, n), scores (B, K).

    The scores never change, so a memory that falls below these can never come back.
    """

    k_top: int
    states: Tensor
    scores: Tensor

    def write(self, state: Tensor, score: Tensor) -> "TopMemories":
        """Add a memory, (B, n), and its score, (B,); forget the worst, among equals the latest."""
        states = torch.cat([self.states, state[:, None]], dim=1)
        scores = torch.cat([self.scores, score[:, None]], dim=1)
        best = scores.sort(dim=1, descending=True, stable=True).indices[:, : self.k_top + 1].sort(1).values
        return replace(self, states=states.gather(1, best[..., None].expand(-1, -1, state.shape[1])),
                       scores=scores.gather(1, best))  # fmt: skip

    def read(self) -> Tensor:
        """s = sum_i alpha_i m_i, (B, n)."""
        return (sparsify(self.scores, self.k_top)[..., None] * self.states).sum(1)


@dataclass(frozen=True)
class RunningSoftmax:
    """sum_i exp(a_i - peak) m_i, (B, n), and sum_i exp(a_i - peak), (B, 1), with the largest score so far as peak."""

    peak: Tensor
    total: Tensor
    weighted: Tensor

    def write(self, state: Tensor, score: Tensor) -> "RunningSoftmax":
        """Add a memory, (B, n), and its score, (B,)."""
        peak = torch.maximum(self.peak, score[:, None])
        keep, weight = torch.exp(self.peak - peak), torch.exp(score[:, None] - peak)
        return RunningSoftmax(peak, self.total * keep + weight, self.weighted * keep + weight * state)

    def read(self) -> Tensor:
        """s = sum_i alpha_i m_i, (B, n)."""
        return self.weighted / self.total


@dataclass(frozen=True)
class RunningSums:
    """sum_i (w_m . m_i) m_i and sum_i m_i, both (B, n): all that raw linear weights ask for."""

    weighted: Tensor
    plain: Tensor

    def write(self, state: Tensor, score: Tensor) -> "RunningSums":
        """Add a memory, (B, n), and the memory's part of its score, (B,)."""
        return RunningSums(self.weighted + score[:, None] * state, self.plain + state)

    def read(self, query: Tensor) -> Tensor:
        """s = sum_i (w_m . m_i + query) m_i, (B, n); query: w_g . g_t, (B,)."""
        return self.weighted + query[:, None] * self.plain


Memories = AllMemories | TopMemories | RunningSoftmax | RunningSums


@dataclass(frozen=True)
class StreamState:
    """A stream after ``frames`` frames: the last state h, (B, n), zero before the first frame, and the memories."""

    frames: int
    h: Tensor
    memories: Memories

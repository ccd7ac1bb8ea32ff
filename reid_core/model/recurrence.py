"""The backtracking recurrence over whole clips, forward and backward by hand.

Autograd would record some twenty small tensors a step and copy all memories to score them. Here a step reads and
writes preallocated (B, T, n) buffers: a memory is projected once, when it is written, and the gradient touches only
the memories that were attended. The equations are those of ``BacktrackingCell``; no tensor is larger than (B, T, T),
the attention itself.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from reid_core.model.attention import CellConfig, Linear, RunningSums, top_attention, top_attention_gradient


class Step(NamedTuple):
    """What one step attended: memories by their row in the flat states (B K,), alpha (B, K), and ``top_attention``'s total."""

    rows: Tensor
    alpha: Tensor
    total: Tensor | None


class LinearScores:
    """a_i = w_m . m_i + w_g . g_t; the first term is computed when the memory is written."""

    def __init__(self, weights: tuple[Tensor, ...], states: Tensor, shifts: bool) -> None:
        (w,) = weights
        self.w_m, self.w_g = w[0].chunk(2)
        self.states, self.shifts = states, shifts
        self.terms = states.new_empty(states.shape[:2])

    def write(self, frame: int, place: int) -> None:
        torch.mv(self.states[:, frame], self.w_m, out=self.terms[:, place])

    def read(self, g: Tensor, count: int) -> Tensor:
        terms = self.terms[:, :count]
        return terms + (g @ self.w_g)[:, None] if self.shifts else terms

    def start_gradient(self, provisional: Tensor) -> None:
        self.g = provisional
        self.d_terms = torch.zeros_like(self.terms)
        self.d_shifts = torch.zeros_like(self.terms)

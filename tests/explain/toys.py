"""Heads and features whose importances are known."""

import torch
from torch import Tensor

from reid_core.model import Head
from reid_core.model.heads.recurrent import BpttConfig, RecurrentHead
from reid_core.model.heads.utrcnn import BacktrackingConfig, BacktrackingHead
from tests.tiny import tiny_head


def random_head(name: str, seed: int = 0, dtype: torch.dtype = torch.float64, **config: object) -> Head:
    """With random weights, in evaluation mode: 6 features, 5 hidden units."""
    torch.manual_seed(seed)
    return tiny_head(name, 6, 5, **config).build().eval().to(dtype)


def random_features(length: int, views: int = 1, seed: int = 1, dtype: torch.dtype = torch.float64) -> Tensor:
    """Shape (V, T, 6)."""
    return torch.randn(views, length, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def fading_head(weight: float) -> RecurrentHead:
    """``bptt`` of one unit: h_t = tanh(v_t + w h_{t-1})."""
    head = BpttConfig(features=1, hidden=1).build().eval().double()
    with torch.no_grad():
        for parameter, value in zip(head.forwards.parameters(), (1.0, weight, 0.0, 0.0), strict=True):
            parameter.fill_(value)
    return head


def seeking_head() -> BacktrackingHead:
    """``utrcnn`` that looks for a mark: h_t = g_t + the memory with the largest second unit, g = tanh(4 v_1, v_2).

    Every frame without the mark has v = (0.75, -0.3): its first unit is saturated, its mark negative. So of all
    memories the marked frame's own is the one with the largest mark, whatever comes before and after it.
    """
    head = BacktrackingConfig(features=2, hidden=2, variant="sab", k_top=1).build().eval().double()
    with torch.no_grad():
        for parameter in head.cell.parameters():
            parameter.zero_()
        head.cell.W_v.weight.copy_(torch.tensor([[4.0, 0.0], [0.0, 1.0]]))
        head.cell.W_1.weight.copy_(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
        head.cell.w_3.weight.copy_(torch.tensor([[1.0, 0.0]]))
    return head


def one_decisive(length: int, at: int) -> Tensor:
    """A clip of saturated frames of which one is marked, and alone says something: (1, T, 2)."""
    generator = torch.Generator().manual_seed(length)
    v = torch.tensor([0.75, -0.3], dtype=torch.float64).repeat(length, 1)
    v[:, 0] += 0.02 * torch.rand(length, generator=generator, dtype=torch.float64)
    v[at] = torch.tensor([-0.25, 1.5], dtype=torch.float64)
    return v[None]

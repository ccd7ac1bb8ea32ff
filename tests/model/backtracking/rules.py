"""The rules that the tests of the cell go through, cells that follow them, and clips for them."""

from itertools import product

import pytest
import torch
from torch import Tensor

from reid_core.model import BacktrackingCell, CellRule

RULES = [
    CellRule(*rule, k_top=3, k_att=k_att, k_trunc=k_trunc)
    for *rule, k_att, k_trunc in product(
        ("linear", "mlp"), ("topk", "softmax", "none"), ("inside", "add"), (1, 3), (None, 1, 4)
    )
]

UNCUT = [rule for rule in RULES if rule.k_trunc is None]

NAMES = [f"{r.score}-{r.normalise}-{r.combine}-att{r.k_att}-trunc{r.k_trunc}" for r in RULES]

UNCUT_NAMES = [name for name, rule in zip(NAMES, RULES, strict=True) if rule.k_trunc is None]

HIDDEN = 19  # in a product twice eight rows, and three more
every_rule = pytest.mark.parametrize("rule", UNCUT, ids=UNCUT_NAMES)


def make(rule: CellRule, hidden: int = 6, seed: int = 1) -> BacktrackingCell:
    torch.manual_seed(seed)
    return BacktrackingCell(5, hidden, rule).double()


def clips(batch: int = 2, length: int = 14, seed: int = 2) -> Tensor:
    return torch.randn(batch, length, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) / 2

"""The rules that the tests of the cell go through, cells that follow them, and clips for them."""

from itertools import product

import pytest
import torch
from torch import Tensor

from reid_core.model import BacktrackingCell, CellRule

SCORES, NORMALISE = ("linear", "mlp", "dot"), ("topk", "softmax", "none")

WHAT_FRAMES_DO = [
    CellRule(*rule, k_top=3, k_att=k_att, memory=memory)
    for *rule, memory, k_att in product(SCORES, NORMALISE, ("inside", "add"), ("state", "frame"), (1, 3))
]
CUT = [
    CellRule(*rule, k_top=3, k_att=k_att, k_trunc=k_trunc)
    for *rule, k_att, k_trunc in product(SCORES, NORMALISE, ("inside", "add"), (1, 3), (1, 4))
]
CLOSING = [
    CellRule(*rule, *read, k_top=3, k_att=k_att, memory=memory, closing=2)
    for *rule, (*read, memory), k_att in product(
        SCORES, NORMALISE, (("inside", "state"), ("add", "state"), ("add", "frame"), ("none", "frame")), (1, 3)
    )
]
CLOSING_CUT = [CellRule("dot", "softmax", "none", memory="frame", closing=2, k_trunc=k_trunc) for k_trunc in (1, 4)]


def name(rule: CellRule) -> str:
    cut = "" if rule.k_trunc is None else f"-trunc{rule.k_trunc}"
    return f"{rule.score}-{rule.normalise}-{rule.combine}-{rule.memory}-att{rule.k_att}{cut}-close{rule.closing}"


what_frames_do = pytest.mark.parametrize("rule", [*WHAT_FRAMES_DO, CellRule(combine="none", closing=1)], ids=name)
closing_rules = pytest.mark.parametrize("rule", CLOSING, ids=name)
every_rule = pytest.mark.parametrize("rule", [*WHAT_FRAMES_DO, *CLOSING], ids=name)
HIDDEN = 19  # in a product twice eight rows, and three more


def make(rule: CellRule, hidden: int = 6, seed: int = 1) -> BacktrackingCell:
    torch.manual_seed(seed)
    cell = BacktrackingCell(5, hidden, rule).double()
    if rule.score == "dot" and rule.normalise == "none":  # sums of sums with larger ones soon are no numbers
        torch.nn.init.constant_(cell.beta, 0.2)
        torch.nn.init.constant_(cell.w.weight, 0.5 / hidden)
    return cell


def clips(batch: int = 2, length: int = 14, seed: int = 2) -> Tensor:
    return torch.randn(batch, length, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) / 2

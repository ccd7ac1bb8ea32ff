"""The recurrence with sparse attentive backtracking: its rule, its equation, and three ways to compute it."""

from reid_core.model.backtracking.blocks import applies_to, plain_without_gradient
from reid_core.model.backtracking.cell import GAIN, BacktrackingCell
from reid_core.model.backtracking.rule import VARIANTS, CellRule, Combine, Memory, Normalise, Score
from reid_core.model.backtracking.sparsify import sparsify
from reid_core.model.backtracking.stream import StreamState

__all__ = [
    "GAIN",
    "VARIANTS",
    "BacktrackingCell",
    "CellRule",
    "Combine",
    "Memory",
    "Normalise",
    "Score",
    "StreamState",
    "applies_to",
    "plain_without_gradient",
    "sparsify",
]

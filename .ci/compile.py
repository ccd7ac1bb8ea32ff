"""Compile the recurrence, which the first clip without a gradient would wait for: Numba keeps what it compiled."""

import torch

from reid_core.model import BacktrackingCell, CellRule

with torch.no_grad():
    cell = BacktrackingCell(2, 2, CellRule(closing=1))
    cell(torch.zeros(1, 2, 2))
    cell.close(cell.push(cell.start(1), torch.zeros(1, 2))[0])

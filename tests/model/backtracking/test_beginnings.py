"""Which clips begin alike, and where they part."""

import torch
from torch import Tensor

from reid_core.model.backtracking.beginnings import Beginnings
from tests.model.backtracking.rules import clips


def copies() -> Tensor:
    """Of three clips, one 13 times with another frame left out, a copy of another, and one that starts as it does."""
    one, other = clips(2, 13)
    without = [torch.cat([one[:t], one[t + 1 :]]) for t in range(13)]
    return torch.stack([other[1:], *without, one[1:], other[:12], other[1:]])


def test_clips_are_computed_from_where_they_part() -> None:
    begin = Beginnings(copies())
    assert begin.roots == 4
    assert begin.starts.tolist() == [0, 0, 0, 0, *range(1, 12), 11, 11]  # the equal ones last
    assert begin.order[begin.back].tolist() == list(range(17))

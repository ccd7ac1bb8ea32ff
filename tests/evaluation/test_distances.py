import math

import numpy as np
import pytest
import torch

from reid_core.evaluation import distance_blocks
from reid_core.model import HeadOutput
from tests.tiny import tiny_network


def outputs(count: int, seed: int) -> HeadOutput:
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(count, 5, 6, generator=generator)
    lengths = torch.randint(1, 6, (count,), generator=generator)
    return HeadOutput(torch.randn(count, 6, generator=generator), states, None, lengths)


class Together(torch.nn.Module):
    """A head whose distance is made of everything that it is given."""

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> torch.Tensor:
        told = [output.embedding.sum(1) + output.states.sum((1, 2)) + output.lengths for output in (probe, gallery)]
        return told[0][:, None] - told[1]


@pytest.mark.parametrize("rows", [1, 3, 7, 100])
def test_blocks_are_the_rows_of_the_whole(rows: int) -> None:
    probe, gallery, head = outputs(7, 0), outputs(4, 1), Together()
    blocks = list(distance_blocks(head, probe, gallery, rows))
    assert [len(block) for block in blocks] == [min(rows, 7 - start) for start in range(0, 7, rows)]
    assert np.allclose(np.concatenate(blocks), head.distance(probe, gallery).numpy())


def test_a_large_gallery_is_gone_through_in_blocks_of_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reid_core.evaluation.distances.BLOCK_DISTANCES", 8)
    blocks = list(distance_blocks(Together(), outputs(7, 0), outputs(4, 1)))
    assert [block.shape for block in blocks] == [(2, 4)] * 3 + [(1, 4)]


def test_distances_are_euclidean_for_the_paper_s_heads() -> None:
    probe, gallery = outputs(3, 0), outputs(4, 1)
    (block,) = distance_blocks(tiny_network("bptt").head, probe, gallery)
    expected = [[math.dist(a, b) for b in gallery.embedding.tolist()] for a in probe.embedding.tolist()]
    assert block.dtype == np.float32
    assert block.tolist() == [pytest.approx(row, rel=1e-5) for row in expected]

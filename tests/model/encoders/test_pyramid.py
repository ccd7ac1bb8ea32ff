"""The paper's encoder with a spatial pyramid."""

import pytest
import torch

from reid_core.model.encoders.pyramid import PyramidConfig
from tests.oracles import direct_pyramid


def test_the_linear_layer_sees_85_bins_of_each_map() -> None:
    assert sum(p.numel() for p in PyramidConfig().build().linear.parameters()) == 85 * 32 * 128 + 128


@pytest.mark.parametrize(("height", "width"), [(21, 17), (9, 8), (8, 8)])
def test_pyramid_bins_hold_the_maximum_of_their_part(height: int, width: int) -> None:
    maps = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(0))
    pooled = PyramidConfig().build().pool(maps)
    assert pooled.shape == (2, 85 * 3)
    torch.testing.assert_close(pooled, torch.stack([direct_pyramid(m) for m in maps]))

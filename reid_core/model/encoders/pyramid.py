"""The paper's encoder with a spatial pyramid for its last pooling (ASTPN)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reid_core.model.encoders.paper import PaperConfig, PaperEncoder
from reid_core.model.graph import Graph

BINS = (8, 4, 2, 1)


class PyramidConfig(PaperConfig):
    """As the paper's, but for the last pooling."""

    name = "pyramid"

    @property
    def flat_count(self) -> int:
        """Numbers that enter the linear layer: maps x bins of the pyramid."""
        return self.maps[-1] * sum(bins * bins for bins in BINS)

    def build(self) -> nn.Module:
        """The encoder, with fresh weights."""
        return PyramidEncoder(self)


class PyramidEncoder(PaperEncoder):
    """The paper's encoder; spatial pyramid pooling stands for the last max pool.

    Source: Xu et al., "Jointly Attentive Spatial-Temporal Pooling Networks", ICCV 2017, section 3.2.
    """

    def pool(self, maps: Tensor) -> Tensor:
        """The maximum over each bin of 8x8, 4x4, 2x2 and 1x1 grids: (N, D, h, w) -> (N, 85 D), finest grid first."""
        return torch.cat([F.adaptive_max_pool2d(maps, bins).flatten(1) for bins in BINS], dim=1)

    def export_pool(self, graph: Graph, maps: str) -> str:
        """``pool`` in ONNX: (N, D, h, w) -> (N, 85 D)."""
        height, width = self.config.last_size
        levels = []
        for bins in BINS:
            places = []
            for i in range(bins * bins):
                (top, bottom), (left, right) = _bin(i // bins, bins, height), _bin(i % bins, bins, width)
                part = graph("Slice", maps, *(graph.constant(v) for v in ([top, left], [bottom, right], [2, 3])))
                places.append(graph("ReduceMax", part, graph.constant([2, 3]), keepdims=0))
            stacked = [graph("Unsqueeze", place, graph.constant([2])) for place in places]
            grid = graph("Concat", *stacked, axis=2)
            levels.append(graph("Reshape", grid, graph.constant([-1, self.config.maps[-1] * bins * bins])))
        return str(graph("Concat", *levels, axis=1))


def _bin(i: int, bins: int, size: int) -> tuple[int, int]:
    return i * size // bins, -(-(i + 1) * size // bins)

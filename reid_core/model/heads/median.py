"""The robust control without recurrence, ``median``."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from reid_core.model.graph import Graph
from reid_core.model.heads.head import HeadConfig
from reid_core.model.named import check_least
from reid_core.model.pooling import (
    HeadOutput,
    embedding_distance,
    own_embeddings,
    scaled,
    valid_frames,
    without_padding,
)

NEAREST = 1e-3  # a frame nearer to the median than this counts as that far


@dataclass(frozen=True)
class MedianConfig(HeadConfig):
    """The geometric median of the frames' features: a control that an intruder in few frames hardly moves."""

    name = "median"
    learns = False

    steps: int = 10
    """Of Weiszfeld's iteration."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_least(self, 1, "steps")

    def build(self) -> "MedianHead":
        """The head; it has no weights."""
        return MedianHead(self)


class MedianHead(nn.Module):
    """The point that is nearest to all features, f = argmin_x sum_t ||v_t - x||, by Weiszfeld's iteration.

        x_0 = mean of v_t,  alpha_t = (1 / ||v_t - x||) / sum_t (1 / ||v_t - x||),  x <- sum_t alpha_t v_t

    Source: Weiszfeld, "Sur le point pour lequel la somme des distances de n points donnés est minimum", 1937.
    """

    pair, distance = staticmethod(own_embeddings), staticmethod(embedding_distance)

    def __init__(self, config: MedianConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, q), states: the features (B, T, q);
        readings (B, 1, T): the shares of the frames in the median."""
        features, lengths = without_padding(features, lengths)
        states = self.dropout(features)
        there = valid_frames(states, lengths).to(states.dtype)
        alpha = there / there.sum(1, keepdim=True)
        for _ in range(self.config.steps):
            median = (alpha[..., None] * states).sum(1, keepdim=True)
            near = there / torch.linalg.vector_norm(states - median, dim=2).clamp_min(NEAREST)
            alpha = near / near.sum(1, keepdim=True)
        embedding = (alpha[..., None] * states).sum(1)
        return HeadOutput(scaled(embedding, self.config.unit_length), states, None, lengths, alpha[:, None].detach())

    def export(self, graph: Graph, features: str) -> str:
        """The same in ONNX: (T, B, q) -> (B, q)."""
        median = graph.mean(features)
        time, last = graph.constant([0]), graph.constant([2])
        for _ in range(self.config.steps):
            length = graph("ReduceL2", graph("Sub", features, median), last, keepdims=1)
            near = graph("Reciprocal", graph("Max", length, graph.constant(NEAREST, np.float32)))
            alpha = graph("Div", near, graph("ReduceSum", near, time, keepdims=1))
            median = graph("ReduceSum", graph("Mul", alpha, features), time, keepdims=0)
        return graph.scaled(median, self.config.unit_length)

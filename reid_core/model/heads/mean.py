"""The control without recurrence, ``mean``."""

from torch import Tensor, nn

from reid_core.model.graph import Graph
from reid_core.model.heads.head import HeadConfig
from reid_core.model.pooling import (
    HeadOutput,
    embedding_distance,
    mean_state,
    own_embeddings,
    scaled,
    without_padding,
)


class MeanConfig(HeadConfig):
    """The mean of the frames' features: the control without recurrence."""

    name = "mean"
    learns = False

    def build(self) -> "MeanHead":
        """The head; it has no weights."""
        return MeanHead(self)


class MeanHead(nn.Module):
    """The embedding is the mean of the features, f = (1/T) sum_t v_t."""

    pair, distance = staticmethod(own_embeddings), staticmethod(embedding_distance)

    def __init__(self, config: MeanConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, q), states: the features (B, T, q)."""
        features, lengths = without_padding(features, lengths)
        states = self.dropout(features)
        return HeadOutput(scaled(mean_state(states, lengths), self.config.unit_length), states, None, lengths)

    def export(self, graph: Graph, features: str) -> str:
        """The same in ONNX: (T, B, q) -> (B, q)."""
        return graph.scaled(graph.mean(features), self.config.unit_length)

"""Two streams, appearance and motion, ``tsc``."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reid_core.model.graph import Graph
from reid_core.model.heads.recurrent import RecurrentConfig, plain_recurrence, plain_states, states_in_graph
from reid_core.model.pooling import (
    HeadOutput,
    euclidean,
    mean_state,
    own_embeddings,
    scaled,
    without_padding,
    zero_padding,
)


@dataclass(frozen=True)
class TwoStreamConfig(RecurrentConfig):
    """An rcnn each for colour and for flow (Chung et al., ICCV 2017)."""

    name = "tsc"
    encoder = "two-stream"

    features: int = 256
    """Of a frame: of both streams, as many as the encoder makes."""
    colour_weight: float = 0.5
    """Share of the first stream in the losses and the distance."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.colour_weight <= 1:
            raise ValueError(f"TwoStreamConfig.colour_weight is {self.colour_weight}; it must be between 0 and 1")
        if self.features % 2:
            raise ValueError(f"TwoStreamConfig.features is {self.features}; two streams need an even number")

    @property
    def embedding_size(self) -> int:
        """Numbers in an embedding."""
        return 2 * self.hidden

    @property
    def stream_weights(self) -> tuple[float, ...]:
        """Of colour and of flow."""
        return self.colour_weight, 1 - self.colour_weight

    def build(self) -> "TwoStreamHead":
        """The head, with fresh weights."""
        return TwoStreamHead(self)


class TwoStreamHead(nn.Module):
    """Two streams, appearance and motion, each an RCNN of its own: ``tsc``.

        f = [f_colour ; f_flow],  f_k = (1/T) sum_t h_t of stream k (eq. 1)
        d(a, b) = w ||a_colour - b_colour|| + (1 - w) ||a_flow - b_flow||

    The features are those of the encoder ``two-stream``, side by side. In training every loss is the same weighted sum
    over the two parts (``stream_weights``).
    Source: Chung, Tahboub, Delp, "A Two Stream Siamese Convolutional Neural Network for Person Re-Identification",
    ICCV 2017. That w is one number for losses and distance, and its default of a half, are our guess.
    """

    pair = staticmethod(own_embeddings)

    def __init__(self, config: TwoStreamConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)
        self.streams = nn.ModuleList(
            plain_recurrence(config.features // 2, config.hidden, config.start) for _ in range(2)
        )

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, 2q), lengths (B,) or None. Returns: embedding (B, 2n), states (B, T, 2n)."""
        features, lengths = without_padding(features, lengths)
        parts = self.dropout(features).chunk(2, dim=2)
        states = torch.cat([plain_states(stream, part) for stream, part in zip(self.streams, parts, strict=True)], 2)
        states = zero_padding(states, lengths)
        means = [scaled(part, self.config.unit_length) for part in mean_state(states, lengths).chunk(2, dim=1)]
        return HeadOutput(torch.cat(means, dim=1), states, None, lengths)

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> Tensor:
        """Weighted sum of the streams' Euclidean distances, shape (P, G)."""
        parts = zip(probe.embedding.chunk(2, 1), gallery.embedding.chunk(2, 1), strict=True)
        colour, flow = (euclidean(a, b) for a, b in parts)
        weight, rest = self.config.stream_weights
        return weight * colour + rest * flow

    def export(self, graph: Graph, features: str) -> str:
        """The same in ONNX: (T, B, 2q) -> (B, 2n)."""
        parts = graph("Split", features, axis=2, num_outputs=2, outputs=2)
        means = [graph.mean(states_in_graph(graph, [rnn], x)) for rnn, x in zip(self.streams, parts, strict=True)]
        return str(graph("Concat", *(graph.scaled(mean, self.config.unit_length) for mean in means), axis=1))

"""The control that attends without recurrence, ``attention-pooling``."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reid_core.model.backtracking import GAIN
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
    zero_padding,
)

SMALL = 0.1  # of what is random in a score at first


@dataclass(frozen=True)
class AttentionPoolingConfig(HeadConfig):
    """A weighted mean of what each frame shows, by one learned query: attention without recurrence or reading again."""

    name = "attention-pooling"

    hidden: int = 128
    """Units of what a frame shows."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_least(self, 1, "hidden")

    @property
    def embedding_size(self) -> int:
        """Numbers in an embedding."""
        return self.hidden

    def build(self) -> "AttentionPoolingHead":
        """The head, which starts as about the mean of what the frames show."""
        return AttentionPoolingHead(self)


class AttentionPoolingHead(nn.Module):
    """Attention with one query for all clips: it can tell a bad frame, but not who does not belong.

        m_t = tanh(W_v v_t + b),  alpha = softmax_t(q . tanh(W_1 m_t)),  f = sum_t alpha_t m_t

    Source: Ilse, Tomczak, Welling, "Attention-based Deep Multiple Instance Learning", ICML 2018, eq. 7 and 8.
    """

    pair, distance = staticmethod(own_embeddings), staticmethod(embedding_distance)

    def __init__(self, config: AttentionPoolingConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)
        self.W_v = nn.Linear(config.features, config.hidden)
        self.W_1 = nn.Linear(config.hidden, config.hidden)
        self.q = nn.Linear(config.hidden, 1, bias=False)
        with torch.no_grad():
            nn.init.eye_(self.W_v.weight).mul_(GAIN)
            nn.init.zeros_(self.W_v.bias)
            self.q.weight.mul_(SMALL)  # nearly the mean, and yet W_1 has a gradient

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, n), states: m_t (B, T, n); readings
        (B, 1, T): alpha."""
        features, lengths = without_padding(features, lengths)
        with torch.autocast(features.device.type, enabled=False):
            states = torch.tanh(self.W_v(self.dropout(features)))
            scores = self.q(torch.tanh(self.W_1(states))).squeeze(2)
            alpha = scores.masked_fill(~valid_frames(states, lengths), -torch.inf).softmax(1)
            embedding = torch.bmm(alpha[:, None], states).squeeze(1)
        states = zero_padding(states, lengths)
        return HeadOutput(scaled(embedding, self.config.unit_length), states, None, lengths, alpha[:, None].detach())

    def export(self, graph: Graph, features: str) -> str:
        """The same in ONNX: (T, B, q) -> (B, n)."""
        states = graph("Tanh", graph.linear(features, self.W_v.weight, self.W_v.bias))
        inner = graph("Tanh", graph.linear(states, self.W_1.weight, self.W_1.bias))
        alpha = graph("Softmax", graph.linear(inner, self.q.weight), axis=0)
        pooled = graph("ReduceSum", graph("Mul", alpha, states), graph.constant([0]), keepdims=0)
        return graph.scaled(pooled, self.config.unit_length)

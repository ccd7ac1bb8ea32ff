"""The plain recurrence, and the heads that pool its states: ``bptt``, ``rcnn``, ``brcnn``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reid_core.model.backtracking import GAIN, applies_to, plain_without_gradient
from reid_core.model.graph import Graph
from reid_core.model.heads.head import HeadConfig
from reid_core.model.named import check_choice, check_least
from reid_core.model.pooling import (
    HeadOutput,
    embedding_distance,
    last_state,
    mean_state,
    own_embeddings,
    reversed_in_time,
    scaled,
    without_padding,
    zero_padding,
)

Start = Literal["orthogonal", "average"]


class Pooling(NamedTuple):
    """From states to an embedding: (B, T, n) and lengths (B,) -> (B, n); and in ONNX, (T, B, n) -> (B, n)."""

    of_states: Callable[[Tensor, Tensor], Tensor]
    in_graph: Callable[[Graph, str], str]


LAST = Pooling(last_state, Graph.last)
MEAN = Pooling(mean_state, Graph.mean)


@dataclass(frozen=True)
class RecurrentConfig(HeadConfig):
    """What all heads with a recurrence have.

    ``start``: recurrences start with an orthogonal W_h, which keeps the gradient's length, or pass the features on, as
    the head ``mean`` does: ``average`` sets W_v = GAIN I, W_h = 0, and see ``BacktrackingCell.start_as_average``.
    """

    hidden: int = 128
    """Units of the recurrence."""
    start: Start = "orthogonal"
    """First weights of the recurrence."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_least(self, 1, "hidden")
        check_choice(self, "start", get_args(Start))

    @property
    def embedding_size(self) -> int:
        """Numbers in an embedding."""
        return self.hidden


class BpttConfig(RecurrentConfig):
    """The last state of the plain recurrence: what the paper argues against."""

    name = "bptt"

    def build(self) -> "RecurrentHead":
        """The head, with fresh weights."""
        return RecurrentHead(self, LAST)


class RcnnConfig(RecurrentConfig):
    """The mean of the plain recurrence's states (McLaughlin et al., CVPR 2016)."""

    name = "rcnn"

    def build(self) -> "RecurrentHead":
        """The head, with fresh weights."""
        return RecurrentHead(self, MEAN)


class BrcnnConfig(RecurrentConfig):
    """The mean of the states of two plain recurrences, forwards and backwards in time (Zhang et al., 2018)."""

    name = "brcnn"

    @property
    def embedding_size(self) -> int:
        """Numbers in an embedding."""
        return 2 * self.hidden

    def build(self) -> "RecurrentHead":
        """The head, with fresh weights."""
        return RecurrentHead(self, MEAN, both_ways=True)


class RecurrentHead(nn.Module):
    """The plain recurrence, eq. 1, and its poolings: what attentive backtracking is compared with.

        h_t = tanh(W_v v_t + W_h h_{t-1} + b)
        f = h_T                        bptt: what the paper argues against
        f = (1/T) sum_t h_t            rcnn: McLaughlin et al., CVPR 2016
        f = (1/T) sum_t [h_t ; k_t]    brcnn: k_t runs from the last frame to the first; Zhang et al., "Learning
                                       Bidirectional Temporal Cues for Video-Based Person Re-Identification", 2018

    Eq. 1 is the paper's and serves all three. RCNN's released code differs: it averages the sum before the tanh and
    drops out h_{t-1}; here the features that enter are dropped out, as in every other head.
    """

    pair, distance = staticmethod(own_embeddings), staticmethod(embedding_distance)

    def __init__(self, config: RecurrentConfig, pooling: Pooling, both_ways: bool = False) -> None:
        super().__init__()
        self.config, self.pooling = config, pooling
        self.dropout = nn.Dropout(config.dropout)
        self.forwards = plain_recurrence(config.features, config.hidden, config.start)
        self.backwards = plain_recurrence(config.features, config.hidden, config.start) if both_ways else None

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, n) or, both ways, (B, 2n)."""
        features, lengths = without_padding(features, lengths)
        features = self.dropout(features)
        states = plain_states(self.forwards, features)
        if self.backwards is not None:
            reverse = plain_states(self.backwards, reversed_in_time(features, lengths))
            states = torch.cat([states, reversed_in_time(reverse, lengths)], dim=2)
        states = zero_padding(states, lengths)
        embedding = scaled(self.pooling.of_states(states, lengths), self.config.unit_length)
        return HeadOutput(embedding, states, None, lengths)

    def export(self, graph: Graph, features: str) -> str:
        """The same in ONNX: (T, B, q) -> (B, n) or, both ways, (B, 2n)."""
        states = states_in_graph(graph, [rnn for rnn in (self.forwards, self.backwards) if rnn is not None], features)
        return graph.scaled(self.pooling.in_graph(graph, states), self.config.unit_length)


def plain_recurrence(features: int, hidden: int, start: Start) -> nn.RNN:
    """Eq. 1 as torch's RNN: one bias (the second is fixed at zero), and the start that the configuration describes."""
    rnn = nn.RNN(features, hidden, batch_first=True)
    weights = dict(rnn.named_parameters())
    nn.init.zeros_(weights["bias_hh_l0"]).requires_grad_(False)
    nn.init.orthogonal_(weights["weight_hh_l0"])
    if start == "average":
        with torch.no_grad():
            nn.init.eye_(weights["weight_ih_l0"]).mul_(GAIN)
            nn.init.zeros_(weights["bias_ih_l0"])
            nn.init.zeros_(weights["weight_hh_l0"])
    return rnn


def plain_states(recurrence: nn.Module, features: Tensor) -> Tensor:
    """The states of a plain recurrence (eq. 1), shape (B, T, n), in its precision; features (B, T, q)."""
    weights = dict(recurrence.named_parameters())
    with torch.autocast(features.device.type, enabled=False):
        features = features.to(weights["weight_hh_l0"].dtype)
        if not applies_to(features):
            states: Tensor = recurrence(features)[0]
            return states
        inputs = F.linear(features, weights["weight_ih_l0"], weights["bias_ih_l0"] + weights["bias_hh_l0"])
        return plain_without_gradient(features, inputs, weights["weight_hh_l0"])


def states_in_graph(graph: Graph, directions: Sequence[nn.Module], features: str) -> str:
    """``plain_states`` in ONNX, in one direction or both: (T, B, q) -> (T, B, n x directions)."""
    weights = [dict(rnn.named_parameters()) for rnn in directions]
    W, R = (torch.stack([w[key] for w in weights]) for key in ("weight_ih_l0", "weight_hh_l0"))
    b = torch.stack([torch.cat([w["bias_ih_l0"], w["bias_hh_l0"]]) for w in weights])
    hidden, both = W.shape[1], len(directions) == 2
    kind: dict[str, Any] = {"direction": "bidirectional", "activations": ["Tanh", "Tanh"]} if both else {}
    states = graph("RNN", features, *(graph.constant(x) for x in (W, R, b)), hidden_size=hidden, **kind)
    side_by_side = graph("Transpose", states, perm=[0, 2, 1, 3])
    return str(graph("Reshape", side_by_side, graph.constant([0, 0, hidden * len(directions)])))

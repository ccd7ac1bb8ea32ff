"""The paper's head: sparse attentive backtracking, ``utrcnn``."""

import copy
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self, get_args

import numpy as np
import torch
from torch import Tensor, nn

from reid_core.model.backtracking import (
    VARIANTS,
    BacktrackingCell,
    CellRule,
    Combine,
    Memory,
    Normalise,
    Score,
    StreamState,
)
from reid_core.model.backtracking.closing import SHORTEST
from reid_core.model.graph import Graph
from reid_core.model.heads.recurrent import RecurrentConfig
from reid_core.model.named import check_choice
from reid_core.model.pooling import (
    HeadOutput,
    embedding_distance,
    own_embeddings,
    scaled,
    without_padding,
)

Variant = Literal["sab", "paper", "paper-raw", "closing", "custom"]


@dataclass(frozen=True)
class BacktrackingConfig(RecurrentConfig):
    """The last state of a recurrence that looks back at earlier ones: sparse attentive backtracking (the paper)."""

    name = "utrcnn"
    attends = True

    variant: Variant = "closing"
    """The cell's rule; custom takes score, normalise and combine, and may take memory."""
    score: Score | None = None
    """Of a memory against the query."""
    normalise: Normalise | None = None
    """From scores to attention."""
    combine: Combine | None = None
    """Where the attended memories enter; none: only when closing."""
    memory: Memory | None = None
    """What is remembered: the state, or what the frame shows by itself; None: the state."""
    closing: int | None = None
    """Steps without a frame after the last one, which read the memories again; None: as many as the variant has."""
    k_top: int = 5
    """Memories that are attended at most."""
    k_att: int = 1
    """Steps between two memories."""
    k_trunc: int | None = None
    """Steps after which the gradient of the recurrence is cut."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice(self, "variant", get_args(Variant))
        rule, name = (self.score, self.normalise, self.combine), type(self).__name__
        if self.variant == "custom" and None in rule:
            raise ValueError(f"{name}.score, normalise and combine are {rule}; variant='custom' needs all three")
        if self.variant != "custom" and self.memory is not None:
            raise ValueError(f"{name}.memory is {self.memory!r}; only variant='custom' takes it")
        if self.variant != "custom" and rule != (None, None, None):
            raise ValueError(f"{name}.score, normalise and combine are {rule}; only variant='custom' takes them")
        _ = self.cell

    @property
    def cell(self) -> CellRule:
        """The rule of the backtracking cell, with the variant spelled out."""
        given = {field.name: getattr(self, field.name) for field in fields(CellRule)}
        said = {name: value for name, value in given.items() if value is not None}
        return replace(VARIANTS.get(self.variant, CellRule()), **said)

    def build(self) -> "BacktrackingHead":
        """The head, with fresh weights."""
        return BacktrackingHead(self)


class BacktrackingHead(nn.Module):
    """The paper's head: eq. 2 with sparse attentive backtracking, the last state is the embedding, f = h_{T+C}."""

    pair, distance = staticmethod(own_embeddings), staticmethod(embedding_distance)

    def __init__(self, config: BacktrackingConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)
        self.cell = BacktrackingCell(config.features, config.hidden, config.cell)
        if config.start == "average":
            self.cell.start_as_average()

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, n), with attention (B, T, T)."""
        features, lengths = without_padding(features, lengths)
        states, attention, embedding, readings = self.cell(self.dropout(features), lengths)
        return HeadOutput(scaled(embedding, self.config.unit_length), states, attention, lengths, readings)

    def start(self, batch: int) -> StreamState:
        """The state of ``batch`` streams before their first frame."""
        return self.cell.start(batch)

    @torch.no_grad()
    def push(self, state: StreamState, features: Tensor) -> tuple[StreamState, Tensor]:
        """Read one more frame of each stream, as ``BacktrackingCell.push``, without dropout.

        Args: state: from ``start`` or the last ``push``. features: v_t, shape (B, q).
        Returns: the next state, and the embedding of the stream so far, (B, n), which is that of a clip of its frames.
        """
        state, _ = self.cell.push(state, features)
        return state, scaled(self.cell.close(state), self.config.unit_length)

    def with_rule(self, k_top: int | None = None, k_att: int | None = None) -> Self:
        """As ``AttendingHead.with_rule``."""
        old = self.config
        k_top, k_att = (was if new is None else new for was, new in ((old.k_top, k_top), (old.k_att, k_att)))
        return self._under(replace(old, k_top=k_top, k_att=k_att))

    def uniform(self) -> Self:
        """As ``AttendingHead.uniform``: softmax of scores that are all zero."""
        rule = self.config.cell
        same = {name: getattr(rule, name) for name in ("score", "combine", "memory", "closing")}
        uniform = self._under(replace(self.config, variant="custom", normalise="softmax", **same))
        nn.init.zeros_(uniform.cell.w_3.weight if rule.score == "mlp" else uniform.cell.w.weight)
        if rule.score == "dot":
            nn.init.zeros_(uniform.cell.beta)
        return uniform

    def _under(self, config: BacktrackingConfig) -> Self:
        """A copy with another rule; what is shared is never changed."""
        new = copy.deepcopy(self)
        new.config, new.cell.config = config, config.cell
        return new

    def export(self, graph: Graph, features: str) -> str:
        """The same in ONNX: (T, B, q) -> (B, n)."""
        return graph.scaled(_cell(graph, self.cell, features), self.config.unit_length)


def _cell(graph: Graph, cell: Any, features: str) -> str:
    """The backtracking cell as a Scan over frames, and its closing steps: (T, B, q) -> h_{T+C}, (B, n).

    The memories stand in T + k_top + 1 slots, so that there are always enough for a top k; ``count`` are in use.
    """
    inputs = graph.linear(features, cell.W_v.weight, cell.W_v.bias)
    length, batch = (graph("Shape", inputs, start=i, end=i + 1) for i in (0, 1))
    slots = graph("Add", length, graph.constant([cell.config.k_top + 1]))
    hidden = graph.constant([cell.W_h.in_features])
    zero = graph.helper.make_tensor("zero", 1, [1], [0.0])
    h = nothing = graph("ConstantOfShape", graph("Concat", batch, hidden, axis=0), value=zero)
    memories = graph("ConstantOfShape", graph("Concat", batch, slots, hidden, axis=0), value=zero)
    zero_d, one_d = graph.constant(0), graph.constant(1)
    places = graph("Range", zero_d, graph("Squeeze", slots), one_d)
    frames = graph("Range", zero_d, graph("Squeeze", length), one_d)
    body = _step(graph, cell, places)
    h, memories, _ = graph("Scan", h, memories, inputs, frames, body=body, num_scan_inputs=2, outputs=3)
    if not cell.config.closing:
        return str(h)
    count = graph("Div", graph("Squeeze", length), graph.constant(cell.config.k_att))
    s, used = nothing, graph("Less", places, count)
    for _ in range(cell.config.closing):
        s = _read(graph, cell, memories, s, used, count)
    return str(graph("Where", graph("Greater", count, zero_d), s, h))


def _step(outer: Graph, cell: Any, places: str) -> Any:
    """One step: (h, memories, x_t, t) -> (h_t, memories with that of t, h_t)."""
    from onnx import TensorProto

    rule: CellRule = cell.config
    graph, helper = Graph("step_"), outer.helper
    p = graph("Add", "x", graph.linear("h", cell.W_h.weight))
    g = graph("Tanh", p)
    count = graph("Div", "t", graph.constant(rule.k_att))
    h = g
    if rule.attends:
        s = _read(graph, cell, "m", g, graph("Less", places, count), count)
        h = graph("Add", g, s) if cell.W_m is None else graph("Tanh", graph("Add", p, graph.linear(s, cell.W_m.weight)))
    # Slot ``count`` is free; what stands there is overwritten until a step that writes moves on to the next.
    here = graph("Unsqueeze", graph("Equal", places, count), graph.constant([1]))
    memory = g if rule.apart else h
    memories = graph("Where", here, graph("Unsqueeze", memory, graph.constant([1])), "m")
    ends = [helper.make_node("Identity", [a], [b]) for a, b in ((h, "h_out"), (memories, "m_out"), (h, "state"))]
    number, whole = TensorProto.FLOAT, TensorProto.INT64
    n = cell.W_h.in_features
    h_shape, m_shape = ["batch", n], ["batch", "slots", n]
    ins = [("h", number, h_shape), ("m", number, m_shape), ("x", number, h_shape), ("t", whole, [])]
    outs = [("h_out", number, h_shape), ("m_out", number, m_shape), ("state", number, h_shape)]
    values = [[helper.make_tensor_value_info(*value) for value in side] for side in (ins, outs)]
    return helper.make_graph([*graph.nodes, *ends], "step", *values, graph.constants)


def _read(graph: Graph, cell: Any, memories: str, query: str, used: str, count: str) -> str:
    """s = sum_i alpha_i m_i, (B, n)."""
    one = graph.constant([1])
    alpha = _attention(graph, cell.config, _scores(graph, cell, memories, query), used, count)
    return str(graph("Squeeze", graph("MatMul", graph("Unsqueeze", alpha, one), memories), one))


def _scores(graph: Graph, cell: Any, memories: str, query: str) -> str:
    """a_i of every slot, (B, slots)."""
    one, two = graph.constant([1]), graph.constant([2])
    if cell.config.score == "linear":
        w_m, w_g = cell.w.weight.chunk(2, dim=1)
        return str(graph("Add", graph("Squeeze", graph.linear(memories, w_m), two), graph.linear(query, w_g)))
    asked = graph("Unsqueeze", graph.linear(query, cell.W_2.weight), one)
    known = graph.linear(memories, cell.W_1.weight, cell.W_1.bias)
    if cell.config.score == "mlp":
        return str(graph("Squeeze", graph.linear(graph("Tanh", graph("Add", known, asked)), cell.w_3.weight), two))
    match = graph("ReduceSum", graph("Mul", _direction(graph, known), _direction(graph, asked)), two, keepdims=0)
    own = graph("Squeeze", graph.linear(memories, cell.w.weight), two)
    return str(graph("Add", graph("Mul", match, graph.constant(cell.beta)), own))


def _direction(graph: Graph, x: str) -> str:
    """``closing.direction`` of the rows of x, (B, ., n)."""
    length = graph("ReduceL2", x, graph.constant([2]), keepdims=1)
    return str(graph("Div", x, graph("Max", length, graph.constant(SHORTEST, np.float32))))


def _attention(graph: Graph, rule: CellRule, scores: str, used: str, count: str) -> str:
    """alpha of every slot, (B, slots); zero on those not in use, and on all while there is no memory."""
    zero, nothing = graph.constant(0, np.float32), graph.constant(-1e30, np.float32)
    if rule.normalise == "none":
        return str(graph("Where", used, scores, zero))
    masked = graph("Where", used, scores, nothing)
    alpha = graph("Where", used, graph("Softmax", masked, axis=1), zero)
    if rule.normalise == "softmax":
        return str(alpha)
    k = rule.k_top
    top, index = graph("TopK", masked, graph.constant([k + 1]), axis=1, outputs=2)
    theta = graph("Gather", top, graph.constant([k]), axis=1)
    excess = graph("Sub", top, theta)
    total = graph("ReduceSum", excess, graph.constant([1]), keepdims=1)
    shared = graph.constant([1 / k] * k + [0], np.float32)
    weights = graph("Where", graph("Equal", total, zero), shared, graph("Div", excess, total))
    sparse = graph("ScatterElements", graph("Mul", masked, zero), index, weights, axis=1)
    return str(graph("Where", graph("Greater", count, graph.constant(k)), sparse, alpha))

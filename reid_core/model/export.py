"""Export to ONNX, for use without PyTorch; the graph is written by hand, node by node, so that any length T works.

Input ``clips`` (B, T, C, H, W), output ``embedding`` (B, n); B and T are free.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reid_core.model.backtracking import CellRule
from reid_core.model.encoder import PYRAMID_BINS, EncoderConfig
from reid_core.model.network import ReIdNetwork

OPSET = 18


class Graph:
    """Nodes in the order of their making, and the constants that they use."""

    def __init__(self, prefix: str = "") -> None:
        from onnx import helper, numpy_helper

        self.helper, self.numpy_helper, self.prefix = helper, numpy_helper, prefix
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Any, dtype: Any = np.int64) -> str:
        """The name of a new constant: a tensor as it is, anything else as ``dtype``."""
        array = value.detach().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value, dtype)
        name = f"{self.prefix}c{len(self.constants)}"
        self.constants.append(self.numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def __call__(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Add a node; the name of its output, or of each if it has several."""
        names = [f"{self.prefix}n{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(self.helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, x: str, weight: Tensor, bias: Tensor | None = None) -> str:
        """x W^T + b over the last dimension."""
        product: str = self("MatMul", x, self.constant(weight.T))
        return product if bias is None else str(self("Add", product, self.constant(bias)))


def export_onnx(network: ReIdNetwork, path: Path) -> None:
    """Write ``network``, in eval mode, as an ONNX model that takes whole clips without padding.

    ``astpn`` is exported as it embeds a clip by itself (``pair=False``). Embeddings equal PyTorch's to 1e-4, but for
    what single precision itself leaves open: a ``utrcnn`` that starts at random and was not trained lets rounding grow
    with the clip, in PyTorch as well.

    Args: path: of the file to write.
    Raises: ValueError: the package ``onnx`` is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise ValueError("export needs the package onnx: pip install onnx") from error
    graph, config = Graph(), network.config.encoder
    frames = graph("Reshape", "clips", graph.constant([-1, config.channels, config.height, config.width]))
    features = _encoder(graph, network.encoder, config, frames)
    shape = graph("Concat", graph("Shape", "clips", start=0, end=2), graph.constant([-1]), axis=0)
    by_time = graph("Transpose", graph("Reshape", features, shape), perm=[1, 0, 2])
    graph.nodes.append(graph.helper.make_node("Identity", [_head(graph, network.head, by_time)], ["embedding"]))
    sides = ["batch", "time", config.channels, config.height, config.width]
    clips = graph.helper.make_tensor_value_info("clips", onnx.TensorProto.FLOAT, sides)
    embedding = graph.helper.make_tensor_value_info(
        "embedding", onnx.TensorProto.FLOAT, ["batch", network.config.head.embedding_size]
    )
    whole = graph.helper.make_graph(graph.nodes, "reid", [clips], [embedding], graph.constants)
    model = graph.helper.make_model(whole, opset_imports=[graph.helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def _encoder(graph: Graph, encoder: Any, config: EncoderConfig, frames: str) -> str:
    """(N, C, H, W) -> (N, q)."""
    if config.streams:
        sizes = graph.constant(list(config.streams))
        groups = graph("Split", frames, sizes, axis=1, outputs=len(config.streams))
        parts = [_encoder(graph, e, e.config, x) for e, x in zip(encoder.encoders, groups, strict=True)]
        return str(graph("Concat", *parts, axis=1))
    activation = "Tanh" if config.activation == "tanh" else "Relu"
    x = frames
    for i, layer in enumerate(encoder.convolutions):
        x = graph("Conv", x, graph.constant(layer.weight), graph.constant(layer.bias), pads=[config.padding] * 4)
        x = graph(activation, x)
        if config.pooling == "flatten" or i + 1 < len(config.maps):
            x = graph("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    if config.pooling == "pyramid":
        x = _pyramid(graph, config, x)
    flat = graph("Reshape", x, graph.constant([-1, config.flat_count]))
    return graph.linear(flat, encoder.linear.weight, encoder.linear.bias)


def _pyramid(graph: Graph, config: EncoderConfig, maps: str) -> str:
    """``pyramid_pool``: (N, D, h, w) -> (N, 85 D)."""
    height, width = config.height, config.width
    for i in range(len(config.maps)):
        height, width = (size + 2 * config.padding - config.kernel + 1 for size in (height, width))
        if i + 1 < len(config.maps):
            height, width = height // 2, width // 2
    levels = []
    for bins in PYRAMID_BINS:
        places = []
        for i in range(bins * bins):
            (top, bottom), (left, right) = _bin(i // bins, bins, height), _bin(i % bins, bins, width)
            part = graph("Slice", maps, *(graph.constant(v) for v in ([top, left], [bottom, right], [2, 3])))
            places.append(graph("ReduceMax", part, graph.constant([2, 3]), keepdims=0))
        stacked = [graph("Unsqueeze", place, graph.constant([2])) for place in places]
        grid = graph("Concat", *stacked, axis=2)
        levels.append(graph("Reshape", grid, graph.constant([-1, config.maps[-1] * bins * bins])))
    return str(graph("Concat", *levels, axis=1))


def _bin(i: int, bins: int, size: int) -> tuple[int, int]:
    return i * size // bins, -(-(i + 1) * size // bins)


def _head(graph: Graph, head: Any, features: str) -> str:
    """Features (T, B, q) -> embedding (B, n)."""
    if head.config.name == "tsc":
        parts = graph("Split", features, axis=2, num_outputs=2, outputs=2)
        means = [_mean(graph, _rnn(graph, [rnn], x)) for rnn, x in zip(head.streams, parts, strict=True)]
        return str(graph("Concat", *(_scaled(graph, head, mean) for mean in means), axis=1))
    return _scaled(graph, head, _pooled(graph, head, features))


def _scaled(graph: Graph, head: Any, embedding: str) -> str:
    """f / max(||f||, 1e-12), as ``torch.nn.functional.normalize``, with ``unit_length``."""
    if not head.config.unit_length:
        return embedding
    length = graph("ReduceL2", embedding, graph.constant([1]), keepdims=1)
    return str(graph("Div", embedding, graph("Max", length, graph.constant(1e-12, np.float32))))


def _pooled(graph: Graph, head: Any, features: str) -> str:
    name = head.config.name
    if name == "mean":
        return _mean(graph, features)
    if name == "utrcnn":
        return _last(graph, _cell(graph, head.cell, features))
    states = _rnn(graph, [head.forwards, head.backwards] if name == "brcnn" else [head.forwards], features)
    if name == "astpn":
        return _pooled_with_itself(graph, head.U, states)
    return _last(graph, states) if name == "bptt" else _mean(graph, states)


def _mean(graph: Graph, states: str) -> str:
    return str(graph("ReduceMean", states, graph.constant([0]), keepdims=0))


def _last(graph: Graph, states: str) -> str:
    return str(graph("Gather", states, graph.constant(-1), axis=0))


def _rnn(graph: Graph, directions: list[Any], features: str) -> str:
    """Eq. 1, in one direction or both: (T, B, q) -> (T, B, n x directions)."""
    weights = [dict(rnn.named_parameters()) for rnn in directions]
    W, R = (torch.stack([w[key] for w in weights]) for key in ("weight_ih_l0", "weight_hh_l0"))
    b = torch.stack([torch.cat([w["bias_ih_l0"], w["bias_hh_l0"]]) for w in weights])
    hidden, both = W.shape[1], len(directions) == 2
    kind: dict[str, Any] = {"direction": "bidirectional", "activations": ["Tanh", "Tanh"]} if both else {}
    states = graph("RNN", features, *(graph.constant(x) for x in (W, R, b)), hidden_size=hidden, **kind)
    side_by_side = graph("Transpose", states, perm=[0, 2, 1, 3])
    return str(graph("Reshape", side_by_side, graph.constant([0, 0, hidden * len(directions)])))


def _pooled_with_itself(graph: Graph, U: Tensor, states: str) -> str:
    """ASTPN's pooling of P with itself: t = softmax_i max_j tanh(P U P^T)_ij, f = t^T P."""
    p = graph("Transpose", states, perm=[1, 0, 2])
    a = graph("Tanh", graph("MatMul", graph.linear(p, U.T), graph("Transpose", p, perm=[0, 2, 1])))
    t = graph("Softmax", graph("ReduceMax", a, graph.constant([2]), keepdims=1), axis=1)
    return str(graph("ReduceSum", graph("Mul", t, p), graph.constant([1]), keepdims=0))


def _cell(graph: Graph, cell: Any, features: str) -> str:
    """The backtracking cell as a Scan over frames: (T, B, q) -> states (T, B, n).

    The memories stand in T + k_top + 1 slots, so that there are always enough for a top k; ``count`` are in use.
    """
    inputs = graph.linear(features, cell.W_v.weight, cell.W_v.bias)
    length, batch = (graph("Shape", inputs, start=i, end=i + 1) for i in (0, 1))
    slots = graph("Add", length, graph.constant([cell.config.k_top + 1]))
    hidden = graph.constant([cell.W_h.in_features])
    zero = graph.helper.make_tensor("zero", 1, [1], [0.0])
    h = graph("ConstantOfShape", graph("Concat", batch, hidden, axis=0), value=zero)
    memories = graph("ConstantOfShape", graph("Concat", batch, slots, hidden, axis=0), value=zero)
    zero_d, one_d = graph.constant(0), graph.constant(1)
    places = graph("Range", zero_d, graph("Squeeze", slots), one_d)
    frames = graph("Range", zero_d, graph("Squeeze", length), one_d)
    body = _step(graph, cell, places)
    *_, states = graph("Scan", h, memories, inputs, frames, body=body, num_scan_inputs=2, outputs=3)
    return str(states)


def _step(outer: Graph, cell: Any, places: str) -> Any:
    """One step: (h, memories, x_t, t) -> (h_t, memories with h_t, h_t)."""
    from onnx import TensorProto

    rule: CellRule = cell.config
    graph, helper = Graph("step_"), outer.helper
    p = graph("Add", "x", graph.linear("h", cell.W_h.weight))
    g = graph("Tanh", p)
    count = graph("Div", "t", graph.constant(rule.k_att))
    alpha = _attention(graph, rule, _scores(graph, cell, g), graph("Less", places, count), count)
    s = graph("Squeeze", graph("MatMul", graph("Unsqueeze", alpha, graph.constant([1])), "m"), graph.constant([1]))
    h = graph("Add", g, s) if cell.W_m is None else graph("Tanh", graph("Add", p, graph.linear(s, cell.W_m.weight)))
    # Slot ``count`` is free; what stands there is overwritten until a step that writes moves on to the next.
    here = graph("Unsqueeze", graph("Equal", places, count), graph.constant([1]))
    memories = graph("Where", here, graph("Unsqueeze", h, graph.constant([1])), "m")
    ends = [helper.make_node("Identity", [a], [b]) for a, b in ((h, "h_out"), (memories, "m_out"), (h, "state"))]
    number, whole = TensorProto.FLOAT, TensorProto.INT64
    n = cell.W_h.in_features
    h_shape, m_shape = ["batch", n], ["batch", "slots", n]
    ins = [("h", number, h_shape), ("m", number, m_shape), ("x", number, h_shape), ("t", whole, [])]
    outs = [("h_out", number, h_shape), ("m_out", number, m_shape), ("state", number, h_shape)]
    values = [[helper.make_tensor_value_info(*value) for value in side] for side in (ins, outs)]
    return helper.make_graph([*graph.nodes, *ends], "step", *values, graph.constants)


def _scores(graph: Graph, cell: Any, g: str) -> str:
    """a_i of every slot, (B, slots)."""
    if cell.config.score == "linear":
        w_m, w_g = cell.w.weight.chunk(2, dim=1)
        return str(graph("Add", graph("Squeeze", graph.linear("m", w_m), graph.constant([2])), graph.linear(g, w_g)))
    query = graph("Unsqueeze", graph.linear(g, cell.W_2.weight), graph.constant([1]))
    both = graph("Tanh", graph("Add", graph.linear("m", cell.W_1.weight, cell.W_1.bias), query))
    return str(graph("Squeeze", graph.linear(both, cell.w_3.weight), graph.constant([2])))


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

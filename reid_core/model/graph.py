"""A graph of ONNX, written by hand, node by node; time comes first in it, (T, B, n), so that any length T works."""

from typing import Any

import numpy as np
from torch import Tensor


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

    def mean(self, states: str) -> str:
        """``mean_state``: (T, B, n) -> (B, n)."""
        return str(self("ReduceMean", states, self.constant([0]), keepdims=0))

    def last(self, states: str) -> str:
        """``last_state``: (T, B, n) -> (B, n)."""
        return str(self("Gather", states, self.constant(-1), axis=0))

    def scaled(self, embedding: str, unit_length: bool) -> str:
        """``scaled``: f / max(||f||, 1e-12), as ``torch.nn.functional.normalize``, with ``unit_length``."""
        if not unit_length:
            return embedding
        length = self("ReduceL2", embedding, self.constant([1]), keepdims=1)
        return str(self("Div", embedding, self("Max", length, self.constant(1e-12, np.float32))))

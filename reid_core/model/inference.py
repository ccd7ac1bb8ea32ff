"""The backtracking recurrence for a few clips at a time, on the CPU and without a gradient.

A step of one clip is so little arithmetic that what counts is how long an operation takes to start; NumPy's start
several times faster than PyTorch's. Equations and results are those of ``recurrence.Recurrence``.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.model.variants import CellConfig

Floats = NDArray[np.floating]

FEW_CLIPS = 8  # with more, PyTorch's threads make up for it


def few_clips(
    inputs: Tensor, rule: CellConfig, W_h: Tensor, W_m: Tensor | None, *weights: Tensor
) -> tuple[Tensor, Tensor]:
    """What ``Recurrence.apply`` returns for the same arguments; inputs (T, B, n).

    Returns: states (T, B, n) and attention (B, T, T).
    """
    with np.errstate(over="ignore"):  # exp(2 u) may be infinite: tanh is 1 there
        states, attention = _recurrence(
            _array(inputs), rule, _array(W_h), None if W_m is None else _array(W_m), [_array(w) for w in weights]
        )
    return torch.from_numpy(states).transpose(0, 1), torch.from_numpy(attention)


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.detach().numpy()
    return array


def _recurrence(
    inputs: Floats, rule: CellConfig, W_h: Floats, W_m: Floats | None, weights: Sequence[Floats]
) -> tuple[Floats, Floats]:
    length, batch, size = inputs.shape
    states = np.zeros((batch, length, size), inputs.dtype)
    attention = np.zeros((batch, length, length), inputs.dtype)
    write, read = (_linear if rule.score == "linear" else _mlp)(states, rule, weights)
    sparsify = {"topk": _topk, "softmax": _softmax, "none": _everything}[rule.normalise]
    W_hT, clips = np.ascontiguousarray(W_h.T), np.arange(batch)[:, None]
    W_mT = None if W_m is None else np.ascontiguousarray(W_m.T)
    h = states[:, 0]
    for t in range(length):
        p = inputs[t] + h @ W_hT
        g = np.tanh(p) if W_mT is None or rule.query_matters or t < rule.k_att else p
        if t < rule.k_att:
            h = g
        else:
            index, alpha = sparsify(read(g, rule.written(t)), rule.k_top)
            frames = index * rule.k_att + (rule.k_att - 1)
            attention[clips, t, frames] = alpha
            s = (alpha[:, None] @ states[clips, frames])[:, 0]
            h = g + s if W_mT is None else np.tanh(p + s @ W_mT)
        states[:, t] = h
        if rule.writes(t):
            write(t, h)
    return states, attention


Write = Callable[[int, Floats], None]
Read = Callable[[Floats, slice], Floats]


def _linear(states: Floats, rule: CellConfig, weights: Sequence[Floats]) -> tuple[Write, Read]:
    """How a memory is scored when it is written, and the scores read, (B, M); see ``recurrence.LinearScores``."""
    w_m, w_g = weights[0].reshape(2, -1)
    terms = np.empty(states.shape[:2], states.dtype)

    def write(t: int, h: Floats) -> None:
        terms[:, t] = h @ w_m

    def read(g: Floats, written: slice) -> Floats:
        return terms[:, written] + (g @ w_g)[:, None] if rule.query_matters else terms[:, written]

    return write, read


def _mlp(states: Floats, rule: CellConfig, weights: Sequence[Floats]) -> tuple[Write, Read]:
    """The same for scores by a small network; see ``recurrence.MlpScores``."""
    W_1, b_1, W_2, w_3 = (2 * np.ascontiguousarray(weight.T) for weight in weights)
    exponentials, scratch = np.empty_like(states), np.empty_like(states)
    limit = np.log(np.finfo(states.dtype).max) * 0.98
    shift = w_3.sum() / 2 if rule.normalise == "none" else 0

    def write(t: int, h: Floats) -> None:
        exponentials[:, t] = np.exp(h @ W_1 + b_1)

    def read(g: Floats, written: slice) -> Floats:
        query = np.exp(np.minimum(np.maximum(g @ W_2, -limit), limit))
        memories = exponentials[:, written]
        pairs = np.multiply(memories, query[:, None], out=scratch[:, : memories.shape[1]])
        pairs += 1
        scores: Floats = shift - (np.reciprocal(pairs, out=pairs) @ w_3)[..., 0]
        return scores

    return write, read


def _topk(scores: Floats, k_top: int) -> tuple[NDArray[np.intp], Floats]:
    """Which memories are attended, and their weights, both (B, K); see ``sparsify.top_attention``."""
    count = scores.shape[1]
    if count <= k_top:
        return _softmax(scores, k_top)
    index = scores.argpartition(count - k_top - 1)[:, count - k_top - 1 :]
    top = scores[np.arange(len(scores))[:, None], index]
    excess = top - top[:, :1]
    total = excess.sum(1, keepdims=True)
    if total.all():
        return index, excess / total
    tied = total[:, 0] == 0
    index[tied] = (-scores[tied]).argsort(kind="stable")[:, : k_top + 1]
    excess[tied, :k_top], total[tied] = 1, k_top
    return index, excess / total


def _softmax(scores: Floats, _: int) -> tuple[NDArray[np.intp], Floats]:
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return _everything(weights / weights.sum(1, keepdims=True), _)


def _everything(scores: Floats, _: int) -> tuple[NDArray[np.intp], Floats]:
    return np.broadcast_to(np.arange(scores.shape[1]), scores.shape), scores

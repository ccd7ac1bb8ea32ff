"""The backtracking recurrence on the CPU and without a gradient, where that is faster than ``recurrence``.

A step of one clip is so little arithmetic that what counts is how long an operation takes to start; NumPy's start
several times faster than PyTorch's. Three cases are faster here: a few clips; a linear score, whose best memories are
known when they are written, so that all others are forgotten; and clips that begin alike, as copies of one clip do from
each of which another frame was left out: they are computed once until they part. Equations and results are those of
``recurrence.Recurrence``.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.model.variants import CellConfig

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

FEW_CLIPS = 8  # with more, PyTorch's threads make up for it
FEW_WITH_BEST_MEMORIES = 64
FOR_THREADS = 1 << 18  # numbers from which on PyTorch's threads win over NumPy's one
UNTHREADED = 1 << 18  # multiplications of a product for which OpenBLAS stays on one thread


class Beginnings:
    """Which clips of a batch, (B, T, q), begin alike. Those are computed once until they part.

    order: the clips by the step at which they part from their parent, (B,); back: where each is in it, (B,). In this
    order, parents: of each a clip that starts at step 0, (B,); running: at each step, how many have parted, (T,).
    """

    def __init__(self, features: Tensor) -> None:
        clips = _array(features)
        starts = [start.tobytes() for start in clips[:, 0]]
        last = {start: clip for clip, start in enumerate(starts)}
        parents = np.array([last[start] for start in starts])
        same = np.zeros(len(clips), np.intp)
        for clip in np.flatnonzero(parents != np.arange(len(clips))):
            parted = (clips[clip] != clips[parents[clip]]).any(1)
            same[clip] = parted.argmax() or len(parted) - 1  # at least the last step is its own
        self.order: Indices = np.argsort(same, kind="stable")
        self.back: Indices = np.argsort(self.order)
        self.parents: Indices = self.back[parents[self.order]]
        self.running = np.searchsorted(same[self.order], np.arange(clips.shape[1]), side="right").tolist()

    @property
    def shared(self) -> float:
        """The share of all steps that need not be computed."""
        return 1 - float(np.mean(self.running)) / len(self.order)


def faster_way(features: Tensor, rule: CellConfig | None) -> Beginnings | None:
    """The beginnings of these features, (B, T, q), if what is here takes less time than PyTorch; else None."""
    if features.device.type != "cpu" or torch.is_grad_enabled():
        return None
    beginnings = Beginnings(features)
    few = 0 if rule is None else FEW_WITH_BEST_MEMORIES if keeps_the_best(rule) else FEW_CLIPS
    return beginnings if len(features) <= few or beginnings.shared > 0.3 else None


def keeps_the_best(rule: CellConfig) -> bool:
    """Whether it is known when a memory is written whether it is among the best so far."""
    return rule.normalise == "topk" and not rule.query_matters


def without_gradient(
    beginnings: Beginnings, inputs: Tensor, rule: CellConfig, W_h: Tensor, W_m: Tensor | None, *weights: Tensor
) -> tuple[Tensor, Tensor]:
    """What ``Recurrence.apply`` returns for the same arguments; inputs (T, B, n), of clips with these beginnings.

    Returns: states (T, B, n) and attention (B, T, T).
    """
    arrays = [_array(weight) for weight in weights]
    states = np.zeros(tuple(inputs.shape), _array(inputs).dtype)
    memories = (BestMemories if keeps_the_best(rule) else AllMemories)(
        states, rule, None if W_m is None else _array(W_m), *arrays
    )
    with np.errstate(over="ignore"):  # states that grow without bound do so quietly, as in PyTorch
        _run(states, _array(inputs), beginnings, _array(W_h), memories)
    attention = memories.attention()
    if beginnings.shared:
        states, attention = states[:, beginnings.back], attention[beginnings.back]
    return torch.from_numpy(states), torch.from_numpy(attention)


def plain_without_gradient(beginnings: Beginnings, inputs: Tensor, W_h: Tensor) -> Tensor:
    """The states of the plain recurrence (eq. 1), (T, B, n); inputs: W_v v + b, (T, B, n)."""
    states = np.zeros(tuple(inputs.shape), _array(inputs).dtype)
    _run(states, _array(inputs), beginnings, _array(W_h), None)
    return torch.from_numpy(states[:, beginnings.back])


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.detach().numpy()
    return array


def _run(
    states: Floats,
    inputs: Floats,
    beginnings: Beginnings,
    W_h: Floats,
    memories: "Memories | None",
) -> None:
    """Fill the states, (T, B, n), with the clips in the order of their beginnings."""
    if beginnings.shared:
        inputs = inputs[:, beginnings.order]
    W_hT = np.ascontiguousarray(W_h.T)
    h, running = np.zeros_like(states[0]), beginnings.running[0]
    for t, (x, h_t) in enumerate(zip(inputs, states, strict=True)):
        if running < beginnings.running[t]:
            new = np.arange(running, beginnings.running[t])
            running = beginnings.running[t]
            states[:t, new] = states[:t, beginnings.parents[new]]
            if memories is not None:
                memories.copy(t, new, beginnings.parents[new])
        x, h, h_t = x[:running], h[:running], h_t[:running]
        p = _product(h, W_hT)
        p += x
        if memories is None:
            np.tanh(p, out=h_t)
        else:
            memories.step(t, p, h_t)
        h = states[t]


class Memories:
    """What is remembered of states (T, B, n), and how the next one follows from it."""

    def __init__(self, states: Floats, rule: CellConfig, W_m: Floats | None) -> None:
        self.states, self.rule, self.count = states, rule, 0
        self.W_mT = None if W_m is None else np.ascontiguousarray(W_m.T)

    def step(self, t: int, p: Floats, h: Floats) -> None:
        """From p_t to h_t, both (B', n), which is remembered."""
        if t < self.rule.k_att:
            np.tanh(p, out=h)
        elif self.W_mT is None:
            g = np.tanh(p)
            np.add(g, self.read(t, g), out=h)
        else:
            p += self.read(t, np.tanh(p) if self.rule.query_matters else p)
            np.tanh(p, out=h)
        if self.rule.writes(t):
            self.write(t, h)

    def read(self, t: int, g: Floats) -> Floats:
        """s = sum_i alpha_i m_i of step t or, with ``inside``, W_m s: (B', n), of the first B' clips."""
        raise NotImplementedError

    def write(self, t: int, h: Floats) -> None:
        """Remember the states of step t, (B', n), of the first B' clips."""
        raise NotImplementedError

    def copy(self, t: int, new: Indices, parents: Indices) -> None:
        """Let clips remember at step t what their parents do."""
        raise NotImplementedError

    def attention(self) -> Floats:
        """alpha of all steps, (B, T, T)."""
        raise NotImplementedError


class BestMemories(Memories):
    """The best k_top + 1 memories by a linear score, and what W_m makes of each, computed once, when it is written.

    A clip's attention stays as it is until one of its memories is better than the worst of these.
    """

    def __init__(self, states: Floats, rule: CellConfig, W_m: Floats | None, w: Floats) -> None:
        super().__init__(states, rule, W_m)
        length, batch, size = states.shape
        self.size = rule.k_top + 1
        self.w = np.ascontiguousarray(w[0, :size])
        self.values = np.zeros((batch, self.size, size), states.dtype)
        self.scores = np.full((batch, self.size), -np.inf, states.dtype)
        coming = np.arange(self.size) * rule.k_att + (rule.k_att - 1)  # where nothing is remembered yet
        self.frames = np.tile(coming, (batch, 1))
        self.worst, self.threshold = np.zeros(batch, np.intp), np.full(batch, -np.inf, states.dtype)
        self.alpha, self.summary = np.zeros_like(self.scores), np.zeros_like(states[0])
        self.alphas = np.zeros((length, batch, self.size), states.dtype)
        self.places = np.tile(coming, (length, batch, 1))

    def write(self, t: int, h: Floats) -> None:
        """Remember the states of step t, (B', n), of the first B' clips, where they are better than the worst."""
        scores = h @ self.w
        better = (scores > self.threshold[: len(h)]).nonzero()[0]  # among equals the earliest stays
        self.count += 1
        if len(better):
            where, memories = (better, self.worst.take(better)), h.take(better, 0)
            self.values[where] = memories if self.W_mT is None else _product(memories, self.W_mT)
            self.scores[where], self.frames[where] = scores.take(better), t
            self._attend(better)

    def read(self, t: int, g: Floats) -> Floats:
        """s = sum_i alpha_i m_i of step t or, with ``inside``, W_m s: (B', n)."""
        clips = len(g)
        self.alphas[t, :clips], self.places[t, :clips] = self.alpha[:clips], self.frames[:clips]
        summary: Floats = self.summary[:clips]
        return summary

    def copy(self, t: int, new: Indices, parents: Indices) -> None:
        """Let clips remember at step t what their parents do."""
        now = (self.values, self.scores, self.frames, self.worst, self.threshold, self.alpha, self.summary)
        for array in now:
            array[new] = array[parents]
        self.alphas[:t, new], self.places[:t, new] = self.alphas[:t, parents], self.places[:t, parents]

    def attention(self) -> Floats:
        """alpha of all steps, (B, T, T)."""
        length, batch, _ = self.alphas.shape
        attention = np.zeros((batch, length, max(length, self.size * self.rule.k_att)), self.alphas.dtype)
        rows = np.arange(batch * length).reshape(batch, length, 1).transpose(1, 0, 2) * attention.shape[2]
        attention.reshape(-1)[rows + self.places] = self.alphas
        return np.ascontiguousarray(attention[..., :length])

    def _attend(self, clips: Indices) -> None:
        """Weigh the memories of these clips anew."""
        scores = self.scores.take(clips, 0)
        self.worst[clips] = scores.argmin(1)
        self.threshold[clips] = lowest = np.minimum.reduce(scores, 1)
        if self.count < self.size:
            alpha = np.exp(scores - scores.max(1, keepdims=True))
            total = np.add.reduce(alpha, 1)
        else:
            alpha = scores - lowest[:, None]
            total = np.add.reduce(alpha, 1)
            if not np.logical_and.reduce(total):
                tied = total == 0
                frames = self.frames[clips[tied]]
                alpha[tied], total[tied] = frames < frames.max(1, keepdims=True), self.rule.k_top
        alpha /= total[:, None]
        self.alpha[clips], self.summary[clips] = alpha, (alpha[:, None] @ self.values.take(clips, 0))[:, 0]


class AllMemories(Memories):
    """Every memory, with its part of the score, computed once, when it is written.

    linear: w_m . m_i. mlp: r_i = exp(-2 u_i) with u_i = W_1 m_i + b_1; with q = exp(2 W_2 g) the score is, since
    tanh x = 1 - 2 / (1 + exp 2x) (see ``recurrence.MlpScores``), w_3 . (1 - 2 r_i / (r_i + q)).
    """

    def __init__(self, states: Floats, rule: CellConfig, W_m: Floats | None, *weights: Floats) -> None:
        super().__init__(states, rule, W_m)
        length, batch, size = states.shape
        self.clips = np.arange(batch)[:, None]
        self.sparsify = {"topk": _topk, "softmax": _softmax, "none": _everything}[rule.normalise]
        self.alphas = np.zeros((batch, length, length), states.dtype)
        if rule.score == "linear":
            self.weights = [weights[0].reshape(2, -1)]
            self.parts = np.empty((batch, length, 1), states.dtype)
        else:
            W_1, b_1, W_2, w_3 = weights
            self.weights = [factor * np.ascontiguousarray(weight.T)
                            for factor, weight in ((-2, W_1), (-2, b_1), (2, W_2), (-2, w_3[0]))]  # fmt: skip
            self.parts = np.empty((batch, length, size), states.dtype)
            self.scratch = np.empty(states.size, states.dtype)
            self.limit = np.log(np.finfo(states.dtype).max) * 0.98
            self.shift = -self.weights[3].sum() / 2 if rule.normalise == "none" else 0

    def write(self, t: int, h: Floats) -> None:
        """Remember the states of step t, (B', n), of the first B' clips."""
        if self.rule.score == "linear":
            self.parts[: len(h), self.count, 0] = h @ self.weights[0][0]
        else:
            W_1, b_1, _, _ = self.weights
            self.parts[: len(h), self.count] = self._exp(_product(h, W_1) + b_1)
        self.count += 1

    def read(self, t: int, g: Floats) -> Floats:
        """s = sum_i alpha_i m_i of step t or, with ``inside``, W_m s: (B', n)."""
        index, alpha = self.sparsify(self._scores(g), self.rule.k_top)
        frames = index if self.rule.k_att == 1 else index * self.rule.k_att + (self.rule.k_att - 1)
        clips = self.clips[: len(g)]
        self.alphas[clips, t, frames] = alpha
        s: Floats = (alpha[:, None] @ self.states[frames, clips])[:, 0]
        return s if self.W_mT is None else _product(s, self.W_mT)

    def copy(self, t: int, new: Indices, parents: Indices) -> None:
        """Let clips remember at step t what their parents do."""
        self.parts[new, : self.count] = self.parts[parents, : self.count]
        self.alphas[new, :t, :t] = self.alphas[parents, :t, :t]

    def attention(self) -> Floats:
        """alpha of all steps, (B, T, T)."""
        return self.alphas

    def _scores(self, g: Floats) -> Floats:
        """The scores of the memories against g, (B', n): (B', M)."""
        parts = self.parts[: len(g), : self.count]
        if self.rule.score == "linear":
            return parts[..., 0] + (g @ self.weights[0][1])[:, None] if self.rule.query_matters else parts[..., 0]
        _, _, W_2, w_3 = self.weights
        query = self._exp(_product(g, W_2))[:, None]
        shares = self.scratch[: parts.size].reshape(parts.shape)
        if parts.size < FOR_THREADS:
            np.add(parts, query, out=shares)
            scores = np.divide(parts, shares, out=shares).reshape(-1, len(w_3)) @ w_3
        else:
            many, memories = torch.from_numpy(shares), torch.from_numpy(parts)
            torch.add(memories, torch.from_numpy(query), out=many)
            scores = torch.div(memories, many, out=many).view(-1, len(w_3)).mv(torch.from_numpy(w_3)).numpy()
        scores += self.shift
        return scores.reshape(parts.shape[:2])

    def _exp(self, x: Floats) -> Floats:
        """exp x, neither zero nor infinite; x is lost."""
        np.maximum(x, -self.limit, out=x)
        np.minimum(x, self.limit, out=x)
        result: Floats = np.exp(x, out=x)
        return result


def _product(rows: Floats, matrix: Floats) -> Floats:
    """rows @ matrix, a few rows at a time: what takes microseconds is not worth waking BLAS's threads for."""
    if len(rows) * matrix.size <= UNTHREADED:
        return rows @ matrix
    few = max(1, UNTHREADED // matrix.size)
    product = np.empty((len(rows), matrix.shape[1]), rows.dtype)
    for start in range(0, len(rows), few):
        np.matmul(rows[start : start + few], matrix, out=product[start : start + few])
    return product


def _topk(scores: Floats, k_top: int) -> tuple[Indices, Floats]:
    """Which memories are attended, and their weights, both (B, K); see ``sparsify.top_attention``."""
    count = scores.shape[1]
    if count <= k_top:
        return _softmax(scores, k_top)
    index = scores.argpartition(count - k_top - 1)[:, count - k_top - 1 :]
    top = scores[np.arange(len(scores))[:, None], index]
    excess = top - top[:, :1]
    total = np.add.reduce(excess, 1, keepdims=True)
    if np.logical_and.reduce(total, None):
        return index, excess / total
    tied = total[:, 0] == 0
    index[tied] = (-scores[tied]).argsort(kind="stable")[:, : k_top + 1]
    excess[tied, :k_top], total[tied] = 1, k_top
    return index, excess / total


def _softmax(scores: Floats, _: int) -> tuple[Indices, Floats]:
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return _everything(weights / weights.sum(1, keepdims=True), _)


def _everything(scores: Floats, _: int) -> tuple[Indices, Floats]:
    return np.broadcast_to(np.arange(scores.shape[1]), scores.shape), scores

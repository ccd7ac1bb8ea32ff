"""The recurrence on the CPU and without a gradient: equations and results of ``recurrence.Recurrence``, compiled.

A step of one clip is so little arithmetic that PyTorch spends most of its time on starting operations. Here Numba
compiles the loop over frames, once; what it compiled is kept beside this file or with the user. Clips that begin alike,
as do the copies of one clip from each of which another frame was left out, are computed once until they part.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from reid_core.model.variants import CellConfig

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]
Function = TypeVar("Function", bound=Callable[..., Any])

TOGETHER = 16  # clips of a block, for which each weight is read once
WORTH_THREADS = 1 << 27  # multiplications that take longer than PyTorch's idle threads hold the other core


def compiled(function: Function) -> Function:
    """Compile with Numba: sums in any order, several numbers at once; NaN and infinity stay what they are."""
    compile_it = partial(njit, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
    try:
        return cast(Function, compile_it(cache=True)(function))
    except RuntimeError:  # no folder to keep it in: it is compiled in each process
        return cast(Function, compile_it()(function))


class Beginnings:
    """Which clips of a batch, (B, T, q), begin alike. Those are computed once until they part.

    order: the clips by the step at which they part from their parent, (B,); back: where each is in it, (B,). In this
    order, starts: that step, (B,); parents: of each a clip that starts at step 0, (B,); roots: how many start there.
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
        self.starts, self.parents = same[self.order], self.back[parents[self.order]]
        self.roots = int((same == 0).sum())


class Rule(NamedTuple):
    """A ``CellConfig`` as the compiled loop reads it."""

    mlp: bool
    topk: bool
    raw: bool
    inside: bool
    k_top: int
    k_att: int
    query_matters: bool


class Weights(NamedTuple):
    """What a cell has learned, matrices transposed, (n, n).

    mlp: r_i = exp(-2 (W_1 m_i + b_1)), q = exp(2 W_2 g); since tanh x = 1 - 2 / (1 + exp 2x), the score
    w_3 . tanh(W_1 m_i + b_1 + W_2 g) is w . r_i / (r_i + q) + shift, with w = -2 w_3, (n,), and shift = sum w_3.
    linear: r_i = w_m . m_i, q = w_g . g; the score is their sum. W_1, W_2 (n, 1) are w_m, w_g; b_1, w (1,) are 0.
    """

    W_h: Floats
    W_m: Floats
    W_1: Floats
    b_1: Floats
    W_2: Floats
    w: Floats
    shift: Floats


class Clips(NamedTuple):
    """Clips in the order of their beginnings.

    starts, (B,); states, (B, T, n), in whose place W_v v + b is until they are computed; attention, (B, T, T); parts:
    r_i of each memory, (B, M, k). Before its start, all of a clip is there.
    """

    starts: Indices
    states: Floats
    attention: Floats
    parts: Floats


class Now(NamedTuple):
    """What is known of each clip at a step, and of the memories that it may attend, at most K.

    h, p: as in ``BacktrackingCell``; s: what is added to them; all (B, n). q: of the query or a new memory, (B, k).
    scores, which, alpha: (B, K), of the memories listed, number: how many, (B,). With ``topk`` these are the best
    k_top + 1, best first, of equals the earliest; else all.
    """

    h: Floats
    p: Floats
    s: Floats
    q: Floats
    scores: Floats
    which: Indices
    alpha: Floats
    number: Indices


def applies_to(features: Tensor) -> bool:
    """Whether what is here may be used: no gradient is wanted, and the features, (B, T, q), are on the CPU."""
    known = features.dtype in (torch.float32, torch.float64)
    return known and features.device.type == "cpu" and not torch.is_grad_enabled()


def without_gradient(
    features: Tensor, inputs: Tensor, rule: CellConfig, W_h: Tensor, W_m: Tensor | None, *weights: Tensor
) -> tuple[Tensor, Tensor]:
    """What ``Recurrence.apply`` computes from the same weights.

    Args: features (B, T, q); inputs: W_v v + b, (B, T, n), where the states may be written.
    Returns: states (B, T, n) and attention (B, T, T).
    """
    length = inputs.shape[1]
    attention = np.zeros((len(inputs), length, length), _array(inputs).dtype)
    return _compute(features, inputs, attention, rule, _weights(rule, W_h, W_m, *weights))


def plain_without_gradient(features: Tensor, inputs: Tensor, W_h: Tensor) -> Tensor:
    """The states of the plain recurrence (eq. 1), (B, T, n): one that never writes a memory; arguments as above."""
    never = CellConfig("linear", "topk", "add", k_top=1, k_att=inputs.shape[1] + 1)
    nothing = np.zeros((len(inputs), 0, 0), _array(inputs).dtype)
    weights = _weights(never, W_h, None, torch.zeros_like(W_h[:1]).repeat(1, 2))
    return _compute(features, inputs, nothing, never, weights)[0]


def _weights(rule: CellConfig, W_h: Tensor, W_m: Tensor | None, *score: Tensor) -> Weights:
    both = _transposed(W_h), _transposed(W_h[:0] if W_m is None else W_m)
    if rule.score == "mlp":
        W_1, b_1, W_2, w_3 = score
        return Weights(*both, _transposed(W_1), _array(b_1), _transposed(W_2), -2 * _array(w_3[0]), _array(w_3.sum(1)))
    w_m, w_g = score[0].chunk(2, dim=1)
    zero = np.zeros_like(both[0], shape=1)
    return Weights(*both, _transposed(w_m), zero, _transposed(w_g), zero, zero)


def _compute(
    features: Tensor, inputs: Tensor, attention: Floats, config: CellConfig, weights: Weights
) -> tuple[Tensor, Tensor]:
    """The states, and the attention: zeros before, (B, T, T), or nothing at all, (B, 0, 0), if no memory is written."""
    begin, (batch, length, size) = Beginnings(features), inputs.shape
    states = _array(inputs.contiguous()) if begin.roots == batch else _array(inputs)[begin.order]
    parts = np.empty((batch, length // config.k_att, len(weights.b_1)), states.dtype)
    rule = Rule(
        config.score == "mlp",
        config.normalise == "topk",
        config.normalise == "none",
        config.combine == "inside",
        config.k_top,
        config.k_att,
        config.query_matters,
    )
    clips = Clips(begin.starts, states, attention, parts)
    worth = inputs.numel() * size * (3 if rule.mlp else 1) > WORTH_THREADS
    _run_blocks(clips, weights, rule, range(begin.roots), worth)
    for clip in range(begin.roots, batch):
        t, parent = begin.starts[clip], begin.parents[clip]
        states[clip, :t], attention[clip, :t, :t] = states[parent, :t], attention[parent, :t, :t]
        parts[clip, : t // rule.k_att] = parts[parent, : t // rule.k_att]
    _run_blocks(clips, weights, rule, range(begin.roots, batch), worth)
    if begin.roots < batch:
        states, attention = states[begin.back], attention[begin.back]
    return torch.from_numpy(states), torch.from_numpy(attention)


def _run_blocks(clips: Clips, weights: Weights, rule: Rule, which: range, worth_threads: bool) -> None:
    """Compute these clips, some together; the blocks on several threads if that is worth it."""
    threads = torch.get_num_threads() if worth_threads else 1
    together = max(1, min(TOGETHER, -(-len(which) // threads)))
    blocks = [_part(clips, start, min(start + together, which.stop)) for start in which[::together]]
    if threads == 1 or len(blocks) < 2:
        for block in blocks:
            _run(block, weights, rule)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda block: _run(block, weights, rule), blocks))


def _part(clips: Clips, start: int, stop: int) -> Clips:
    few = slice(start, stop)
    return Clips(clips.starts[few], clips.states[few], clips.attention[few], clips.parts[few])


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.detach().numpy()
    return array


def _transposed(matrix: Tensor) -> Floats:
    return np.ascontiguousarray(_array(matrix).T)


@compiled
def _run(clips: Clips, weights: Weights, rule: Rule) -> None:
    """Fill states, attention and parts of clips from their starts on."""
    now, running = _before(clips, weights, rule), 0
    for t in range(clips.starts[0], clips.states.shape[1]):
        memories = t // rule.k_att
        for c in range(running, len(clips.starts)):
            if clips.starts[c] > t:
                break
            running = c + 1
            if t > 0:
                _go_on(now, c, clips, weights, rule, t)
        h, p, s = now.h[:running], now.p[:running], now.s[:running]
        for c in range(running):
            _copy(clips.states[c, t], p[c])
        _add_product(h, weights.W_h, p)
        if rule.query_matters or not rule.inside:
            _tanh(p, h)
        if rule.query_matters and memories > 0:
            _ask(now, running, clips, weights, rule, memories)
        if rule.inside:
            _add(p, s)
            _tanh(p, h)
        else:
            _add(h, s)
        for c in range(running):
            _copy(h[c], clips.states[c, t])
            for i in range(now.number[c]):
                clips.attention[c, t, _frame(now.which[c, i], rule)] = now.alpha[c, i]
        if (t + 1) % rule.k_att == 0:
            _remember(now, running, clips, weights, rule, memories)


@compiled
def _before(clips: Clips, weights: Weights, rule: Rule) -> Now:
    """Nothing is known yet."""
    batch, _, n = clips.states.shape
    h, q = np.zeros((batch, n), clips.states.dtype), np.zeros((batch, len(weights.b_1)), clips.states.dtype)
    scores = np.zeros((batch, rule.k_top + 1 if rule.topk else clips.parts.shape[1]), h.dtype)
    which, number = np.zeros(scores.shape, np.intp), np.zeros(batch, np.intp)
    return Now(h, np.zeros_like(h), np.zeros_like(h), q, scores, which, np.zeros_like(scores), number)


@compiled
def _go_on(now: Now, c: int, clips: Clips, weights: Weights, rule: Rule, t: int) -> None:
    """Clip c is known up to step t."""
    _copy(clips.states[c, t - 1], now.h[c])
    if not rule.mlp and t >= rule.k_att:
        for memory in range(t // rule.k_att):
            _list(now, c, clips.parts[c, memory, 0], memory, rule)
        _read(now, c, clips, weights, rule)


@compiled
def _ask(now: Now, running: int, clips: Clips, weights: Weights, rule: Rule, memories: int) -> None:
    """Read the memories with the provisional state, which is in h, as the query."""
    q = now.q[:running]
    _zero(q)
    _add_product(now.h[:running], weights.W_2, q)
    if rule.mlp:
        _exponential(q, 2.0)
    for c in range(running):
        if rule.mlp:
            now.number[c] = 0
            for memory in range(memories):
                score = _score(clips.parts[c, memory], q[c], weights)
                _list(now, c, score, memory, rule)
        _read(now, c, clips, weights, rule)


@compiled
def _remember(now: Now, running: int, clips: Clips, weights: Weights, rule: Rule, memory: int) -> None:
    """Make memories of the states h."""
    r = now.q[:running]
    for c in range(running):
        _copy(weights.b_1, r[c])
    _add_product(now.h[:running], weights.W_1, r)
    if rule.mlp:
        _exponential(r, -2.0)
    for c in range(running):
        _copy(r[c], clips.parts[c, memory])
        if not rule.mlp and _list(now, c, r[c, 0], memory, rule) and not rule.query_matters:
            _read(now, c, clips, weights, rule)


@compiled
def _frame(memory: int, rule: Rule) -> int:
    """The frame whose state is the memory."""
    return memory * rule.k_att + rule.k_att - 1


@compiled
def _score(r: Floats, q: Floats, weights: Weights) -> np.floating:
    """The score of a memory for a query (mlp), less the shift that all have in common."""
    w, score = weights.w, r.dtype.type(0)
    for j in range(len(r)):
        score += w[j] * (r[j] / (r[j] + q[j]))
    return score


@compiled
def _list(now: Now, c: int, score: np.floating, memory: int, rule: Rule) -> bool:
    """List one more memory of clip c, if it is good enough; whether it was."""
    scores, which, k = now.scores[c], now.which[c], now.number[c]
    if rule.topk and k == len(scores):
        k -= 1
        if not score > scores[k]:
            return False
    else:
        now.number[c] += 1
    while rule.topk and k > 0 and score > scores[k - 1]:
        scores[k], which[k] = scores[k - 1], which[k - 1]
        k -= 1
    scores[k], which[k] = score, memory
    return True


@compiled
def _read(now: Now, c: int, clips: Clips, weights: Weights, rule: Rule) -> None:
    """s = sum_i alpha_i m_i or, with ``inside``, W_m s, of the memories that are listed for clip c."""
    number, alpha, s = now.number[c], now.alpha[c], now.s[c]
    _weigh(now.scores[c, :number], alpha, weights.shift[0] if rule.mlp else now.q[c, 0], rule)
    total = np.zeros_like(s)
    for i in range(number):
        m, a = clips.states[c, _frame(now.which[c, i], rule)], alpha[i]
        for j in range(len(m)):
            total[j] += a * m[j]
    if rule.inside:
        _zero(s.reshape(1, -1))
        _add_product(total.reshape(1, -1), weights.W_m, s.reshape(1, -1))
    else:
        _copy(total, s)


@compiled
def _weigh(scores: Floats, alpha: Floats, common: np.floating, rule: Rule) -> None:
    """From the scores of the listed memories to alpha, see ``sparsify``; common: what the scores lack."""
    total, high, last = scores.dtype.type(0), scores[0], scores[-1]
    for i in range(len(scores)):
        high = max(high, scores[i])
    for i in range(len(scores)):
        if rule.raw:
            alpha[i] = scores[i] + common
        elif rule.topk and len(scores) > rule.k_top:
            alpha[i] = scores[i] - last
        else:
            alpha[i] = math.exp(scores[i] - high)
        total += alpha[i]
    if rule.raw:
        return
    if total == 0:
        for i in range(rule.k_top):
            alpha[i] = 1
        total += rule.k_top
    for i in range(len(scores)):
        alpha[i] /= total


@compiled
def _copy(x: Floats, out: Floats) -> None:
    for j in range(len(x)):
        out[j] = x[j]


@compiled
def _zero(out: Floats) -> None:
    for c in range(len(out)):
        for j in range(out.shape[1]):
            out[c, j] = 0


@compiled
def _add(x: Floats, y: Floats) -> None:
    """Add y to x."""
    for c in range(len(x)):
        for j in range(x.shape[1]):
            x[c, j] += y[c, j]


@compiled
def _add_product(rows: Floats, matrix: Floats, out: Floats) -> None:
    """Add rows @ matrix to out, eight rows of the matrix at a time."""
    if matrix.shape[1] == 1:
        column = matrix.reshape(-1)
        for c in range(len(rows)):
            total = out[c, 0]
            for k in range(len(column)):
                total += rows[c, k] * column[k]
            out[c, 0] = total
        return
    many = len(matrix) - len(matrix) % 8
    for k in range(0, many, 8):
        m = matrix[k : k + 8]
        for c in range(len(rows)):
            a, o = rows[c, k : k + 8], out[c]
            for j in range(len(o)):
                low = a[0] * m[0, j] + a[1] * m[1, j] + a[2] * m[2, j] + a[3] * m[3, j]
                o[j] += low + a[4] * m[4, j] + a[5] * m[5, j] + a[6] * m[6, j] + a[7] * m[7, j]
    for k in range(many, len(matrix)):
        for c in range(len(rows)):
            for j in range(matrix.shape[1]):
                out[c, j] += rows[c, k] * matrix[k, j]


@compiled
def _exponential(x: Floats, factor: float) -> None:
    """exp(factor x) in the place of x, neither zero nor infinite, and a weight times it neither.

    With factor 2 single precision takes |x| as 32 where it is larger, so a sum of two that nearly cancel is wrong
    there.
    """
    times, limit = x.dtype.type(factor), x.dtype.type(64 if x.itemsize == 4 else 600)
    for c in range(len(x)):
        for j in range(x.shape[1]):
            x[c, j] = math.exp(min(max(times * x[c, j], -limit), limit))


@compiled
def _tanh(x: Floats, out: Floats) -> None:
    """tanh x; of single precision to 4e-7 of its value, several numbers at once.

    Lambert's continued fraction for tanh(x / 4), twice doubled: tanh 2y = 2 tanh y / (1 + tanh^2 y).
    """
    far = np.float32(9.1)
    n_1, n_2, n_3 = np.float32(17325 / 135135), np.float32(378 / 135135), np.float32(1 / 135135)
    d_1, d_2, d_3 = np.float32(62370 / 135135), np.float32(3150 / 135135), np.float32(28 / 135135)
    one, two, quarter = np.float32(1), np.float32(2), np.float32(0.25)
    for c in range(len(x)):
        for j in range(x.shape[1]):
            if x.itemsize == 8:
                out[c, j] = math.tanh(x[c, j])
            else:
                y = quarter * min(max(x[c, j], -far), far)
                z = y * y
                y *= (one + z * (n_1 + z * (n_2 + z * n_3))) / (one + z * (d_1 + z * (d_2 + z * d_3)))
                y = two * y / (one + y * y)
                out[c, j] = two * y / (one + y * y)

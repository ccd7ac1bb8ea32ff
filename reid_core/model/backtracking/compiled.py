"""The recurrence on the CPU and without a gradient: equations and results of ``gradient.Recurrence``, compiled.

A step of one clip is so little arithmetic that PyTorch spends most of its time on starting operations. Here Numba
compiles the step, once, for the loop over whole clips and for streams; what it compiled is kept beside this file or
with the user, for as long as this file stays as it is: of a change in another Numba would not know.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from reid_core.model.backtracking.closing import SHORTEST
from reid_core.model.backtracking.rule import CellRule

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile with Numba: sums in any order, several numbers at once; NaN and infinity stay what they are."""
    compile_it = partial(njit, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
    try:
        return cast(Function, compile_it(cache=True)(function))
    except RuntimeError:  # no folder to keep it in: it is compiled in each process
        return cast(Function, compile_it()(function))


class Switches(NamedTuple):
    """A ``CellRule`` as the compiled loop reads it; memory i is that of frame (i + 1) k_att - 1."""

    linear: bool
    mlp: bool
    topk: bool
    raw: bool
    attends: bool
    inside: bool
    apart: bool
    k_top: int
    k_att: int
    query_matters: bool


class Weights(NamedTuple):
    """What a cell has learned, matrices transposed, (n, n).

    mlp: r_i = exp(-2 (W_1 m_i + b_1)), q = exp(2 W_2 g); since tanh x = 1 - 2 / (1 + exp 2x), the score
    w_3 . tanh(W_1 m_i + b_1 + W_2 g) is w . r_i / (r_i + q) + shift, with w = -2 w_3, (n,), and shift = sum w_3.
    linear: r_i = w_m . m_i, q = w_g . g; the score is their sum. W_1, W_2 (n, 1) are w_m, w_g; b_1, w (1,) are 0.
    dot: r_i = [direction of W_1 m_i ; w . m_i], q = [beta direction of W_2 g ; 1]; the score is r_i . q. W_1, W_2, (n,
    n + 1), have w and 0 in their last column; w is beta, (1,).
    """

    W_h: Floats
    W_m: Floats
    W_1: Floats
    b_1: Floats
    W_2: Floats
    w: Floats
    shift: Floats


class Memories(NamedTuple):
    """What may be attended: frames, (B, S, n), some of which are memories m_i, and r_i of each memory, (B, M, k)."""

    frames: Floats
    parts: Floats


class Clips(NamedTuple):
    """Clips in the order of their beginnings.

    starts, (B,); states, (B, T, n), in whose place W_v v + b is until they are computed; attention, (B, T, T); frames:
    the states or g, (B, T, n), and parts of ``Memories``. Before its start, all of a clip is there.
    """

    starts: Indices
    states: Floats
    attention: Floats
    frames: Floats
    parts: Floats


class Now(NamedTuple):
    """What is known of each clip at a step, and of the memories that it may attend, at most K.

    h, p, g: as in ``BacktrackingCell``; s: what is added to g or p; all (B, n). q: of the query or a memory, (B, k).
    scores, which, alpha: (B, K), of the memories listed, number: how many, (B,). With ``topk`` these are the best
    k_top + 1, best first, of equals the earliest; else all.
    """

    h: Floats
    p: Floats
    g: Floats
    s: Floats
    q: Floats
    scores: Floats
    which: Indices
    alpha: Floats
    number: Indices


def switches(rule: CellRule, k_att: int) -> Switches:
    """The rule, for memories that are every k_att-th of the states."""
    return Switches(
        linear=rule.score == "linear",
        mlp=rule.score == "mlp",
        topk=rule.normalise == "topk",
        raw=rule.normalise == "none",
        attends=rule.attends,
        inside=rule.combine == "inside",
        apart=rule.apart,
        k_top=rule.k_top,
        k_att=k_att,
        query_matters=rule.query_matters,
    )


def transposed_weights(rule: CellRule, W_h: Tensor, W_m: Tensor | None, *score: Tensor) -> Weights:
    """The weights that ``Recurrence`` takes."""
    both = _transposed(W_h), _transposed(W_h[:0] if W_m is None else W_m)
    if rule.score == "mlp":
        W_1, b_1, W_2, w_3 = score
        return Weights(*both, _transposed(W_1), array(b_1), _transposed(W_2), -2 * array(w_3[0]), array(w_3.sum(1)))
    zero = np.zeros_like(both[0], shape=1)
    if rule.score == "dot":
        W_1, W_2, w, beta = score
        W_1, W_2 = torch.cat([W_1, w]), torch.cat([W_2, torch.zeros_like(w)])
        bias = np.zeros_like(zero, shape=len(W_1))
        return Weights(*both, _transposed(W_1), bias, _transposed(W_2), array(beta).reshape(1), zero)
    w_m, w_g = score[0].chunk(2, dim=1)
    return Weights(*both, _transposed(w_m), zero, _transposed(w_g), zero, zero)


def array(tensor: Tensor) -> Floats:
    """The numbers of a tensor; shared with it if it is on the CPU and of no less than single precision."""
    numbers: Floats = tensor.detach().to("cpu", torch.promote_types(tensor.dtype, torch.float32)).numpy()
    return numbers


def _transposed(matrix: Tensor) -> Floats:
    return np.ascontiguousarray(array(matrix).T)


@compiled
def run(clips: Clips, weights: Weights, rule: Switches) -> None:
    """Fill states, attention, frames and parts of clips from their starts on."""
    memories, running = Memories(clips.frames, clips.parts), 0
    now = before(len(clips.starts), rule.k_top + 1 if rule.topk else clips.parts.shape[1], weights)
    for t in range(clips.starts[0], clips.states.shape[1]):
        for c in range(running, len(clips.starts)):
            if clips.starts[c] > t:
                break
            running = c + 1
            if t > 0:
                _go_on(now, c, clips, weights, rule, t)
        for c in range(running):
            _copy(clips.states[c, t], now.p[c])
        _step(now, running, memories, weights, rule, t // rule.k_att)
        for c in range(running):
            _copy(now.h[c], clips.states[c, t])
            if rule.apart:
                _copy(now.g[c], clips.frames[c, t])
            for i in range(now.number[c]):
                clips.attention[c, t, _frame(now.which[c, i], rule)] = now.alpha[c, i]
        if rule.attends and (t + 1) % rule.k_att == 0:
            _remember(now, running, memories, weights, rule, t // rule.k_att)


@compiled
def push(now: Now, memories: Memories, weights: Weights, rule: Switches, count: int, writes: bool) -> None:
    """A step of streams, with W_v v + b in the place of p, that know ``count`` memories; it may write one more."""
    _step(now, len(now.h), memories, weights, rule, count)
    if writes:
        _keep(now, memories, weights, rule, count)


@compiled
def before(batch: int, most: int, weights: Weights) -> Now:
    """Nothing is known yet; most: memories that may be listed."""
    h, q = (
        np.zeros((batch, len(weights.W_h)), weights.W_h.dtype),
        np.zeros((batch, len(weights.b_1)), weights.W_h.dtype),
    )
    scores, which, number = np.zeros((batch, most), h.dtype), np.zeros((batch, most), np.intp), np.zeros(batch, np.intp)
    return Now(h, np.zeros_like(h), np.zeros_like(h), np.zeros_like(h), q, scores, which, np.zeros_like(scores), number)


@compiled
def _go_on(now: Now, c: int, clips: Clips, weights: Weights, rule: Switches, t: int) -> None:
    """Clip c is known up to step t."""
    _copy(clips.states[c, t - 1], now.h[c])
    if rule.attends and rule.linear and t >= rule.k_att:
        for memory in range(t // rule.k_att):
            _list(now, c, clips.parts[c, memory, 0], memory, rule)
        _read(now, c, Memories(clips.frames, clips.parts), weights, rule)


@compiled
def _step(now: Now, running: int, memories: Memories, weights: Weights, rule: Switches, count: int) -> None:
    """From h_{t-1} and, in the place of p, W_v v_t + b to h_t; count: of the memories before it."""
    h, p, g, s = now.h[:running], now.p[:running], now.g[:running], now.s[:running]
    _add_product(h, weights.W_h, p)
    if rule.query_matters or rule.apart or not rule.inside:
        _tanh(p, g)
    if rule.attends and rule.query_matters and count > 0:
        ask(now, running, memories, weights, rule, count)
    if rule.inside:
        _add(p, s, p)
        _tanh(p, h)
    elif rule.attends:
        _add(g, s, h)
    else:
        for c in range(running):
            _copy(g[c], h[c])


@compiled
def ask(now: Now, running: int, memories: Memories, weights: Weights, rule: Switches, count: int) -> None:
    """Read the memories, ``count`` of them if all are kept, with g as the query."""
    q = now.q[:running]
    _zero(q)
    _add_product(now.g[:running], weights.W_2, q)
    if rule.mlp:
        _exponential(q, 2.0)
    elif not rule.linear:
        _direct(q, weights.w[0])
        q[:, -1] = 1
    for c in range(running):
        if not rule.linear:
            now.number[c] = 0
            for memory in range(count):
                score = _score(memories.parts[c, memory], q[c], weights, rule)
                _list(now, c, score, memory, rule)
        _read(now, c, memories, weights, rule)


@compiled
def _remember(now: Now, running: int, memories: Memories, weights: Weights, rule: Switches, memory: int) -> None:
    """Score what whole clips will remember of this frame."""
    _project(now, running, weights, rule)
    for c in range(running):
        _copy(now.q[c], memories.parts[c, memory])
        if rule.linear and _list(now, c, now.q[c, 0], memory, rule) and not rule.query_matters:
            _read(now, c, memories, weights, rule)


@compiled
def _keep(now: Now, memories: Memories, weights: Weights, rule: Switches, count: int) -> None:
    """Keep what streams will remember of this frame, or what may still be attended of it, see ``stream``."""
    _project(now, len(now.h), weights, rule)
    for c in range(len(now.h)):
        m, r, kept = now.g[c] if rule.apart else now.h[c], now.q[c], memories.frames[c]
        if not rule.linear:
            _copy(m, kept[count])
            _copy(r, memories.parts[c, count])
        elif rule.topk:
            full = now.number[c] == len(kept)
            place = now.which[c, -1] if full else now.number[c]
            if _list(now, c, r[0], place, rule):
                _copy(m, kept[place])
                _read(now, c, memories, weights, rule)
        elif rule.raw:
            _mix(kept[0], m, 1, r[0])
            _mix(kept[1], m, 1, 1 - r[0])
            now.number[c], now.which[c, 1], now.scores[c, 0] = 2, 1, 1
        else:
            high = max(now.scores[c, 0], r[0]) if count else r[0]
            old, new = math.exp(now.scores[c, 0] - high) if count else 0, math.exp(r[0] - high)
            _mix(kept[0], m, old / (old + new), new / (old + new))
            now.number[c], now.scores[c, 0] = 1, high + math.log(old + new)
            _read(now, c, memories, weights, rule)


@compiled
def _project(now: Now, running: int, weights: Weights, rule: Switches) -> None:
    """r of what is remembered of this frame, in the place of q."""
    r = now.q[:running]
    for c in range(running):
        _copy(weights.b_1, r[c])
    _add_product(now.g[:running] if rule.apart else now.h[:running], weights.W_1, r)
    if rule.mlp:
        _exponential(r, -2.0)
    elif not rule.linear:
        _direct(r, 1.0)


@compiled
def _frame(memory: int, rule: Switches) -> int:
    """The frame of the memory."""
    return memory * rule.k_att + rule.k_att - 1


@compiled
def _score(r: Floats, q: Floats, weights: Weights, rule: Switches) -> np.floating:
    """The score of a memory for a query (mlp, dot), less the shift that all have in common."""
    w, score = weights.w, r.dtype.type(0)
    if rule.mlp:
        for j in range(len(r)):
            score += w[j] * (r[j] / (r[j] + q[j]))
    else:
        for j in range(len(r)):
            score += r[j] * q[j]
    return score


@compiled
def _list(now: Now, c: int, score: np.floating, memory: int, rule: Switches) -> bool:
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
def _read(now: Now, c: int, memories: Memories, weights: Weights, rule: Switches) -> None:
    """s = sum_i alpha_i m_i or, with ``inside``, W_m s, of the memories that are listed for clip c."""
    number, alpha, s = now.number[c], now.alpha[c], now.s[c]
    _weigh(now.scores[c, :number], alpha, now.q[c, 0] if rule.linear else weights.shift[0], rule)
    total = np.zeros_like(s)
    for i in range(number):
        m, a = memories.frames[c, _frame(now.which[c, i], rule)], alpha[i]
        for j in range(len(m)):
            total[j] += a * m[j]
    if rule.inside:
        _zero(s.reshape(1, -1))
        _add_product(total.reshape(1, -1), weights.W_m, s.reshape(1, -1))
    else:
        _copy(total, s)


@compiled
def _weigh(scores: Floats, alpha: Floats, common: np.floating, rule: Switches) -> None:
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
    if rule.raw:
        return
    for i in range(len(scores)):  # by itself: the order of a sum beside a store hangs on where its arrays lie
        total += alpha[i]
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
def _mix(x: Floats, y: Floats, a: float, b: float) -> None:
    """a x + b y in the place of x."""
    for j in range(len(x)):
        x[j] = a * x[j] + b * y[j]


@compiled
def _zero(out: Floats) -> None:
    for c in range(len(out)):
        for j in range(out.shape[1]):
            out[c, j] = 0


@compiled
def _add(x: Floats, y: Floats, out: Floats) -> None:
    for c in range(len(x)):
        for j in range(x.shape[1]):
            out[c, j] = x[c, j] + y[c, j]


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
def _direct(x: Floats, length: float) -> None:
    """Make all numbers of each row but the last into a vector of that length, see ``closing.direction``."""
    for c in range(len(x)):
        row, total = x[c, :-1], x.dtype.type(0)
        for j in range(len(row)):
            total += row[j] * row[j]
        factor = x.dtype.type(length / max(math.sqrt(total), SHORTEST))
        for j in range(len(row)):
            row[j] *= factor


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

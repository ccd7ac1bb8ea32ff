"""Streams of frames without end: a compiled step for each frame. Of a stream on a GPU too it runs on the CPU.

What is remembered: with ``mlp`` and ``dot`` every memory, since a later query may want any of them. With a linear score
a fixed amount, however long the stream:

    topk     the k_top + 1 memories with the best scores: scores never change, so one that falls below never comes back
    softmax  their mean so far, sum_i alpha_i m_i, as one memory with the score log sum_i exp a_i
    none     sum_i (a_i + q) m_i is linear in a_i: a memory of score a is a of one of score 1 and 1 - a of one of score
             0, so their sums, sum_i a_i m_i and sum_i (1 - a_i) m_i, are two memories with these scores
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.model.backtracking.compiled import Floats, Memories, Now, Weights, ask, before, push, switches
from reid_core.model.backtracking.rule import CellRule


@dataclass(frozen=True)
class StreamState:
    """Streams after ``frames`` frames: what is known of the last step, what may be attended, and the cell's weights."""

    frames: int
    now: Now
    memories: Memories
    weights: Weights


def before_first(batch: int, rule: CellRule, weights: Weights) -> StreamState:
    """The state of streams before their first frame."""
    slots = 0 if rule.score != "linear" else {"topk": rule.k_top + 1, "softmax": 1, "none": 2}[rule.normalise]
    most = rule.k_top + 1 if rule.normalise == "topk" else slots
    size, (parts,) = len(weights.W_h), weights.b_1.shape
    memories = (np.zeros((batch, slots, width), weights.W_h.dtype) for width in (size, parts))
    return StreamState(0, before(batch, most, weights), Memories(*memories), weights)


def pushed(state: StreamState, rule: CellRule, inputs: Tensor) -> tuple[StreamState, Tensor]:
    """A frame later.

    Args: inputs: W_v v + b, (B, n).
    Returns: the next state, and h_t, (B, n).
    """
    writes = rule.writes(state.frames)
    now, memories = Now._make(map(np.copy, state.now)), Memories._make(map(np.copy, state.memories))
    if writes and rule.score != "linear":
        memories = Memories._make(map(_with_room, memories))
        if rule.normalise != "topk":
            now = now._replace(**{name: _with_room(getattr(now, name)) for name in ("scores", "which", "alpha")})
    torch.from_numpy(now.p).copy_(inputs)
    push(now, memories, state.weights, switches(rule, k_att=1), state.frames // rule.k_att, writes)
    return StreamState(state.frames + 1, now, memories, state.weights), inputs.new_tensor(now.h)


def closed(state: StreamState, rule: CellRule) -> Floats:
    """h_{T+C}, (B, n), if the last frame so far is the last of all; the state is left as it is."""
    if not rule.closing or state.frames < rule.k_att:
        return state.now.h
    now, reads = Now._make(map(np.copy, state.now)), switches(rule, k_att=1)._replace(inside=False)
    now.s[:] = 0
    for _ in range(rule.closing):
        now.g[:] = now.s
        ask(now, len(now.g), state.memories, state.weights, reads, state.frames // rule.k_att)
    return now.s


def _with_room(x: NDArray[Any]) -> NDArray[Any]:
    """x, (B, M, ...), with room for one more memory."""
    return np.concatenate([x, np.zeros_like(x, shape=(len(x), 1, *x.shape[2:]))], axis=1)

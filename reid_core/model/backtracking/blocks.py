"""Whole clips on the CPU and without a gradient: blocks of them, on threads, what is alike in them computed once."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from reid_core.model.backtracking.beginnings import Beginnings
from reid_core.model.backtracking.compiled import (
    Clips,
    Floats,
    Switches,
    Weights,
    array,
    run,
    switches,
    transposed_weights,
)
from reid_core.model.backtracking.rule import CellRule

TOGETHER = 16  # clips of a block, for which each weight is read once
WORTH_THREADS = 1 << 27  # multiplications that take longer than PyTorch's idle threads hold the other core


def applies_to(features: Tensor) -> bool:
    """Whether what is here may be used: no gradient is wanted, and the features, (B, T, q), are on the CPU."""
    known = features.dtype in (torch.float32, torch.float64)
    return known and features.device.type == "cpu" and not torch.is_grad_enabled()


def without_gradient(
    features: Tensor, inputs: Tensor, rule: CellRule, W_h: Tensor, W_m: Tensor | None, *weights: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """What ``Recurrence.apply`` computes from the same weights.

    Args: features (B, T, q); inputs: W_v v + b, (B, T, n), where the states may be written.
    Returns: states (B, T, n), what is remembered, (B, T, n), and attention (B, T, T).
    """
    sides = inputs.shape[1] if rule.attends else 0
    attention = np.zeros((len(inputs), sides, sides), array(inputs).dtype)
    return _compute(features, inputs, attention, rule, transposed_weights(rule, W_h, W_m, *weights))


def plain_without_gradient(features: Tensor, inputs: Tensor, W_h: Tensor) -> Tensor:
    """The states of the plain recurrence (eq. 1), (B, T, n): one that does not attend; arguments as above."""
    rule = CellRule("linear", combine="none", closing=1)
    return without_gradient(features, inputs, rule, W_h, None, torch.zeros_like(W_h[:1]).repeat(1, 2))[0]


def _compute(
    features: Tensor, inputs: Tensor, attention: Floats, config: CellRule, weights: Weights
) -> tuple[Tensor, Tensor, Tensor]:
    """As ``without_gradient``; attention: zeros before, (B, T, T), or nothing at all, (B, 0, 0), if no step attends."""
    begin, (batch, length, size) = Beginnings(features), inputs.shape
    states = array(inputs.contiguous()) if begin.roots == batch else array(inputs)[begin.order]
    frames = np.empty_like(states) if config.apart else states
    parts = np.empty((batch, length // config.k_att if config.attends else 0, len(weights.b_1)), states.dtype)
    rule = switches(config, config.k_att)
    clips = Clips(begin.starts, states, attention, frames, parts)
    worth = inputs.numel() * size * (3 if rule.attends and not rule.linear else 1) > WORTH_THREADS
    _run_blocks(clips, weights, rule, range(begin.roots), worth)
    for clip in range(begin.roots, batch):
        t, parent = begin.starts[clip], begin.parents[clip]
        states[clip, :t], attention[clip, :t, :t] = states[parent, :t], attention[parent, :t, :t]
        frames[clip, :t] = frames[parent, :t]
        parts[clip, : t // rule.k_att] = parts[parent, : t // rule.k_att]
    _run_blocks(clips, weights, rule, range(begin.roots, batch), worth)
    if begin.roots < batch:
        states, attention = states[begin.back], attention[begin.back]
        frames = frames[begin.back] if rule.apart else states
    return torch.from_numpy(states), torch.from_numpy(frames), torch.from_numpy(attention)


def _run_blocks(clips: Clips, weights: Weights, rule: Switches, which: range, worth_threads: bool) -> None:
    """Compute these clips, some together; the blocks on several threads if that is worth it."""
    threads = torch.get_num_threads() if worth_threads else 1
    together = max(1, min(TOGETHER, -(-len(which) // threads)))
    blocks = [_part(clips, start, min(start + together, which.stop)) for start in which[::together]]
    if threads == 1 or len(blocks) < 2:
        for block in blocks:
            run(block, weights, rule)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda block: run(block, weights, rule), blocks))


def _part(clips: Clips, start: int, stop: int) -> Clips:
    few = slice(start, stop)
    return Clips._make(of_all[few] for of_all in clips)

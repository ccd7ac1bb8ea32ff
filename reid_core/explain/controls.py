"""Heads that an explanation is held against: another rule at inference, attention switched off, untrained weights."""

from dataclasses import replace

import torch

from reid_core.model import Head, HeadConfig, NetworkConfig, ReIdNetwork, build_head
from reid_core.model.heads import BacktrackingHead


def with_rule(head: Head, k_top: int | None = None, k_att: int | None = None) -> Head:
    """The same weights with another number of memories to attend, or another distance between them.

    Raises: ValueError for a head without attention, and for numbers below 1.
    """
    config = _backtracking(head)
    new = replace(config, k_top=config.k_top if k_top is None else k_top, k_att=k_att or config.k_att)
    return _with_weights(new, head)


def uniform_attention(head: Head) -> Head:
    """The same weights, but every memory is attended alike: alpha_ti = 1 / M.

    Raises: ValueError for a head without attention.
    """
    config = _backtracking(head)
    rule = config.cell
    new = replace(config, variant="custom", score=rule.score, normalise="softmax", combine=rule.combine)
    uniform = _with_weights(new, head)
    assert isinstance(uniform, BacktrackingHead)
    scorer = uniform.cell.w if rule.score == "linear" else uniform.cell.w_3
    torch.nn.init.zeros_(scorer.weight)
    return uniform


def untrained(config: NetworkConfig, seed: int) -> ReIdNetwork:
    """A network of the same kind that has learned nothing, in evaluation mode; torch's own generator is left alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return ReIdNetwork(config).eval()


def _backtracking(head: Head) -> HeadConfig:
    if not isinstance(head, BacktrackingHead):
        raise ValueError(f"head must be a head with attention, got {head.config.name!r}")
    return head.config


def _with_weights(config: HeadConfig, head: Head) -> Head:
    new = build_head(config).eval().to(next(head.parameters()).dtype)
    new.load_state_dict(head.state_dict())
    return new

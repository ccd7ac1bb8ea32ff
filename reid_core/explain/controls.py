"""Heads that an explanation is held against: another rule at inference, attention switched off, untrained weights."""

import copy
from dataclasses import replace

import torch

from reid_core.model import Head, NetworkConfig, ReIdNetwork
from reid_core.model.heads.utrcnn import BacktrackingConfig, BacktrackingHead


def with_rule(head: Head, k_top: int | None = None, k_att: int | None = None) -> Head:
    """The same weights with another number of memories to attend, or another distance between them; None: as it was.

    Raises: ValueError for a head without attention, and for numbers below 1.
    """
    config = _backtracking(head).config
    k_top, k_att = (old if new is None else new for old, new in ((config.k_top, k_top), (config.k_att, k_att)))
    return _under(replace(config, k_top=k_top, k_att=k_att), head)


def uniform_attention(head: Head) -> Head:
    """The same weights, but every memory is attended alike: alpha_ti = 1 / M.

    Raises: ValueError for a head without attention.
    """
    config = _backtracking(head).config
    rule = config.cell
    same = {name: getattr(rule, name) for name in ("score", "combine", "memory", "closing")}
    uniform = _under(replace(config, variant="custom", normalise="softmax", **same), head)
    torch.nn.init.zeros_(uniform.cell.w_3.weight if rule.score == "mlp" else uniform.cell.w.weight)
    if rule.score == "dot":
        torch.nn.init.zeros_(uniform.cell.beta)
    return uniform


def untrained(config: NetworkConfig, seed: int) -> ReIdNetwork:
    """A network of the same kind that has learned nothing, in evaluation mode; torch's own generator is left alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return ReIdNetwork(config).eval()


def _backtracking(head: Head) -> BacktrackingHead:
    if not isinstance(head, BacktrackingHead):
        raise ValueError(f"head must be a head with attention, got {head.config.name!r}")
    return head


def _under(config: BacktrackingConfig, head: Head) -> BacktrackingHead:
    """A copy of the head with another rule; what is shared is never changed."""
    new = copy.deepcopy(_backtracking(head))
    new.config, new.cell.config = config, config.cell
    return new

"""Heads that an explanation is held against: another rule at inference, attention switched off, untrained weights."""

from typing import cast

import torch

from reid_core.model import AttendingHead, Head, NetworkConfig, ReIdNetwork


def with_rule(head: Head, k_top: int | None = None, k_att: int | None = None) -> Head:
    """The same weights with another number of memories to attend, or another distance between them; None: as it was.

    Raises: ValueError for a head without attention, and for numbers below 1.
    """
    return _attending(head).with_rule(k_top, k_att)


def uniform_attention(head: Head) -> Head:
    """The same weights, but every memory is attended alike: alpha_ti = 1 / M.

    Raises: ValueError for a head without attention.
    """
    return _attending(head).uniform()


def untrained(config: NetworkConfig, seed: int) -> ReIdNetwork:
    """A network of the same kind that has learned nothing, in evaluation mode; torch's own generator is left alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return ReIdNetwork(config).eval()


def _attending(head: Head) -> AttendingHead:
    if not head.config.attends:
        raise ValueError(f"head must be a head with attention, got {head.config.name!r}")
    return cast(AttendingHead, head)

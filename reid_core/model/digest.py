"""Weights told apart by one number."""

import hashlib

from torch import nn


def weights_digest(module: nn.Module, told: bytes = b"") -> str:
    """SHA-256 of a module's weights with their names, after ``told``; 64 hexadecimal digits."""
    digest = hashlib.sha256(told)
    for name, value in sorted(module.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()

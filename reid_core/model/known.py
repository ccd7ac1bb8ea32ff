"""Features that need not be computed again: what encoders that stay as they are made of the clips they saw."""

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy, stack

GIBIBYTE = 2**30


class KnownFeatures:
    """What encoders made of clips, by the contents of both; whoever shares an encoder can share one of these.

    Splits, heads and commands that are given the same object encode no clip twice. Beyond ``limit`` bytes of features
    the oldest are forgotten.
    """

    def __init__(self, limit: int = GIBIBYTE) -> None:
        self.limit, self.size = limit, 0
        self._kept: dict[bytes, NDArray[np.float32]] = {}

    def of(self, encoder: str, clips: Tensor, encode: Callable[[Tensor], Tensor]) -> Tensor:
        """The features (B, T, q) of clips (B, T, C, H, W), on their device; each clip is known by itself.

        Args: encoder: digest of its configuration and weights. encode: makes those of one clip, (1, T, q), where they
            are not known.
        """
        return stack([self._of_one(encoder, clip, encode) for clip in clips])

    def _of_one(self, encoder: str, clip: Tensor, encode: Callable[[Tensor], Tensor]) -> Tensor:
        name = f"{encoder} {clip.device.type} {tuple(clip.shape)} "
        key = hashlib.sha256(name.encode() + clip.cpu().numpy().tobytes()).digest()
        found = self._kept.get(key)
        if found is None:
            found = encode(clip[None]).detach().cpu().numpy()
            self._keep(key, found)
        return from_numpy(found.reshape(len(clip), -1)).to(clip.device)

    def _keep(self, key: bytes, features: NDArray[np.float32]) -> None:
        self._kept[key] = features
        self.size += features.nbytes
        while self.size > self.limit:
            self.size -= self._kept.pop(next(iter(self._kept))).nbytes

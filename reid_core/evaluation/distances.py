"""Distances of probes to a gallery, a block of rows at a time."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from reid_core.model import HeadOutput

BLOCK_ROWS = 256


class Measure(Protocol):
    """What tells how far embedded clips are apart: every head, and whatever else makes embeddings."""

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> torch.Tensor:
        """Of each probe to each gallery clip, (P, G)."""


@torch.inference_mode()
def distance_blocks(
    measure: Measure, probe: HeadOutput, gallery: HeadOutput, rows: int = BLOCK_ROWS
) -> Iterator[NDArray[np.float32]]:
    """Distances of all probes to all of the gallery as they are measured; memory: rows x G floats.

    Args: probe, gallery: of P and G clips. Yields: float32 (rows, G), the last block may be shorter.
    """
    for start in range(0, len(probe.embedding), rows):
        part = slice(start, start + rows)
        few = HeadOutput(probe.embedding[part], probe.states[part], None, probe.lengths[part])
        yield measure.distance(few, gallery).numpy()

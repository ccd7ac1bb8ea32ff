"""Distances of probes to a gallery, a block of rows at a time."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from reid_core.model import HeadOutput

BLOCK_ROWS, BLOCK_DISTANCES = 256, 8_000_000  # at most, whatever the size of the gallery


class Measure(Protocol):
    """What tells how far embedded clips are apart: every head, and whatever else makes embeddings."""

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> torch.Tensor:
        """Of each probe to each gallery clip, (P, G)."""


@torch.inference_mode()
def distance_blocks(
    measure: Measure, probe: HeadOutput, gallery: HeadOutput, rows: int | None = None
) -> Iterator[NDArray[np.float32]]:
    """Distances of all probes to all of the gallery as they are measured; memory: rows x G floats.

    Args: probe, gallery: of P and G clips. rows: by default so many that memory does not grow with the gallery.
    Yields: float32 (rows, G), the last block may be shorter.
    """
    rows = rows or max(1, min(BLOCK_ROWS, BLOCK_DISTANCES // max(1, len(gallery.embedding))))
    for start in range(0, len(probe.embedding), rows):
        part = slice(start, start + rows)
        few = HeadOutput(probe.embedding[part], probe.states[part], None, probe.lengths[part])
        yield measure.distance(few, gallery).numpy()

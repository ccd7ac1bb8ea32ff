"""Distances of probes to a gallery, a block of rows at a time."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from reid_core.model import Head, HeadOutput

BLOCK_ROWS = 256


@torch.inference_mode()
def distance_blocks(
    head: Head, probe: HeadOutput, gallery: HeadOutput, rows: int = BLOCK_ROWS
) -> Iterator[NDArray[np.float32]]:
    """Distances of all probes to all of the gallery as the head defines them; memory: rows x G floats.

    Args: probe, gallery: of P and G clips. Yields: float32 (rows, G), the last block may be shorter.
    """
    for start in range(0, len(probe.embedding), rows):
        part = slice(start, start + rows)
        few = HeadOutput(probe.embedding[part], probe.states[part], None, probe.lengths[part])
        yield head.distance(few, gallery).numpy()

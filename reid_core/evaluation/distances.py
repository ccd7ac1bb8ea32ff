"""Distances between embeddings, a block of rows at a time."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

BLOCK_ROWS = 256


def distance_blocks(
    probe: NDArray[np.float32], gallery: NDArray[np.float32], rows: int = BLOCK_ROWS
) -> Iterator[NDArray[np.float32]]:
    """Euclidean distances of all probes to all of the gallery, ``rows`` probes at a time.

        d_ij = sqrt(|p_i|^2 - 2 p_i.g_j + |g_j|^2)

    Computed around the gallery's mean: distances do not change, rounding shrinks. Memory: rows x G floats.

    Args: probe: (P, n). gallery: (G, n). Yields: float32 (rows, G), the last block may be shorter.
    Raises: ValueError when the embeddings do not fit each other.
    """
    if probe.ndim != 2 or gallery.ndim != 2 or probe.shape[1] != gallery.shape[1]:
        raise ValueError(f"probe (P, n) and gallery (G, n) must share n, got {probe.shape} and {gallery.shape}")
    if not len(gallery):
        raise ValueError("gallery must hold at least one embedding, got none")
    centre = gallery.mean(axis=0, dtype=np.float64).astype(np.float32)
    others = gallery - centre
    other_squares = np.square(others).sum(axis=1)
    for start in range(0, len(probe), rows):
        own = probe[start : start + rows] - centre
        squares = np.square(own).sum(axis=1)[:, None] - 2 * (own @ others.T) + other_squares
        yield np.sqrt(np.maximum(squares, 0, out=squares), out=squares)


def distance_matrix(probe: NDArray[np.float32], gallery: NDArray[np.float32]) -> NDArray[np.float32]:
    """All distances at once, shape (P, G); for galleries that fit into memory."""
    return np.concatenate(list(distance_blocks(probe, gallery)))

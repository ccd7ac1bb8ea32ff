"""Cross-view quadratic discriminant analysis, XQDA (Liao et al., CVPR 2015, section 4)."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

RIDGE = 0.001  # the authors': added to the diagonal of the covariance within persons

Floats = NDArray[np.floating]
Doubles = NDArray[np.float64]


def learned_projection(a: Floats, b: Floats, a_pids: NDArray[np.integer], b_pids: NDArray[np.integer]) -> Doubles:
    """The directions in which two persons differ more than one person in two cameras, scaled so that distances count.

        S_I, S_E = mean of (a_i - b_j)(a_i - b_j)^T over pairs of one person and of two;  S_I + ridge I
        S_E w = lambda S_I w,  lambda > 1                      W^T S_I W = I,  W^T S_E W = diag(lambda)
        d^2(x, z) = (x - z)^T W (I - diag(1 / lambda)) W^T (x - z)                     (eq. 5 with eq. 4)

    which is the squared Euclidean distance of W' x and W' z with W' = W diag(sqrt(1 - 1 / lambda)).

    Args: a, b: descriptors of two cameras, (A, d) and (B, d). Returns: W', (d, k).
    Raises: ValueError: nobody is seen by both, or only one person.
    """
    same = a_pids[:, None] == b_pids
    if not same.any() or same.all():
        raise ValueError("metric learning needs pairs of one person and of two, it got one kind only")
    basis, coordinates = _span(np.concatenate([a, b]).astype(np.float64))
    x, z = coordinates[: len(a)], coordinates[len(a) :]
    within, between = _covariance(x, z, same), _covariance(x, z, ~same)
    ratios, directions = eigh(between, within + RIDGE * np.eye(len(within)))
    kept = np.flatnonzero(ratios > 1)[::-1] if ratios[-1] > 1 else np.array([len(ratios) - 1])
    scale = np.sqrt(np.maximum(1 - 1 / ratios[kept], 1e-12))
    return np.asarray(basis @ (directions[:, kept] * scale))


def _span(x: Doubles) -> tuple[Doubles, Doubles]:
    """An orthonormal basis (d, r) of what the rows span, and the rows in it (N, r): few rows have many columns.

    Distances within it are the same; it comes of the rows' inner products, which are N x N.
    """
    squares, vectors = np.linalg.eigh(x @ x.T)
    kept = squares > squares[-1] * 1e-10
    lengths, vectors = np.sqrt(squares[kept]), vectors[:, kept]
    return x.T @ (vectors / lengths), vectors * lengths


def _covariance(x: Doubles, z: Doubles, pairs: NDArray[np.bool_]) -> Doubles:
    """Mean of (x_i - z_j)(x_i - z_j)^T over the pairs (A, B), without going through them: (r, r)."""
    weights = pairs.astype(np.float64)
    cross = x.T @ weights @ z
    both = x.T @ (weights.sum(1)[:, None] * x) + z.T @ (weights.sum(0)[:, None] * z) - cross - cross.T
    return np.asarray(both / weights.sum())

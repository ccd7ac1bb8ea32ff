"""The metric against its equations, pair by pair."""

import numpy as np
import pytest
from scipy.linalg import eig

from reid_core.tapr.xqda import RIDGE, learned_projection


def people(seed: int, size: int = 6, persons: int = 12, of_each: int = 2) -> tuple[np.ndarray, ...]:
    """Two cameras; persons differ in the first dimensions, cameras in the last."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(persons, size)) * np.linspace(3, 0.2, size)
    pids = np.repeat(np.arange(persons), of_each)
    a, b = (centres[pids] + rng.normal(size=(len(pids), size)) for _ in range(2))
    return a, b + np.eye(size)[-1], pids, pids[::-1].copy()


def covariance(a: np.ndarray, b: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    return np.mean([np.outer(a[i] - b[j], a[i] - b[j]) for i, j in zip(*np.nonzero(pairs), strict=True)], axis=0)


def slow_squares(a: np.ndarray, b: np.ndarray, a_pids: np.ndarray, b_pids: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(x - z)^T W (inv(S_I') - inv(S_E')) W^T (x - z) for all pairs of x, with eigenvectors of inv(S_I) S_E."""
    same = a_pids[:, None] == b_pids
    within = covariance(a, b, same) + RIDGE * np.eye(a.shape[1])
    between = covariance(a, b, ~same)
    ratios, vectors = eig(np.linalg.inv(within) @ between)
    w = vectors[:, ratios.real > 1].real
    m = np.linalg.inv(w.T @ within @ w) - np.linalg.inv(w.T @ between @ w)
    projected = [row @ w for row in x]
    return np.array([[(p - q) @ m @ (p - q) for q in projected] for p in projected])


@pytest.mark.parametrize("seed", range(3))
def test_squared_distances_are_those_of_the_equations(seed: int) -> None:
    a, b, a_pids, b_pids = people(seed)
    b = b[::-1]
    x = np.random.default_rng(seed + 50).normal(size=(9, 6))
    y = x @ learned_projection(a, b, a_pids, b_pids)
    expected = slow_squares(a, b, a_pids, b_pids, x)
    assert 0 < y.shape[1] < 6 and expected.std() > 1
    assert ((y[:, None] - y[None]) ** 2).sum(2) == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_more_dimensions_than_tracklets_give_the_metric_of_the_space_that_they_span() -> None:
    a, b, a_pids, b_pids = people(1, persons=5)
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(300, 6)))[0].T
    few, many = learned_projection(a, b, a_pids, b_pids), learned_projection(a @ turned, b @ turned, a_pids, b_pids)
    assert a @ turned @ many @ (b @ turned @ many).T == pytest.approx(a @ few @ (b @ few).T, rel=1e-6)


def test_what_differs_between_cameras_alone_counts_less_than_what_differs_between_people() -> None:
    a, b, a_pids, b_pids = people(0, persons=60)
    b = b[::-1] + 5 * np.eye(6)[-1]
    weights = np.square(learned_projection(a, b, a_pids, b_pids)).sum(1)
    assert weights[0] > 20 * weights[-1]


@pytest.mark.parametrize("pids", [[0, 0], [5, 6]])
def test_pairs_of_one_kind_are_refused(pids: list[int]) -> None:
    values = np.random.default_rng(0).normal(size=(2, 4))
    with pytest.raises(ValueError, match="metric learning needs pairs of one person and of two"):
        learned_projection(values, values, np.array([0, 0]), np.array(pids))

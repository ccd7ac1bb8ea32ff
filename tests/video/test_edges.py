"""Where a track goes on with somebody else: at the edge of the picture."""

import numpy as np

from reid_core.video.edges import turns

WIDTH = 200


def walk(*lefts: float) -> np.ndarray:
    """Boxes of somebody 20 pixels wide and 60 high."""
    left = np.array(lefts, np.float32)
    return np.stack([left, np.full_like(left, 30), left + 20, np.full_like(left, 90)], axis=1)


def test_who_comes_in_as_another_leaves_begins_at_the_edge() -> None:
    assert turns(walk(100, 140, 179.5, 180, 180, 150, 110), WIDTH) == [3]
    assert turns(walk(60, 30, 0, 0.5, 30, 60), WIDTH) == [3]


def test_who_walks_through_the_picture_is_one() -> None:
    assert turns(walk(0, 0, 40, 90, 140, 180, 180), WIDTH) == []


def test_who_stands_at_the_edge_and_hardly_moves_is_one() -> None:
    assert turns(walk(100, 150, 180, 165, 180, 155, 180), WIDTH) == []


def test_both_edges_count_in_their_order() -> None:
    assert turns(walk(100, 180, 100, 0, 100), WIDTH) == [1, 3]

"""How much it takes until a pair's verdict turns, against clips that were covered by hand."""

import numpy as np
import pytest

from reid_core.explain import Edit, ShareSweep, crossing, edited, embed_many, sweep_shares
from reid_core.explain.share_sweep import SHARES
from tests.explain.toys import random_features, random_head


def test_each_distance_is_that_of_the_clip_with_that_share_covered_there():
    head, plain, hidden = random_head("bptt"), random_features(10, 2), random_features(10, 2, seed=2)
    partner = embed_many(head, random_features(4, 2, seed=3)[None])
    found = sweep_shares(head, plain, hidden, partner, Edit("person", order="reversed"), 3)
    assert found.distances.shape == (len(SHARES), 3) and found.shares.tolist() == list(SHARES)
    for row, share in enumerate(SHARES):
        for column, place in enumerate((0.0, 0.5, 1.0)):
            edit = Edit("person", share, place, "reversed") if share else Edit(order="reversed")
            clip = edited(plain, hidden if share else None, edit)
            there = float(head.distance(embed_many(head, clip[None]), partner))
            assert found.distances[row, column] == pytest.approx(there, rel=1e-6)
    assert np.ptp(found.distances) > 0.01
    np.testing.assert_allclose(found.mean, found.distances.mean(1))


def test_a_curve_crosses_a_level_between_its_points_from_either_side_or_nowhere():
    x = np.array([0.0, 0.5, 1.0])
    assert crossing(x, np.array([1.0, 2.0, 4.0]), 3.0) == 0.75
    assert crossing(x, np.array([4.0, 2.0, 1.0]), 3.0) == 0.25
    assert crossing(x, np.array([1.0, 2.0, 2.5]), 3.0) is None


def test_a_model_turns_on_average_later_than_at_the_worst_place_or_not_at_all():
    sweep = ShareSweep(np.array([0.0, 0.5, 1.0]), np.array([[1.0, 1.0], [1.0, 3.0], [1.0, 5.0]]))
    assert (sweep.turns(2.5), sweep.first_turn(2.5)) == (0.75, 0.375)
    assert (sweep.turns(4.0), sweep.first_turn(4.0)) == (None, 0.75)
    assert sweep.first_turn(6.0) is None

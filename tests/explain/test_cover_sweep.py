"""A pair under every cover, against clips that were covered by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from reid_core.explain import CoverSweep, Edit, attention_of, cover_place, crossing, edited, embed_many
from reid_core.explain.cover_sweep import PLACES, SHARES, sweep_cover, sweep_left_out
from reid_core.explain.importance import leave_one_out
from tests.explain.toys import fading_head, random_features, random_head

PLAIN, HIDDEN, PARTNER = random_features(10, 2), random_features(10, 2, seed=2), random_features(4, 2, seed=3)
REVERSED = Edit("person", order="reversed", length=0.8)


def sweep(distances, shares):
    distances = np.array(distances)
    return CoverSweep(np.array(shares), np.array([0.0, 1.0]), np.zeros((*distances.shape, 2), int), distances)


@pytest.mark.parametrize(("name", "variant"), [("bptt", None), ("utrcnn", "closing"), ("utrcnn", "sab")])
def test_each_distance_and_alpha_is_that_of_the_clip_with_that_share_covered_there(name, variant):
    head = random_head(name, **({"variant": variant} if variant else {}))
    partner = embed_many(head, PARTNER[None])
    found = sweep_cover(head, PLAIN, HIDDEN, partner, REVERSED)
    assert found.distances.shape == (len(SHARES), len(PLACES)) and (found.alpha is None) == (name == "bptt")
    for row, share in enumerate(SHARES):
        for column in (0, 7, 10, 20):
            edit = replace(REVERSED, share=share, position=PLACES[column]) if share else replace(REVERSED, cover=None)
            clip = edited(PLAIN, HIDDEN if share else None, edit)
            there = float(head.distance(embed_many(head, clip[None]), partner))
            assert found.distances[row, column] == pytest.approx(there, rel=1e-6)
            assert found.covers[row, column].tolist() == list(cover_place(8, edit))
            if found.alpha is not None:
                np.testing.assert_allclose(found.alpha[row, column], attention_of(head, clip)[-1], atol=1e-9)
    assert np.ptp(found.distances) > 0.01
    np.testing.assert_allclose(found.mean, found.distances.mean(1))


def test_leaving_out_is_swept_over_the_places_of_one_share():
    head, edit = random_head("bptt"), replace(REVERSED, share=0.5)
    found = sweep_left_out(head, PLAIN[:1], HIDDEN[:1], edit)
    assert found.shape == (len(PLACES), 8)
    for column, place in enumerate(PLACES):
        clip = edited(PLAIN[:1], HIDDEN[:1], replace(edit, position=place))
        np.testing.assert_allclose(found[column], leave_one_out(head, clip)[0])
    assert np.ptp(found[:, 0]) > 1e-3


def test_a_cover_of_the_mean_costs_the_same_everywhere():
    head = random_head("mean")
    plain, hidden = (random_features(1, seed=seed).expand(1, 20, 6) for seed in (1, 2))
    found = sweep_cover(head, plain, hidden, embed_many(head, random_features(5, seed=3)[None]), Edit("pole"))
    assert np.ptp(found.distances, axis=1).max() < 1e-12 and np.ptp(found.distances) > 1e-3


def test_a_cover_at_the_end_is_all_that_a_fading_memory_sees():
    head = fading_head(0.1)
    plain, hidden = torch.zeros(1, 20, 1).double(), torch.ones(1, 20, 1).double()
    found = sweep_cover(head, plain, hidden, embed_many(head, plain[None]), Edit("pole"))
    row, column = found.nearest(Edit("pole", 0.4, 1.0))
    assert found.covers[row, column].tolist() == [12, 8]
    assert found.distances[row, 0] < 1e-6 < 0.5 < found.distances[row, column]


def test_the_nearest_row_and_column_are_those_of_the_edit():
    found = sweep_cover(random_head("mean"), PLAIN, HIDDEN, embed_many(random_head("mean"), PARTNER[None]), REVERSED)
    for percent in range(5, 100, 5):
        row, column = found.nearest(Edit("pole", percent / 100, 1 - percent / 100))
        assert (100 * found.shares[row], 100 * found.places[column]) == pytest.approx((percent, 100 - percent))


def test_a_curve_crosses_a_level_between_its_points_from_either_side_or_nowhere():
    x = np.array([0.0, 0.5, 1.0])
    assert crossing(x, np.array([1.0, 2.0, 4.0]), 3.0) == 0.75
    assert crossing(x, np.array([4.0, 2.0, 1.0]), 3.0) == 0.25
    assert crossing(x, np.array([1.0, 2.0, 2.5]), 3.0) is None


def test_a_model_turns_on_average_later_than_at_the_worst_place_or_not_at_all():
    found = sweep([[1.0, 1.0], [1.0, 3.0], [1.0, 5.0]], [0.0, 0.5, 1.0])
    assert (found.turns(2.5), found.first_turn(2.5)) == (0.75, 0.375)
    assert (found.turns(4.0), found.first_turn(4.0)) == (None, 0.75)
    assert found.first_turn(6.0) is None

"""Profiles of importance by hand, and rank correlation."""

import numpy as np
import pytest

from reid_core.explain import profiles, shares, shortest_stretch
from reid_core.explain.summary import agreement, profile


def test_even_importance_has_full_entropy_and_lies_in_the_middle():
    found = profile(np.full(6, 2.5))
    assert found.entropy == pytest.approx(1) and found.centre == pytest.approx(0.5)
    assert found.thirds == pytest.approx((1 / 3, 1 / 3, 1 / 3))


@pytest.mark.parametrize(("at", "thirds"), [(0, (1, 0, 0)), (4, (0, 1, 0)), (8, (0, 0, 1))])
def test_one_frame_alone_has_no_entropy_and_is_the_centre(at, thirds):
    found = profile(np.eye(9)[at])
    assert found.entropy == 0 and found.centre == pytest.approx(at / 8) and found.thirds == pytest.approx(thirds)


def test_two_of_four_frames_by_hand():
    # entropy log 2 / log 4; centre (0 + 3) / 2 / 3; frame 3 lies in the last third alone, frame 0 in the first
    found = profile(np.array([1.0, 0, 0, 1.0]))
    assert (found.entropy, found.centre) == pytest.approx((0.5, 0.5))
    assert found.thirds == pytest.approx((0.5, 0, 0.5))


def test_a_frame_on_the_border_of_two_thirds_counts_for_both():
    assert profile(np.array([0, 1.0, 0, 0])).thirds == pytest.approx((1 / 3, 2 / 3, 0))


def test_no_importance_at_all_is_even_importance():
    np.testing.assert_allclose(shares(np.zeros(4)), 0.25)
    assert profile(np.zeros(1)).thirds == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_agreement_is_that_of_ranks_with_ties_sharing_theirs():
    a = np.array([0.0, 0, 3, 100])
    assert agreement(a, a**3) == pytest.approx(1) and agreement(a, -a) == pytest.approx(-1)
    # ranks 1.5 1.5 3 4 and 1 2 4 3: covariance 3.5 / 5 sqrt(4.5 * 5)
    assert agreement(a, np.array([1.0, 2, 9, 5])) == pytest.approx(3.5 / np.sqrt(4.5 * 5))


def test_all_measures_are_profiled_and_held_against_attention():
    alpha, moved = np.array([0.0, 0, 3, 100]), np.array([1.0, 2, 9, 5])
    found = profiles({"attention": alpha, "left_out": moved})
    assert found["left_out"] == (profile(moved), agreement(alpha, moved))
    assert found["attention"] == (profile(alpha), None)
    assert profiles({"left_out": moved}) == {"left_out": (profile(moved), None)}


def test_what_is_constant_has_no_ranks():
    assert agreement(np.ones(5), np.arange(5.0)) is None and agreement(np.ones(1), np.ones(1)) is None


@pytest.mark.parametrize("values", [[-1.0, 2], [np.nan, 1], []])
def test_importance_is_a_number_of_at_least_zero(values):
    with pytest.raises(ValueError, match="importances of at least 0"):
        shares(np.array(values))


def test_the_shortest_stretch_that_holds_a_half_by_hand_and_against_all_stretches():
    assert shortest_stretch(np.array([0.1, 0.3, 0.2, 0.4])) == (2, 4)
    assert shortest_stretch(np.array([0.0, 0.0, 1.0])) == (2, 3)
    assert shortest_stretch(np.full(10, 0.1)) == (0, 5)
    assert shortest_stretch(np.array([0.25, 0.25, 0.5]), 1.0) == (0, 3)
    rng = np.random.default_rng(3)
    for share in (0.2, 0.5, 0.9):
        of = rng.dirichlet(np.full(30, 0.3))
        start, stop = shortest_stretch(of, share)
        held = [b - a for a in range(30) for b in range(a + 1, 31) if of[a:b].sum() >= share]
        assert of[start:stop].sum() >= share and stop - start == min(held) < 30

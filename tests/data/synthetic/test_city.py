"""Cameras and places of the wide world: repeatable and far apart."""

import numpy as np

from reid_core.data.synthetic.city import CAMERAS, CASTS, draw_site, patch_of_light, place, site

SEED = 11


def test_a_camera_depends_on_seed_and_number_only():
    assert site(SEED, 3) == site(SEED, 3)
    assert len({site(SEED, index) for index in range(1, CAMERAS + 1)}) == CAMERAS
    assert site(SEED, 3) != site(SEED + 1, 3)


def test_the_shares_of_the_casts_add_up():
    assert sum(cast.share for cast in CASTS.values()) == np.float64(1.0)


def test_among_many_cameras_are_orange_blue_grey_bent_and_moving_ones():
    rng = np.random.default_rng(SEED)
    sites = [draw_site(rng) for _ in range(200)]
    warm = np.array([one.camera.red / one.camera.blue for one in sites])
    assert warm.max() > 2.5
    assert warm.min() < 0.75
    for few in (
        [one.camera.saturation == 0 for one in sites],
        [one.bend > 0 for one in sites],
        [one.motion > 0 for one in sites],
        [one.rate > 0 for one in sites],
        [one.camera.pixels < 70 for one in sites],
    ):
        assert 0.02 < np.mean(few) < 0.6


def test_places_of_one_camera_differ_and_are_repeatable():
    first = place(SEED, 1, 0).copy()
    place.cache_clear()
    np.testing.assert_array_equal(first, place(SEED, 1, 0))
    assert np.abs(first.astype(int) - place(SEED, 1, 1)).mean() > 8


def test_shadows_darken_only_and_move():
    light = patch_of_light(np.random.default_rng(2), 5, 128, 64)
    assert light.shape == (5, 128, 64, 1)
    assert 0.3 < light.min() < light.max() <= 1
    assert np.abs(np.diff(light, axis=0)).max() > 0.01

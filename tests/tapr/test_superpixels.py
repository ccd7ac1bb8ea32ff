"""Feet are followed by their colour and place."""

import numpy as np
import pytest

from reid_core.tapr.superpixels import FAR_ASIDE, Superpixels, _nearest, colour_bins, superpixels, trajectories


def walker(frames: int = 12) -> np.ndarray:
    """A red shoe goes from column 16 to 38 at the foot of a grey picture."""
    rng = np.random.default_rng(0)
    clip = rng.integers(90, 110, (frames, 128, 64, 3)).astype(np.uint8)
    for t in range(frames):
        clip[t, 112:124, 10 + 2 * t : 22 + 2 * t] = (200, 20, 20)
    return clip


def test_one_of_the_superpixels_below_follows_the_shoe() -> None:
    columns = trajectories(walker())
    assert columns.shape[1] == 12 and len(columns) > 3
    shoe = 15.5 + 2 * np.arange(12)
    away = np.abs(columns - shoe).max(1)
    best = columns[away.argmin()]
    assert away.min() < 7, "a superpixel is a part of the shoe, which is 12 px wide"
    assert np.corrcoef(best, shoe)[0, 1] > 0.9


def test_superpixels_part_the_picture_and_have_its_colours() -> None:
    frame = walker()[0]
    found = superpixels(frame)
    assert 60 < len(found.row) < 140
    assert found.histogram.sum(1) == pytest.approx(1)
    red = colour_bins(frame)[118, 16]
    assert found.histogram[:, red].max() > 0.7 and (found.histogram[:, red] > 0.1).sum() < 5


def test_colour_bins_of_known_colours() -> None:
    """Red: hue 0, full saturation and value. Black: nothing. Cyan: hue 180 degrees of 360."""
    frame = np.array([[[255, 0, 0], [0, 0, 0], [0, 255, 255]]], np.uint8)
    assert colour_bins(frame).tolist() == [[0 * 64 + 7 * 8 + 7, 0, 4 * 64 + 7 * 8 + 7]]


def test_what_moves_farther_than_a_foot_can_pays_for_it() -> None:
    """The same colour 16 px aside costs 1; another colour at the place costs its squared difference."""
    template = np.array([[1.0, 0, 0]], np.float32)
    where = (np.array([120.0]), np.array([30.0]))
    aside = 30 + FAR_ASIDE + 1
    for other, chosen in ((np.array([0.4, 0.6, 0]), 1), (np.array([0.1, 0.9, 0]), 0)):
        frame = Superpixels(np.array([120.0, 120]), np.array([aside, 30]), np.stack([template[0], other]).astype("f4"))
        assert _nearest(frame, template, *where).tolist() == [chosen]

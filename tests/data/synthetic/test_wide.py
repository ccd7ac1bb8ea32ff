"""Recordings of the wide world: repeatable, coded, and as far apart as its cameras."""

from dataclasses import replace

import numpy as np
import pytest

from reid_core.data.synthetic import citizen, render_tracklet, render_wide
from reid_core.data.synthetic.city import draw_site
from reid_core.data.synthetic.wide import film, h264

SEED = 11


@pytest.fixture(scope="module")
def clean():
    return render_tracklet(citizen(SEED, 3), 1, 4, SEED, occlude=False)


def calm(**changes):
    """A camera that changes little."""
    one = draw_site(np.random.default_rng(SEED))
    good = replace(
        one.camera,
        red=1,
        blue=1,
        exposure=1,
        gamma=1,
        saturation=1,
        black=0,
        blur=0,
        sharpening=0,
        noise=0.1,
        pixels=128,
    )
    still = {"contrast": 0.0, "bend": 0.0, "tilt": 0.0, "motion": 0.0, "rate": 0, "stretch": 1.0}
    of_camera = {name: value for name, value in changes.items() if hasattr(good, name)}
    rest = {name: value for name, value in changes.items() if name not in of_camera}
    return replace(one, **{**still, "camera": replace(good, quality=95, **of_camera), **rest})


def filmed(clean, **changes):
    return film(clean, calm(**changes), np.random.default_rng(5)).astype(int)


def test_a_recording_is_repeatable_and_of_the_network_s_shape():
    first = render_wide(citizen(SEED, 1), 1, 3, SEED)
    assert first.shape == (3, 128, 64, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, render_wide(citizen(SEED, 1), 1, 3, SEED))


def test_a_recording_is_none_of_the_plain_world():
    who = citizen(SEED, 1)
    assert np.abs(render_wide(who, 1, 3, SEED).astype(int) - render_tracklet(who, 1, 3, SEED)).mean() > 8


def test_the_same_person_has_other_colours_in_other_cameras():
    means = np.array([render_wide(citizen(SEED, 2), index, 2, SEED).mean(axis=(0, 1, 2)) for index in range(1, 13)])
    tint = means[:, 0] / means[:, 2]
    assert tint.max() > 1.6 * tint.min()
    assert means.mean(axis=1).max() > 1.5 * means.mean(axis=1).min()


def test_a_night_camera_sees_no_colour(clean):
    frames = filmed(clean, saturation=0.0)
    assert np.ptp(frames, axis=3).max() <= 2
    assert np.ptp(filmed(clean), axis=3).max() > 40


def test_contrast_drives_dark_and_bright_apart(clean):
    low, middle, high = (filmed(clean, contrast=value).std() for value in (-0.4, 0.0, 0.9))
    assert low < 0.75 * middle
    assert high > 1.05 * middle


def test_motion_and_few_pixels_blur(clean):
    def sharpness(frames):
        return np.square(np.diff(frames, axis=2)).mean()

    assert sharpness(filmed(clean, motion=6.0)) < 0.8 * sharpness(filmed(clean))
    assert sharpness(filmed(clean, pixels=40.0)) < 0.8 * sharpness(filmed(clean))


def test_a_bent_lens_moves_the_edges_more_than_the_middle():
    ramp = np.broadcast_to(np.arange(128, dtype=np.uint8)[None, :, None, None] + 60, (1, 128, 64, 3))
    change = np.abs(filmed(ramp, bend=0.35) - filmed(ramp))[0].mean(axis=(1, 2))
    assert change[:16].mean() > change[56:72].mean() + 2


def test_h264_keeps_count_and_size_and_loses_the_more_the_higher_its_rate(clean):
    frames = list(clean)
    loss = [np.abs(np.stack(h264(frames, rate)).astype(int) - clean).mean() for rate in (5, 25, 40)]
    assert len(h264(frames, 25)) == len(frames)
    assert 0 < loss[0] < loss[1] < loss[2] < 20


def test_a_bad_length_or_variety_is_refused():
    with pytest.raises(ValueError, match="variety 2"):
        render_wide(citizen(SEED, 1), 1, 4, SEED, variety=2)
    with pytest.raises(ValueError, match="length 0"):
        render_wide(citizen(SEED, 1), 1, 0, SEED)


def test_what_passes_in_front_is_rare_and_changes_nothing_else():
    pids = range(1, 17)
    bare, full = ([render_wide(citizen(SEED, p), 1, 3, SEED, occlude=o) for p in pids] for o in (False, True))
    change = [np.abs(a.astype(int) - b) for a, b in zip(bare, full, strict=True)]
    crowded = [values for values in change if values.max() > 60]
    assert 1 <= len(crowded) < 6
    assert min(np.median(values) for values in crowded) < 2

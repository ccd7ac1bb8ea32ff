"""Occurrences and textures, pixel by pixel and block by block."""

import numpy as np
import pytest

from reid_core.tapr.lomo import NEIGHBOURS, RADII, TAU, occurrences, siltp
from reid_core.tapr.superpixels import colour_bins


def picture(seed: int, height: int = 40, width: int = 40) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("radius", RADII)
def test_textures_are_those_of_a_loop_over_pixels(radius: int) -> None:
    grey = picture(1)[..., 0]
    found = siltp(grey, radius)
    for y, x in [(0, 0), (20, 20), (39, 39), (3, 37), (17, 0)]:
        code = 0
        for i, (down, right) in enumerate(NEIGHBOURS):
            other = grey[min(max(y + radius * down, 0), 39), min(max(x + radius * right, 0), 39)]
            ternary = 1 if other > (1 + TAU) * grey[y, x] else 2 if other < (1 - TAU) * grey[y, x] else 0
            code += ternary * 3**i
        assert found[y, x] == code
    assert len(np.unique(found)) > 30


def test_textures_do_not_change_with_the_light() -> None:
    grey = (picture(2)[..., 0] // 2 // 2 * 2).astype(np.uint8)
    assert (siltp(grey, 3) == siltp(grey * 2, 3)).all()


def test_occurrences_are_the_most_of_any_block_in_a_row_of_blocks() -> None:
    frame = picture(3) // 128 * 128
    colours, textures = occurrences(frame)
    bins = colour_bins(frame)
    rows = [
        np.max([np.bincount(bins[y : y + 10, x : x + 10].ravel(), minlength=512) for x in range(0, 31, 5)], axis=0)
        for y in range(0, 31, 5)
    ]
    assert colours[: 7 * 512].tolist() == np.concatenate(rows).tolist()
    assert len(colours) == (7 + 3 + 1) * 512 and len(textures) == 2 * (7 + 3 + 1) * 81


def test_where_in_a_row_of_blocks_a_colour_is_does_not_matter() -> None:
    left, right = (np.zeros((40, 40, 3), np.uint8) for _ in range(2))
    left[15:25, 5:15], right[15:25, 20:30] = (250, 0, 0), (250, 0, 0)
    a, b = occurrences(left)[0], occurrences(right)[0]
    assert a[: 7 * 512].tolist() == b[: 7 * 512].tolist() and (a > 0).sum() > 5

"""What is written for browsers, read again."""

import numpy as np
import pytest

from reid_core.video import decode, mp4


def test_every_picture_is_a_frame_at_its_time_and_looks_the_same() -> None:
    shades = np.linspace(20, 230, 25).astype(np.uint8)
    read = decode(mp4([np.full((64, 96, 3), shade, np.uint8) for shade in shades], 10), "x.mp4")
    np.testing.assert_allclose(read.times_s, np.arange(25) / 10, atol=1e-6)
    np.testing.assert_allclose(read.frames.mean((1, 2, 3)), shades, atol=3)


@pytest.mark.parametrize(
    ("height", "width", "side", "expected"),
    [(65, 97, None, (64, 96)), (540, 960, 480, (270, 480)), (960, 541, 480, (480, 270)), (100, 50, 480, (100, 50))],
)
def test_sides_are_even_and_the_longer_one_at_most_what_is_asked_for(
    height: int, width: int, side: int | None, expected: tuple[int, int]
) -> None:
    pictures = np.zeros((2, height, width, 3), np.uint8)
    assert decode(mp4(pictures, 10, side=side), "x.mp4").frames.shape[1:3] == expected


def test_a_film_that_is_smaller_than_its_pictures_shows_the_same() -> None:
    left, right = np.full((108, 96, 3), (200, 40, 40), np.uint8), np.full((108, 96, 3), (40, 40, 200), np.uint8)
    read = decode(mp4([np.hstack([left, right])] * 20, 10, side=96), "x.mp4").frames
    assert read.shape == (20, 54, 96, 3)
    for half, expected in ((read[:, :, 2:44], (200, 40, 40)), (read[:, :, 52:94], (40, 40, 200))):
        np.testing.assert_allclose(half.mean((0, 1, 2)), expected, atol=6)

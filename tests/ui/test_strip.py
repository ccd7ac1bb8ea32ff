"""The frame strip: which thumbnails, which one is framed, and that they are the frames themselves."""

import numpy as np
import pytest

from ui.strip import THUMBNAILS, nearest_frame, strip, thumbnail_indices

FRAMES = np.stack([np.full((128, 64, 3), (10 * t, 60, 200), np.uint8) for t in range(25)])


@pytest.mark.parametrize("length", [1, 2, 5, THUMBNAILS, THUMBNAILS + 1, 300])
def test_thumbnails_are_different_frames_from_the_first_to_the_last(length):
    shown = thumbnail_indices(length)
    assert len(shown) == min(length, THUMBNAILS) and (shown[0], shown[-1]) == (0, length - 1)
    assert (np.diff(shown) > 0).all()


def test_the_shorter_video_stays_at_its_last_frame():
    assert [nearest_frame(3, t) for t in range(5)] == [0, 1, 2, 2, 2]


def test_the_thumbnail_nearest_to_the_current_frame_is_framed():
    shown = thumbnail_indices(25)
    edge = strip(FRAMES, shown, 13, "a.mp4").layout.shapes[0]
    framed = round((edge.x0 + edge.x1) / 2)
    assert abs(shown[framed] - 13) == np.abs(shown - 13).min()


def test_every_thumbnail_can_be_clicked_and_knows_its_frame():
    shown = thumbnail_indices(25)
    figure = strip(FRAMES, shown, 0, "a.mp4")
    assert len(figure.layout.images) == len(figure.data[0].x) == len(shown)
    assert list(figure.data[0].customdata) == shown.tolist()

"""The seconds in which somebody is seen: a second before, a second after, and a box that goes along."""

import io

import av
import numpy as np
import pytest

from reid_core.video import VideoError, boxes_at, excerpt, mp4
from reid_core.video.excerpt import AFTER_S, BEFORE_S, COLOUR, MOST_S

SIZE, RATE = (120, 200), 10
BOX, MOVED = np.array([[40, 20, 80, 100], [60, 0, 60, 0]], np.float32)


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    """Forty seconds in which nothing is seen."""
    path = tmp_path_factory.mktemp("video") / "grey.mp4"
    path.write_bytes(mp4(np.full((40 * RATE, *SIZE, 3), 128, np.uint8), RATE))
    return path


def pictures(film):
    with av.open(io.BytesIO(film)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]).astype(int)


def drawn(picture, row, column):
    return np.abs(picture[row, column] - COLOUR).max() < 60


def test_it_begins_a_second_before_and_ends_a_second_after(grey):
    found = excerpt(grey, np.array([10.0, 12.0]), np.stack([BOX, BOX]))
    assert found.times_s[0] == pytest.approx(10 - BEFORE_S)
    assert found.times_s[-1] == pytest.approx(12 + AFTER_S)
    assert np.diff(found.times_s) == pytest.approx(1 / RATE)
    assert found.size == SIZE[::-1]
    assert len(pictures(found.film)) == len(found.times_s)


def test_the_box_is_drawn_while_the_person_is_seen_and_moves_with_him(grey):
    found = excerpt(grey, np.array([10.0, 12.0]), np.stack([BOX, BOX + MOVED]))
    shown = pictures(found.film)
    at = {time_s: shown[np.abs(found.times_s - time_s).argmin()] for time_s in (9.2, 10.0, 11.0, 12.0, 12.8)}
    assert drawn(at[10.0], 60, 40) and drawn(at[11.0], 60, 70) and drawn(at[12.0], 60, 100)
    assert not drawn(at[11.0], 60, 40)
    assert not any(drawn(at[time_s], 60, column) for time_s in (9.2, 12.8) for column in (40, 100))


def test_of_somebody_who_stays_the_beginning_is_shown(grey):
    found = excerpt(grey, np.array([0.0, 39.0]), np.stack([BOX, BOX]))
    assert found.times_s[0] == 0
    assert found.times_s[-1] == pytest.approx(MOST_S)


def test_a_time_that_the_video_does_not_have_is_told(grey):
    with pytest.raises(VideoError, match=r"grey\.mp4: there is no frame from 99\.0 to"):
        excerpt(grey, np.array([100.0, 101.0]), np.stack([BOX, BOX]))


def test_between_two_looks_a_box_moves_evenly_and_elsewhere_there_is_none():
    boxes = boxes_at(np.array([0.5, 1.0, 1.5, 2.5]), np.array([1.0, 2.0]), np.stack([BOX, BOX + 10]))
    assert np.isnan(boxes[[0, 3]]).all()
    assert boxes[1:3] == pytest.approx(np.stack([BOX, BOX + 5]))

import numpy as np
import pytest

from reid_core.video.motion import Motion, windows

STILL = np.full((240, 320, 3), 90, np.uint8)


def with_somebody(left: int, colour: tuple[int, int, int] = (200, 200, 200)) -> np.ndarray:
    frame = STILL.copy()
    frame[60:160, left : left + 40] = colour
    return frame


@pytest.mark.parametrize("colour", [(200, 200, 200), (230, 30, 30)])
def test_what_appears_moves_be_it_as_light_as_what_is_behind(colour: tuple[int, int, int]) -> None:
    motion = Motion()
    assert len(motion(STILL)) == 0
    ((left, top, right, bottom),) = motion(with_somebody(100, colour))
    np.testing.assert_allclose((left, top, right, bottom), (100, 60, 140, 160), atol=4)


def test_what_stays_goes_over_into_the_background() -> None:
    motion = Motion()
    motion(STILL)
    found = [len(motion(with_somebody(100))) for _ in range(60)]
    assert found[0] == 1 and found[-1] == 0


def test_what_is_lower_than_anybody_is_not_looked_at() -> None:
    motion, frame = Motion(), STILL.copy()
    frame[100:120, 50:60] = 250
    motion(STILL)
    assert len(motion(frame)) == 0


def boxes(*corners: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(corners, np.float32).reshape(-1, 4)


def test_a_window_is_a_square_twice_as_high_as_what_it_is_around() -> None:
    assert windows(boxes((900, 500, 960, 650)), 1080, 1920) == [(780, 425, 1080, 725)]


def test_somebody_of_60_pixels_fills_a_good_part_of_his_window_in_a_frame_of_any_size() -> None:
    for height, width in ((720, 1280), (2160, 3840)):
        ((left, top, right, bottom),) = windows(boxes((400, 300, 425, 360)), height, width)
        assert right - left == bottom - top == 120


def test_a_window_stays_inside_the_frame_and_is_no_larger() -> None:
    assert windows(boxes((0, 0, 60, 150)), 480, 640) == [(0, 0, 300, 300)]
    assert windows(boxes((100, 10, 260, 470)), 480, 640) == [(0, 0, 640, 480)]


def test_who_stands_in_the_window_of_another_gets_none_of_his_own() -> None:
    assert len(windows(boxes((300, 200, 360, 350), (370, 220, 420, 340)), 720, 1280)) == 1
    assert len(windows(boxes((300, 200, 360, 350), (700, 220, 750, 340)), 720, 1280)) == 2


def test_who_is_much_smaller_than_his_neighbour_is_looked_at_closely() -> None:
    assert len(windows(boxes((300, 100, 420, 400), (430, 200, 445, 240)), 720, 1280)) == 2


def test_a_wide_group_is_seen_in_several_windows_that_leave_nobody_out() -> None:
    found = windows(boxes((100, 300, 900, 400)), 720, 1280)
    assert len(found) > 2
    for left in range(100, 860, 10):
        assert any(x <= left and left + 40 <= right and y <= 300 and bottom >= 400 for x, y, right, bottom in found)

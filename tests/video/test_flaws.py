"""Frames that show little of the person are told, by what is wrong with them, and left out where enough remain."""

import numpy as np
import pytest

from reid_core.video import FLAWS, Tracklet, without_flaws
from reid_core.video.flaws import FEWEST, flaws
from reid_core.video.track import Track

SIZE = (200, 300)
LENGTH = 20


def track(box: tuple[float, float, float, float], first: int = 0, length: int = LENGTH) -> Track:
    """Somebody who stands at a box, left, top, right, bottom, and is seen all the time."""
    boxes = np.tile(np.array(box, np.float32), (length, 1))
    return Track(np.arange(first, first + length), boxes, np.ones(length, bool))


def cut(length: int = LENGTH) -> Tracklet:
    """Sharp frames."""
    frames = np.random.default_rng(0).integers(0, 256, (length, 128, 64, 3), dtype=np.uint8)
    return Tracklet(frames, np.arange(length) / 10, np.zeros((length, 4), np.float32))


def test_who_stands_alone_in_the_picture_has_no_flaw() -> None:
    assert flaws([track((100, 50, 140, 150))], 0, cut(), SIZE) == ("",) * LENGTH


def test_who_leaves_the_picture_is_cut_off_when_the_box_shrinks() -> None:
    leaving = track((100, 50, 140, 150))
    leaving.boxes[15:, 0], leaving.boxes[15:, 2] = 280, 300
    assert flaws([leaving], 0, cut(), SIZE) == ("",) * 15 + ("cut off",) * 5


def test_who_stands_at_the_border_all_the_time_is_not_cut_off_more_than_usual() -> None:
    assert set(flaws([track((260, 50, 300, 150))], 0, cut(), SIZE)) == {""}


@pytest.mark.parametrize(("bottom", "expected"), [(160, "hidden"), (140, "")])
def test_only_who_is_nearer_hides_somebody(bottom: float, expected: str) -> None:
    in_front = track((110, 60, 150, bottom), first=5, length=4)
    found = flaws([track((100, 50, 140, 150)), in_front], 0, cut(), SIZE)
    assert found == ("",) * 5 + (expected,) * 4 + ("",) * (LENGTH - 9)


def test_a_little_overlap_hides_nobody() -> None:
    in_front = track((130, 60, 170, 160))
    assert set(flaws([track((100, 50, 140, 150)), in_front], 0, cut(), SIZE)) == {""}


def test_a_box_that_was_guessed_is_told() -> None:
    lost = track((100, 50, 140, 150))
    lost.seen[[3, 4]] = False
    found = flaws([lost], 0, cut(), SIZE)
    assert [t for t, flaw in enumerate(found) if flaw == "not seen"] == [3, 4]


def test_a_frame_that_is_far_softer_than_the_others_is_blurred() -> None:
    tracklet = cut()
    tracklet.frames[7] = 128
    found = flaws([track((100, 50, 140, 150))], 0, tracklet, SIZE)
    assert [t for t, flaw in enumerate(found) if flaw] == [7] and found[7] == "blurred"


def test_of_two_flaws_the_first_is_told() -> None:
    lost, tracklet = track((100, 50, 140, 150)), cut()
    lost.seen[7] = False
    tracklet.frames[7] = 128
    assert flaws([lost], 0, tracklet, SIZE)[7] == FLAWS[2] == "not seen"


def with_flaws(bad: int, length: int) -> Tracklet:
    plain = cut(length)
    return Tracklet(plain.frames, plain.times_s, plain.boxes, ("hidden",) * bad + ("",) * (length - bad))


def test_flawed_frames_are_left_out_where_enough_remain() -> None:
    whole = with_flaws(5, FEWEST + 5)
    good = without_flaws(whole)
    assert len(good) == FEWEST and set(good.flaws) == {""}
    assert (good.frames == whole.frames[5:]).all() and (good.times_s == whole.times_s[5:]).all()


@pytest.mark.parametrize("tracklet", [with_flaws(5, FEWEST + 4), with_flaws(0, FEWEST), cut()])
def test_all_frames_stay_where_too_few_would_remain_or_none_is_flawed(tracklet: Tracklet) -> None:
    assert without_flaws(tracklet) is tracklet


def test_flaws_are_one_for_each_frame() -> None:
    plain = cut()
    with pytest.raises(ValueError, match="flaws must be one for each of 20 frames, got 3"):
        Tracklet(plain.frames, plain.times_s, plain.boxes, ("",) * 3)

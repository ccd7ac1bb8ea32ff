import pytest

from reid_core.search import changes, clock, span


@pytest.mark.parametrize(("time_s", "told"), [(0, "0:00"), (43.4, "0:43"), (59.6, "1:00"), (3729, "1:02:09")])
def test_times_are_told_as_on_a_clock(time_s: float, told: str) -> None:
    assert clock(time_s) == told
    assert span(0, time_s) == f"0:00 to {told}"


def test_a_tracklet_that_may_be_several_people_is_told_by_when_its_looks_change() -> None:
    assert changes((43.4, 3729)) == ("the looks change at 0:43 and 1:02:09, it may be several people",)
    assert changes(()) == ()

"""The words of the page Search."""

import pytest

from ui.search.words import clock, found_in_words, span


@pytest.mark.parametrize(("time_s", "told"), [(0, "0:00"), (43.4, "0:43"), (59.6, "1:00"), (3729, "1:02:09")])
def test_times_are_told_as_on_a_clock(time_s, told):
    assert clock(time_s) == told
    assert span(0, time_s) == f"0:00 to {told}"


@pytest.mark.parametrize(
    ("confirmed", "within", "told"),
    [
        (0, 0, "Nobody"),
        (0, 1, "Found 1 time"),
        (2, 3, "Found 3 times, and 2 confirmed"),
        (1, 0, "Found nowhere else, and 1 confirmed"),
    ],
)
def test_nobody_is_an_answer_unless_somebody_was_confirmed(confirmed, within, told):
    assert found_in_words(confirmed, within) == told

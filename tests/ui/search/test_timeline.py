"""The time line: no bar hides another, round times, a letter and a colour an identity."""

import pytest

from ui.search.timeline import COLOURS, MOST_TICKS, colour_of, letter_of, rows_of, ticks


def test_bars_of_one_time_lie_in_rows_of_their_own_and_a_free_row_is_used_again():
    assert rows_of([(0, 4), (1, 3), (3, 5), (4, 6), (2, 9)]) == [0, 1, 1, 0, 2]


@pytest.mark.parametrize(("duration_s", "step"), [(12, 5), (120, 15), (3600, 600), (86_400, 10_800)])
def test_times_are_round_few_and_within(duration_s, step):
    times = ticks(duration_s)
    assert times[:2] == [0, step] and times[-1] <= duration_s < times[-1] + step
    assert len(times) <= MOST_TICKS


def test_letters_go_on_after_z_and_colours_begin_again():
    assert [letter_of(number) for number in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]
    assert colour_of(0) == colour_of(len(COLOURS)) != colour_of(1)

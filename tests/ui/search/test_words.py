"""The words of the page Search."""

import pytest

from ui.search.words import among_in_words, found_in_words, unclear_in_words


@pytest.mark.parametrize(
    ("confirmed", "within", "nobody", "told"),
    [
        (0, 0, True, "Nobody"),
        (0, 0, False, "Too close to call"),
        (0, 1, False, "Found 1 time"),
        (2, 3, False, "Found 3 times, and 2 confirmed"),
        (1, 0, True, "Found nowhere else, and 1 confirmed"),
    ],
)
def test_nobody_is_an_answer_unless_somebody_was_confirmed_or_may_be_there(confirmed, within, nobody, told):
    assert found_in_words(confirmed, within, nobody) == told


def test_it_is_said_what_makes_hits_no_answer():
    assert unclear_in_words(["a is dark", "b is grey"]) == (
        "Too close to call, since nothing is known of such footage: a is dark; b is grey."
    )


def test_of_those_beyond_the_threshold_it_is_told_why_only_where_one_looks_like_the_person():
    assert "Among 48 tracklets" in among_in_words(0.6, 48) and among_in_words(0.3, 48) == ""

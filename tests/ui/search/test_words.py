"""The words of the page Search."""

import pytest

from ui.search.words import found_in_words


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

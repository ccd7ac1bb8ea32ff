"""The words of the Bias lab."""

import pytest

from reid_core.explain import Edit
from ui.bias.words import COVER_TITLES, LONGER_TITLES, NO_COVER, ORDER_TITLES, STEPS, edit_in_words, step_of

TITLES = {"utrcnn": "one", "bptt": "two"}


def test_an_edit_in_words():
    assert edit_in_words(Edit(), 10) == "10 frames, as filmed; nothing is covered."
    words = edit_in_words(Edit("pole", 0.3, 1.0, order="shuffled", length=0.5), 10)
    assert words == "10 frames, shuffled and cut to 50 %; a pole: frames 7 to 9 are covered."


def test_every_step_is_known_by_what_it_sets():
    assert [step_of(step.edit) for step in STEPS] == list(STEPS)
    assert step_of(Edit("pole")) is None


@pytest.mark.parametrize(
    ("titles", "allowed"),
    [
        (COVER_TITLES, {NO_COVER, "person", "suitcase", "pole", "blank", "blur"}),
        (ORDER_TITLES, {"filmed", "reversed", "shuffled"}),
        (LONGER_TITLES, {"again", "last"}),
    ],
)
def test_everything_that_can_be_chosen_has_a_title(titles, allowed):
    assert set(titles) == allowed and len(set(titles.values())) == len(titles)

"""What the controls of the Bias lab say."""

import pytest

from reid_core.explain import PLACES, Edit
from ui.bias.views import edit_of
from ui.bias.words import NO_COVER, STEPS


def test_controls_that_change_nothing_count_as_untouched():
    assert edit_of(NO_COVER, 0.2, 0.7, "filmed", 1.0, "last") == Edit() == STEPS[0].edit
    assert edit_of("blur", 0.2, 0.7, "reversed", 1.2, "last") == Edit("blur", 0.2, 0.7, "reversed", 1.2, "last")


@pytest.mark.parametrize(("linked", "shown"), [(0.33, 0.35), (0.32, 0.3), (1.0, 1.0), (0.0, 0.0)])
def test_a_place_between_two_that_the_models_were_asked_for_is_the_nearest(linked, shown):
    assert edit_of("pole", 0.4, linked, "filmed", 1.0, "again").position == shown
    assert shown in PLACES

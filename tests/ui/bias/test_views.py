"""What the controls of the Bias lab say."""

from reid_core.explain import Edit
from ui.bias.views import edit_of
from ui.bias.words import NO_COVER, STEPS


def test_controls_that_change_nothing_count_as_untouched():
    assert edit_of(NO_COVER, 0.2, 0.7, "filmed", 1.0, "last") == Edit() == STEPS[0].edit
    assert edit_of("blur", 0.2, 0.7, "reversed", 1.2, "last") == Edit("blur", 0.2, 0.7, "reversed", 1.2, "last")

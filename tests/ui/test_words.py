"""The words of the pages against results made by hand."""

from dataclasses import replace

import pytest

from reid_core.evaluation import Comparison
from ui.words import changed_answers, model_title

SAME = Comparison("same", 0.4, 1.0, 0.93, "utrcnn", (45, 30), ("full", "full"), ())
DIFFERENT = replace(SAME, verdict="different", distance=1.9, probability_same=0.02)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ((SAME, SAME), "no model changes"),
        ((SAME, replace(DIFFERENT, checkpoint="bptt")), "**BPTT** changes its answer. UTRCNN stays"),
        ((DIFFERENT, DIFFERENT), "**UTRCNN and BPTT** change their answer."),
    ],
)
def test_models_that_change_their_answer_are_named(after, expected):
    before = (SAME, replace(SAME, checkpoint="bptt"))
    assert expected in changed_answers(before, after)


def test_a_checkpoint_without_a_title_is_called_by_its_name():
    assert model_title("mine") == "mine"

"""The words of the pages against results made by hand."""

from dataclasses import replace

import pytest

from reid_core.evaluation import Comparison
from ui.words import changed_answers, explained, model_title

SAME = Comparison("same", 0.4, 1.0, 0.93, "utrcnn", (45, 30), ("full", "full"), ())
DIFFERENT = replace(SAME, verdict="different", distance=1.9, probability_same=0.02)


def test_a_verdict_is_told_with_its_distance_threshold_and_probability():
    text = explained(SAME)
    assert "0.40" in text and "below the threshold of 1.00" in text and "**93**" in text and "one person" in text


def test_a_close_call_says_that_the_model_cannot_tell():
    assert "cannot tell" in explained(replace(SAME, verdict="uncertain", distance=1.01, probability_same=0.48))


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

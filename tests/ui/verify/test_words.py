"""The words of a verdict against results made by hand."""

from dataclasses import replace

from reid_core.evaluation import Comparison
from ui.verify.words import explained

SAME = Comparison("same", 0.4, 1.0, 0.93, "utrcnn", (45, 30), ("full", "full"), ())


def test_a_verdict_is_told_with_its_distance_threshold_and_probability():
    text = explained(SAME)
    assert "0.40" in text and "below the threshold of 1.00" in text and "**93**" in text and "one person" in text


def test_a_close_call_says_that_the_model_cannot_tell():
    assert "cannot tell" in explained(replace(SAME, verdict="uncertain", distance=1.01, probability_same=0.48))

"""What is said of several models at once, of a choice and of labels."""

from dataclasses import replace

import pytest

from reid_core.evaluation import Comparison
from ui.verify.words import (
    agreement,
    asked,
    choice_in_words,
    labels_in_words,
    pair_in_words,
    shown_in_words,
    truth_in_words,
)

RESULT = Comparison("same", 0.4, 1.0, 0.9, "utrcnn", (45, 30), ("full", "full"), ())


@pytest.mark.parametrize(
    ("verdicts", "said", "verdict"),
    [
        (["same"] * 5, "The same person, say all 5 models", "same"),
        (["different"], "Different persons, says the model", "different"),
        (["same", "different", "different"], "Different persons, say 2 of 3 models", "different"),
        (
            ["same", "same", "uncertain", "uncertain", "different"],
            "The models disagree: of 5, 2 say the same person, 2 say too close to call, 1 says different persons",
            "uncertain",
        ),
        (
            ["same", "different"],
            "The models disagree: of 2, 1 says the same person, 1 says different persons",
            "uncertain",
        ),
    ],
)
def test_the_headline_is_what_more_than_half_of_the_models_say(verdicts, said, verdict):
    assert agreement([replace(RESULT, verdict=one) for one in verdicts]) == (said, verdict)


def test_two_people_are_told_in_short():
    told = "the same person (90 % the same person, distance 0.400, threshold 1.000)."
    assert pair_in_words(RESULT) == told


def test_a_choice_is_told_and_asked_for():
    assert choice_in_words("x.mp4", 3, None).startswith("**x.mp4: 3 people**. Click a person")
    assert choice_in_words("x.mp4", 3, 1) == "**x.mp4: 3 people**, person 2 is compared."
    assert choice_in_words("x.mp4", 1, 0) == "**x.mp4: one person**."
    assert asked(["x.mp4", "y.mp4"]) == "Choose a person in x.mp4 and in y.mp4 for a verdict."


def test_of_an_example_it_is_told_how_many_models_are_right():
    results = [RESULT, replace(RESULT, verdict="uncertain")]
    assert truth_in_words("same", results) == "Known of this example: **the same person**. 1 of 2 models say so."
    assert truth_in_words("different", results).endswith("None of 2 models say so.")


def test_who_is_shown_is_named_by_number_where_there_are_several():
    assert shown_in_words("x.mp4 (A)", 3, 1) == "x.mp4 (A), person 2"
    assert shown_in_words("x.mp4 (A)", 1, 0) == shown_in_words("x.mp4 (A)", 0, "full") == "x.mp4 (A)"


@pytest.mark.parametrize(
    ("same", "different", "needed"),
    [(0, 0, True), (4, 0, True), (0, 9, True), (2, 1, True), (3, 1, False), (2, 5, False)],
)
def test_it_is_told_whether_labels_are_enough(same, different, needed):
    told = labels_in_words(same, different)
    assert told.startswith(f"Labelled so far: **{same}** of one person, **{different}** of two.")
    assert ("It takes 4 pairs or more" in told) == needed
    assert ("of both kinds" in told) == (needed and not (same and different))

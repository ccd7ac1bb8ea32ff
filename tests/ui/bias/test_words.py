"""The words of the Bias lab."""

from dataclasses import replace

import numpy as np
import pytest

from reid_core.evaluation import Comparison
from reid_core.explain import CoverSweep, Edit, Outcome
from reid_core.model import Calibration
from ui.bias.words import (
    COVER_TITLES,
    LONGER_TITLES,
    NO_COVER,
    ORDER_TITLES,
    STEPS,
    edit_in_words,
    note_in_words,
    reveal_in_words,
    step_title,
    true_of,
    why_in_words,
)

# between 1 and 2 as many pairs of either kind
SCALE = Calibration(1.5, 0.2, 0.1, "pairs", (0.0, 1.0, 2.0, 3.0), (98, 2, 0), (0, 2, 98))
EVEN = np.ones(10)
SAME = Comparison("same", 0.5, 1.5, 0.9, "utrcnn", (10, 10), ("full", "full"), (), scale=SCALE)


def outcome(name, *rows, importance=EVEN):
    """Of a model that has these distances, a row a share of 10 and 60 % and so on, a column a place."""
    shares = np.array([0.1, 0.2, 0.4, 0.6])[: len(rows)]
    sweep = (
        CoverSweep(shares, np.array([0, 0.5, 1]), np.zeros((len(rows), 3, 2), int), np.array(rows)) if rows else None
    )
    model = replace(SAME, checkpoint=name)
    return Outcome(model, model, "left_out", importance, sweep)


def test_an_edit_in_words():
    assert edit_in_words(Edit(), 10) == "10 frames, as filmed; nothing is covered."
    words = edit_in_words(Edit("pole", 0.3, 1.0, order="shuffled", length=0.5), 10)
    assert words == "10 frames, shuffled and cut to 50 %; a pole: frames 7 to 9 are covered."


def test_why_is_told_of_the_covered_frames_and_without_a_cover_of_the_last_tenth():
    told = {"utrcnn": ("attention", np.array([1.0] * 8 + [2, 0])), "bptt": ("left_out", np.eye(10)[9])}
    assert why_in_words(slice(8, 10), told) == (
        "The covered 20 % of the frames have 20 % of UTRCNN's attention and 100 % of BPTT's description."
    )
    assert why_in_words(slice(0, 0), told).startswith("The last 10 % of the frames have 0 % of UTRCNN's attention")
    assert why_in_words(slice(0, 0), {}) == ""


def test_a_step_has_a_heading():
    assert step_title(STEPS[3]) == "Step 4 of 6: The same at the start"


def test_what_a_step_asks_is_true_of_models_whose_answer_changes_there():
    calm = outcome("utrcnn", *[[0.5] * 3] * 4)
    end = outcome("bptt", [0.5, 0.5, 0.5], [0.5, 0.5, 2.5], [0.5, 0.5, 2.5], [0.5, 0.5, 2.5])
    asked = {step.title[0]: true_of(step, (calm, end)) for step in STEPS[1:]}
    assert asked == {"2": ["bptt"], "3": ["bptt"], "4": [], "5": [], "6": []}


def test_as_filmed_it_is_asked_whose_answer_rests_on_the_end():
    end = outcome("bptt", importance=np.array([1.0] * 9 + [10]))
    assert true_of(STEPS[0], (outcome("mean"), end)) == ["bptt"]


def test_a_guess_is_held_against_what_was_measured():
    models = ("utrcnn", "bptt", "mean")
    assert reveal_in_words(["bptt"], ["bptt", "mean"], models) == (
        "You said **BPTT**; measured: **BPTT** and **Mean**. Right about 2 of 3 models."
    )
    assert reveal_in_words([], [], models) == "You said nobody; measured: nobody. Right about 3 of 3 models."


def test_a_note_tells_how_a_guess_was_and_how_much_a_model_takes():
    end = outcome("bptt", [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [2.5, 2.5, 2.5])
    assert note_in_words(end, True, True, False) == "guessed right"
    assert note_in_words(end, True, False, True) == "guessed wrong, turns at 30 %"
    assert note_in_words(outcome("mean", [0.5] * 3), False, False, True) == "guessed right, turns nowhere"


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

"""The words and the table of the page on attention against importances made by hand."""

import numpy as np
import pytest

from reid_core.explain import Importance
from reid_core.model.heads.utrcnn import BacktrackingConfig
from ui.attention.words import (
    cell_in_words,
    columns_in_words,
    first_sentence,
    quietest,
    summary_in_words,
    summary_table,
)

ALPHA = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0.25, 0.75, 0, 0], [0, 0.6, 0.4, 0]])
UTRCNN = Importance(np.array([1.0, 3, 4, 2]), np.array([0.0, 2, 1, 1]), None, ALPHA)
BPTT = Importance(np.array([0.0, 0, 1, 9]), np.array([0.0, 0, 0, 5]), None, None)
FOUND = {"utrcnn": UTRCNN, "bptt": BPTT}
PLACES = np.array([0, 3, 6, 9])


def test_a_cell_in_words():
    assert (
        cell_in_words(ALPHA, PLACES.tolist(), PLACES, 1, 3) == "Step 9 gives frame 3 the weight **0.600**: rank 1 of 2."
    )
    assert cell_in_words(ALPHA, PLACES.tolist(), PLACES, 0, 3) == "Step 9 does not look at frame 0."
    assert "earlier frames only" in cell_in_words(ALPHA, PLACES.tolist(), PLACES, 3, 3)


def test_a_reading_looks_at_all_frames():
    words = cell_in_words(np.array([[0.1, 0.2, 0.3, 0.4]]), ["reading 1"], PLACES, 2, 0)
    assert words == "Reading 1 gives frame 6 the weight **0.300**: rank 2 of 4."


def test_the_first_sentence_names_the_frame_or_the_stretch_that_the_numbers_show():
    places, left_out = np.arange(10), np.eye(10)[9]
    quiet = np.array([1.0, 1, 1, 1, 1, 1, 0, 0, 0, 0])[None] / 6
    closing = Importance(left_out, left_out, None, np.vstack([np.zeros((10, 10)), quiet]))
    found = {"utrcnn": closing, "bptt": Importance(left_out, left_out, None, None)}
    assert first_sentence(found, places).replace("\N{NO-BREAK SPACE}", " ") == (
        "**UTRCNN**: half of its answer rests on frames 0 to 2; it leaves out frames 6 to 9, 40 % of the clip, which "
        "have less than 1 % of its attention. "
        "**BPTT**: :orange[half of its answer rests on the last frame alone] (100 %)."
    )
    assert "last step looks at 2 of 4 frames, from 3 to 6" in first_sentence({"sab": UTRCNN}, PLACES)
    even = Importance(left_out, np.ones(10), None, None)
    assert first_sentence({"mean": even}, places) == (
        "**Mean**: all parts count, half of its answer takes 5 of 10 frames in a row."
    )
    assert quietest(np.array([0.1, 0.5, 0.1, 0.1, 0.2])) == (2, 4)


def test_only_a_linear_score_is_said_to_make_columns_alike():
    assert "cancels" in columns_in_words(BacktrackingConfig(variant="paper"))
    assert "rows can differ" in columns_in_words(BacktrackingConfig(variant="sab"))
    assert "rows can differ" in columns_in_words(BacktrackingConfig(variant="paper-raw"))
    assert "last reading" in columns_in_words(BacktrackingConfig(variant="closing"))


@pytest.mark.parametrize(
    ("thirds", "words"),
    [
        ((0.8, 0.1, 0.1), "mostly in the first third ("),
        ((0.51, 0.48, 0.01), "mostly in the first third and in the middle ("),
        ((0.38, 0.31, 0.31), "about evenly all over the clip ("),
        ((0.39, 0.35, 0.26), "about evenly all over the clip ("),
        ((0.28, 0.27, 0.45), "mostly in the last third ("),
    ],
)
def test_where_importance_lies_names_every_third_that_holds_much(thirds, words):
    frames = np.repeat(thirds, 3)
    assert words in summary_in_words("bptt", Importance(frames, frames, None, None))


def test_the_summary_says_where_and_how_well_attention_agrees():
    # ranks 1.5 4 3 1.5 of alpha and 1 4 2.5 2.5 of leaving out: 3.75 / 4.5
    assert "agrees with it well (+0.83)" in summary_in_words("utrcnn", UTRCNN)
    assert "in the last third" in summary_in_words("bptt", BPTT) and "attention" not in summary_in_words("bptt", BPTT)
    table = summary_table(FOUND)
    assert table["Model"].tolist() == ["UTRCNN"] * 4 + ["BPTT"] * 2
    np.testing.assert_allclose(table[["First third", "Middle third", "Last third"]].sum(axis=1), 100)
    assert table["Attention agrees"].isna().tolist() == [True, False, False, False, True, True]

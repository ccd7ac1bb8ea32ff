"""The words and the table of the page on attention against importances made by hand."""

import numpy as np

from reid_core.explain import Importance
from reid_core.model.heads.utrcnn import BacktrackingConfig
from ui.attention.words import cell_in_words, columns_in_words, summary_in_words, summary_table

ALPHA = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0.25, 0.75, 0, 0], [0, 0.6, 0.4, 0]])
UTRCNN = Importance(np.array([1.0, 3, 4, 2]), np.array([0.0, 2, 1, 1]), None, ALPHA)
BPTT = Importance(np.array([0.0, 0, 1, 9]), np.array([0.0, 0, 0, 5]), None, None)
FOUND = {"utrcnn": UTRCNN, "bptt": BPTT}
PLACES = np.array([0, 3, 6, 9])


def test_a_cell_in_words():
    assert cell_in_words(ALPHA, PLACES, 1, 3) == "Step 9 gives frame 3 the weight **0.600**: rank 1 of 2."
    assert cell_in_words(ALPHA, PLACES, 0, 3) == "Step 9 does not look at frame 0."
    assert "earlier frames only" in cell_in_words(ALPHA, PLACES, 3, 3)


def test_only_a_linear_score_is_said_to_make_columns_alike():
    assert "cancels" in columns_in_words(BacktrackingConfig(variant="paper"))
    assert "rows can differ" in columns_in_words(BacktrackingConfig(variant="sab"))
    assert "rows can differ" in columns_in_words(BacktrackingConfig(variant="paper-raw"))


def test_the_summary_says_where_and_how_well_attention_agrees():
    # ranks 1.5 4 3 1.5 of alpha and 1 4 2.5 2.5 of leaving out: 3.75 / 4.5
    assert "agrees with it well (+0.83)" in summary_in_words("utrcnn", UTRCNN)
    assert "in the last third" in summary_in_words("bptt", BPTT) and "attention" not in summary_in_words("bptt", BPTT)
    table = summary_table(FOUND)
    assert table["Model"].tolist() == ["UTRCNN"] * 4 + ["BPTT"] * 2
    np.testing.assert_allclose(table[["First third", "Middle third", "Last third"]].sum(axis=1), 100)
    assert table["Attention agrees"].isna().tolist() == [True, False, False, False, True, True]

"""What the charts of several pages show against the numbers that went in."""

from dataclasses import replace

import numpy as np
import pytest

from reid_core.evaluation import Comparison
from ui.charts import before_and_after, before_and_after_in_words, pair_histograms
from ui.style import look_of

RESULT = Comparison("same", 0.4, 1.0, 0.99, "utrcnn", (45, 30), ("full", "full"), ())


def test_before_and_after_are_joined_for_each_model():
    before = (RESULT, replace(RESULT, checkpoint="bptt"))
    after = (replace(RESULT, probability_same=0.9), replace(RESULT, checkpoint="bptt", probability_same=0.02))
    traces = before_and_after(before, after, ("whole", "covered")).data
    assert np.array([line.x for line in traces[:2]]) == pytest.approx(np.array([(99, 90), (99, 2)]))
    marks = [trace for trace in traces[2:] if trace.x[0] is not None]
    assert np.array([mark.x for mark in marks]) == pytest.approx(np.array([(99, 99), (90, 2)]))
    legend = {trace.marker.symbol: trace.name for trace in traces if trace.showlegend is not False}
    assert [legend[mark.marker.symbol] for mark in marks] == ["whole", "covered"]
    assert all(list(mark.marker.color) == [look_of("utrcnn").colour, look_of("bptt").colour] for mark in marks)
    assert "BPTT 99 % and 2 %" in before_and_after_in_words(before, after)


def test_histograms_are_shares_of_each_kind_of_pair_in_the_middle_of_their_bins():
    same, different = pair_histograms([0, 1, 3], [3, 1], [0, 20]).data
    assert [list(same.y), list(different.y)] == [[75, 25], [0, 100]]
    assert list(same.x) == [0.5, 2] and list(same.width) == [1, 2]


def test_no_pairs_at_all_are_no_division_by_zero():
    assert [list(trace.y) for trace in pair_histograms([0, 1, 2], (0, 0), (0, 0)).data] == [[0, 0]] * 2

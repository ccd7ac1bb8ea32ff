"""What the charts of several pages show against the numbers that went in."""

from dataclasses import replace

import numpy as np
import pytest

from reid_core.evaluation import Comparison
from ui.charts import before_and_after, before_and_after_in_words

RESULT = Comparison("same", 0.4, 1.0, 0.99, "utrcnn", (45, 30), ("full", "full"), ())


def test_before_and_after_are_joined_for_each_model():
    before = (RESULT, replace(RESULT, checkpoint="bptt"))
    after = (replace(RESULT, probability_same=0.9), replace(RESULT, checkpoint="bptt", probability_same=0.02))
    traces = before_and_after(before, after, ("whole", "covered")).data
    assert np.array([line.x for line in traces[:2]]) == pytest.approx(np.array([(99, 90), (99, 2)]))
    assert [trace.name for trace in traces[2:]] == ["whole", "covered"]
    assert "BPTT 99 % and 2 %" in before_and_after_in_words(before, after)

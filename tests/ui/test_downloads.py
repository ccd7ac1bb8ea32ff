"""Figures that leave the page."""

import numpy as np

from reid_core.explain import Importance
from ui.attention.charts import attention_map, lag_curves
from ui.downloads import standalone

ALPHA = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0.25, 0.75, 0, 0], [0, 0.6, 0.4, 0]])
UTRCNN = Importance(np.array([1.0, 3, 4, 2]), np.array([0.0, 2, 1, 1]), None, ALPHA)
BPTT = Importance(np.array([0.0, 0, 1, 9]), np.array([0.0, 0, 0, 5]), None, None)
FOUND = {"utrcnn": UTRCNN, "bptt": BPTT}
PLACES = np.array([0, 3, 6, 9])


def test_the_standalone_page_fetches_nothing():
    page = standalone([lag_curves(FOUND), attention_map(ALPHA, PLACES, 0, 3)], "Which frames?")
    assert page.count("<title>Which frames?</title>") == 1 and page.count('class="plotly-graph-div"') == 2
    assert "<script src=" not in page and 'src="http' not in page

"""Figures that leave the page."""

import plotly.graph_objects as go

from ui.downloads import standalone


def test_the_standalone_page_fetches_nothing():
    page = standalone([go.Figure(), go.Figure()], "Which frames?")
    assert page.count("<title>Which frames?</title>") == 1 and page.count('class="plotly-graph-div"') == 2
    assert "<script src=" not in page and 'src="http' not in page

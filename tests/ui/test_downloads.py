"""Figures that leave the page."""

import plotly.graph_objects as go

from ui.downloads import standalone


def test_the_standalone_page_fetches_nothing():
    page = standalone([go.Figure(), go.Figure()], "Which frames?")
    assert page.count("<title>Which frames?</title>") == 1 and page.count('class="plotly-graph-div"') == 2
    assert "<script src=" not in page and 'src="http' not in page


def test_exported_figures_have_colours_of_their_own_and_room_for_their_labels():
    import streamlit as st  # its template, of stand-ins that only its pages replace, is every new figure's

    figure = go.Figure(go.Heatmap(z=[[0, 1]]), {"margin": {"l": 8}})
    before = figure.to_json()
    page = standalone([figure], "Which frames?")
    assert st and "#000036" not in page and figure.to_json() == before
    assert page.count('"automargin":true') >= 2 and '"reversescale":true' in page

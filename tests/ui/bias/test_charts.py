"""What the charts of the Bias lab show against the numbers that went in."""

import numpy as np
import pandas as pd

from ui.bias.charts import lab_rows, pair_sweep, stored_sweep

FOUND = {"utrcnn": np.array([1.0, 3, 4, 2]), "bptt": np.array([0.0, 0, 0, 5])}
TITLES = {"utrcnn": "one", "bptt": "two"}
FRAMES = np.zeros((4, 128, 64, 3), np.uint8)


def test_rows_hold_shares_on_one_scale_and_covered_bars_are_hatched():
    figure = lab_rows(FOUND, TITLES, list(FOUND), FRAMES, (1, 2))
    bars = [trace for trace in figure.data if trace.type == "bar"]
    np.testing.assert_allclose(bars[0].y ** 2, [10, 30, 40, 20])
    np.testing.assert_allclose(bars[2].y ** 2, [0, 0, 0, 100])
    assert list(bars[0].marker.pattern.shape) == ["", "/", "/", ""]
    assert bars[0].marker.color != bars[2].marker.color
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range == (0, 10.5)
    assert [note.text for note in figure.layout.annotations] == ["one", "two"]


def test_the_place_of_the_cover_is_framed_and_without_a_cover_nothing_is():
    shapes = lab_rows(FOUND, TITLES, list(FOUND), FRAMES, (1, 2)).layout.shapes
    assert [(s.x0, s.x1) for s in shapes if s.type == "rect"] == [(0.5, 2.5)] * 2
    without = lab_rows(FOUND, TITLES, list(FOUND), FRAMES, (0, 0)).layout.shapes
    assert [s.type for s in without] == ["line", "line"]


def test_a_model_keeps_its_colour_when_it_is_alone():
    alone = lab_rows({"bptt": FOUND["bptt"]}, TITLES, list(FOUND), FRAMES, (0, 0)).data[0]
    both = lab_rows(FOUND, TITLES, list(FOUND), FRAMES, (0, 0)).data[2]
    assert alone.marker.color == both.marker.color


def test_the_sweep_of_a_pair_shows_its_curves_and_where_the_cover_is():
    curves = {"utrcnn": np.array([0.5, 0.6, 0.5]), "bptt": np.array([0.3, 0.4, 1.9])}
    figure = pair_sweep(np.array([0.0, 50, 100]), curves, 50, {"utrcnn": 0.6, "bptt": 0.4}, list(curves))
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines+markers"}
    assert lines["BPTT"].y.tolist() == [0.3, 0.4, 1.9] and lines["UTRCNN"].line.dash != lines["BPTT"].line.dash
    marks = [(trace.x[0], trace.y[0]) for trace in figure.data if trace.mode == "markers"]
    assert marks == [(50, 0.6), (50, 0.4)]
    assert figure.layout.yaxis.range[1] > 1.9


def test_the_stored_sweep_is_in_percent():
    (line,) = stored_sweep({"mine": pd.DataFrame({"position": [0, 1], "rank_1": [0.9, 0.25]})}, "people").data
    assert (line.x.tolist(), line.y.tolist(), line.name) == ([0, 100], [90, 25], "mine")

"""What the charts of the Bias lab show against the numbers that went in."""

from dataclasses import replace

import numpy as np
import pandas as pd

from reid_core.evaluation import Comparison
from reid_core.explain import CoverSweep, Edit, EditedClip, Outcome
from ui.bias.charts import lab_rows, pair_sweep, share_sweep, stored_sweep
from ui.style import look_of, run_looks

SAME = Comparison("same", 1.2, 2.0, 0.93, "utrcnn", (4, 4), ("full", "full"), ())
OTHER = replace(SAME, verdict="different", distance=0.4, threshold=1.0, probability_same=0.1, checkpoint="bptt")


def sweep(*rows):
    shares, places = np.linspace(0, 0.9, len(rows)), np.linspace(0, 1, len(rows[0]))
    return CoverSweep(shares, places, np.zeros((len(rows), len(rows[0]), 2), int), np.array(rows))


UTRCNN = Outcome(SAME, SAME, "attention", np.array([1.0, 3, 4, 2]), sweep([1.0, 1.0, 1.0], [1.0, 1.2, 1.0]))
BPTT = Outcome(OTHER, OTHER, "left_out", np.array([0.0, 0, 0, 5]), sweep([0.3, 0.3, 0.3], [0.3, 0.4, 1.9]))
CLIP = EditedClip(np.zeros((4, 128, 64, 3), np.uint8), np.arange(4), 1, 2)


def test_rows_hold_shares_on_a_scale_of_their_own_and_covered_bars_are_hatched():
    figure = lab_rows(CLIP, (UTRCNN, BPTT))
    bars = [trace for trace in figure.data if trace.type == "bar"]
    np.testing.assert_allclose(bars[0].y, [0.4, 1.2, 1.6, 0.8])
    np.testing.assert_allclose(bars[2].y, [0, 0, 0, 4])
    assert list(bars[0].marker.pattern.shape) == ["", "/", "/", ""]
    assert (bars[0].marker.color, bars[2].marker.color) == (look_of("utrcnn").colour, look_of("bptt").colour)
    assert (figure.layout.yaxis.range, figure.layout.yaxis2.range) == ((0, 2.1), (0, 4.2))
    titles = [note.text for note in figure.layout.annotations]
    assert titles == [
        "<b>UTRCNN</b>, attention: the same person, 93 %",
        "<b>BPTT</b>, leaving it out: different persons, 10 %",
        "covered",
    ]


def test_a_model_without_the_measure_has_no_row():
    figure = lab_rows(CLIP, (replace(UTRCNN, importance=None), BPTT))
    assert [note.text[:11] for note in figure.layout.annotations] == ["<b>BPTT</b>", "covered"]
    assert figure.data[0].marker.color == look_of("bptt").colour


def test_the_place_of_the_cover_is_framed_and_without_a_cover_nothing_is():
    shapes = lab_rows(CLIP, (UTRCNN, BPTT)).layout.shapes
    assert [(s.x0, s.x1) for s in shapes if s.type == "rect"] == [(0.5, 2.5)] * 2
    without = lab_rows(replace(CLIP, start=0, count=0), (UTRCNN, BPTT)).layout.shapes
    assert [s.type for s in without] == ["line", "line"]


def test_the_sweep_of_a_pair_is_over_each_threshold_and_shows_where_the_cover_is():
    figure = pair_sweep((UTRCNN, BPTT), Edit("pole", 0.9, 0.5))
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines+markers"}
    assert lines["UTRCNN"].x.tolist() == [0, 50, 100] and lines["UTRCNN"].y.tolist() == [0.5, 0.6, 0.5]
    assert lines["BPTT"].y.tolist() == [0.3, 0.4, 1.9] and lines["UTRCNN"].line.dash != lines["BPTT"].line.dash
    marks = [(trace.x[0], trace.y[0]) for trace in figure.data if trace.mode == "markers"]
    assert marks == [(50, 0.6), (50, 0.4)]
    assert figure.layout.yaxis.range[1] > 1.9


def test_the_sweep_over_the_share_marks_where_each_model_turns():
    swept = replace(sweep([1.0, 1.0], [1.0, 3.0], [3.0, 5.0]), shares=np.array([0.0, 0.5, 0.9]))
    figure = share_sweep((replace(UTRCNN, sweep=swept), replace(BPTT, sweep=None)), 0.4)
    (line,) = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert (line.x.tolist(), line.y.tolist()) == ([0, 50, 90], [0.5, 1, 2])
    marks = {trace.marker.symbol: trace.x[0] for trace in figure.data if trace.mode == "markers"}
    assert (marks["circle-open"], marks["x-thin"]) == (50, 25)
    assert [shape.x0 for shape in figure.layout.shapes] == [0, 40]


def test_the_stored_sweep_is_in_percent_and_in_the_looks_of_its_runs():
    looks = run_looks({"mine": "bptt"})
    (line,) = stored_sweep({"mine": pd.DataFrame({"position": [0, 1], "rank_1": [0.9, 0.25]})}, looks).data
    assert (line.x.tolist(), line.y.tolist(), line.name) == ([0, 100], [90, 25], "mine")
    assert line.line.color == look_of("bptt").colour


def test_the_stored_sweep_has_room_for_the_lines_of_its_legend_on_a_phone():
    looks = run_looks(dict.fromkeys("abcdefg", "bptt"))
    curve = pd.DataFrame({"position": [0, 1], "rank_1": [0.9, 0.25]})
    one, seven = (stored_sweep(dict.fromkeys(names, curve), looks).layout.height for names in ("a", "abcdefg"))
    assert seven >= one + 6 * 14

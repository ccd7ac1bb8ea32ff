"""What the charts of runs show against the numbers that went in."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from reid_core.runs import Task, published_for
from ui.curves import cost_chart
from ui.runs.charts import cmc_chart, distance_histograms, error_chart, sweep_chart, thirds_chart
from ui.style import Look, run_looks

LOOKS = dict.fromkeys("ab", Look("#010203", "solid", "circle"))

MEAN = pd.DataFrame({"rank": [1, 2, 3], "mean": [0.5, 0.9, 1.0], "sd": [0.1, 0.2, 0.0]})
ROC = pd.DataFrame({"far": [0.0, 0.1, 1.0], "mean": [1.0, 0.2, 0.0], "sd": 0.0})
NOTHING = published_for(Task("nowhere", "paper", 1))


def named(figure):
    """The traces in the legend, by name."""
    return {trace.name: trace for trace in figure.data if trace.showlegend is not False}


def test_a_curve_is_the_mean_in_percent_within_a_band_of_one_standard_deviation():
    figure = cmc_chart({"a": MEAN}, LOOKS, NOTHING)
    assert list(named(figure)["a"].y) == pytest.approx([50, 90, 100])
    band = next(trace for trace in figure.data if trace.fill == "toself")
    assert list(band.x) == [1, 2, 3, 3, 2, 1]
    assert list(band.y) == pytest.approx([60, 100, 100, 100, 70, 40]), "a share ends at 100 %"


def test_only_the_first_twenty_ranks_are_drawn():
    long = pd.DataFrame({"rank": range(1, 61), "mean": 0.5, "sd": 0.0})
    assert list(named(cmc_chart({"a": long}, LOOKS, NOTHING))["a"].x) == list(range(1, 21))


def test_every_split_is_drawn_on_demand_and_has_no_place_in_the_legend():
    splits = pd.DataFrame({"split": [0, 0, 1, 1], "rank": [1, 2, 1, 2], "share": [0.4, 0.7, 0.6, 1.0]})
    figure = cmc_chart({"a": MEAN}, LOOKS, NOTHING, {"a": splits})
    thin = [list(trace.y) for trace in figure.data if trace.line.width == 0.8]
    assert thin == [pytest.approx([40, 70]), pytest.approx([60, 100])]
    assert list(named(figure)) == ["a"]


def test_published_rates_are_dotted_at_the_four_ranks_and_named_so():
    lines = named(cmc_chart({"a": MEAN}, LOOKS, published_for(Task("ilids-vid", "paper", 150))))
    line = lines["UTRCNN (published)"]
    assert line.line.dash == "dot" and lines["a"].line.dash == "solid"
    assert list(line.x) == [1, 5, 10, 20] and list(line.y) == pytest.approx([62.7, 86, 93.6, 98])


def test_lines_bands_and_splits_of_a_run_have_its_look():
    splits = pd.DataFrame({"split": [0], "rank": [1], "share": [0.4]})
    band, split, line = cmc_chart({"a": MEAN}, LOOKS, NOTHING, {"a": splits}).data
    assert (line.line.color, line.line.dash, line.marker.symbol) == ("#010203", "solid", "circle")
    assert (band.fillcolor, split.line.color) == ("rgba(1,2,3,0.15)", "#010203")


def test_the_roc_rises_and_the_det_stands_on_the_scales_of_the_normal_distribution():
    roc, det = (named(error_chart({"a": ROC}, LOOKS, scale))["a"] for scale in ("roc", "det"))
    assert (list(roc.x), list(roc.y)) == (pytest.approx([0, 10, 100]), pytest.approx([0, 80, 100]))
    assert (det.x[1], det.y[1]) == pytest.approx((NormalDist().inv_cdf(0.1), NormalDist().inv_cdf(0.2)))
    assert np.isfinite(det.x).all() and np.isfinite(det.y).all()


def test_the_roc_for_few_errors_begins_with_the_smallest_that_was_measured():
    figure = error_chart({"a": ROC}, LOOKS, "log")
    assert figure.layout.xaxis.type == "log" and figure.layout.xaxis.range == (1, 2), "FAR 10 to 100 %"
    assert figure.layout.xaxis.dtick == 1, "between powers of ten Plotly writes 2 and 5 alone"
    assert list(named(figure)["a"].y) == pytest.approx([0, 80, 100])
    nothing = error_chart({"a": ROC[ROC["far"] == 0]}, LOOKS, "log")
    assert np.isfinite(nothing.layout.xaxis.range).all()


def test_histograms_are_shares_of_each_kind_of_pair_with_the_threshold_where_it_is():
    table = pd.DataFrame({"left": [0, 1], "right": [1, 2], "same": [3, 1], "different": [0, 20]})
    figure = distance_histograms(table, 1.25)
    assert [list(trace.y) for trace in figure.data] == [[75, 25], [0, 100]]
    assert list(figure.data[0].x) == [0.5, 1.5]
    assert figure.layout.shapes[0].x0 == 1.25


def test_a_cost_is_drawn_over_its_epochs_as_it_is():
    history = pd.DataFrame({"epoch": [1, 2], "part": "head", "mean": [3.0, 1.0], "sd": [0.5, 2.0]})
    figure = cost_chart({"a": history}, LOOKS, "loss")
    assert list(named(figure)["a"].y) == [3, 1]
    assert list(figure.data[0].y) == [3.5, 3.0, 0.0, 2.5]


def test_a_line_ends_with_its_stage_and_the_start_of_each_names_its_part_once():
    parts = ["encoder", "encoder", "head"]
    long = pd.DataFrame({"epoch": [1, 2, 3], "part": parts, "mean": [3.0, 1.0, 2.0], "sd": 0.0})
    short = long.iloc[2:].assign(epoch=1)
    looks = run_looks(dict.fromkeys(("long", "same", "short", "none"), "utrcnn"))
    figure = cost_chart({"long": long, "same": long, "short": short, "none": long.iloc[:0]}, looks, "loss")
    drawn = [(trace.name, list(trace.x), trace.mode) for trace in figure.data if trace.name]
    lines = [("long", [1, 2], "lines"), ("long", [3], "lines+markers")]
    assert drawn == [*lines, *(("same", *rest) for _, *rest in lines), ("short", [1], "lines+markers")]
    assert list(named(figure)) == ["long", "same", "short"]
    notes = {note.text: shape.x0 for note, shape in zip(figure.layout.annotations, figure.layout.shapes, strict=True)}
    assert notes == {"encoder or head": 0.5, "head": 2.5}


def test_a_sweep_has_a_band_and_its_controls_are_thin():
    rows = [
        ("trained", 0.0, 0.8, 0.1),
        ("trained", 1.0, 0.2, 0.1),
        ("uniform", 0.0, 0.5, 0.0),
        ("uniform", 1.0, 0.5, 0.0),
    ]
    curve = pd.DataFrame(rows, columns=["control", "position", "mean", "sd"])
    figure = sweep_chart({"a": curve}, LOOKS)
    lines = named(figure)
    assert list(lines) == ["a", "a, uniform attention"]
    assert (list(lines["a"].x), list(lines["a"].y)) == ([0, 100], [80, 20])
    assert lines["a, uniform attention"].line.dash == "dot" and lines["a"].line.dash == "solid"
    bands = [list(trace.y) for trace in figure.data if trace.fill == "toself"]
    assert bands == [pytest.approx([90, 30, 10, 70])]


def test_thirds_are_stacked_in_their_order():
    shares = pd.DataFrame({"first": [0.2, 0.3], "middle": [0.3, 0.3], "last": [0.5, 0.4]}, index=["a", "b"])
    figure = thirds_chart(shares, "gradient")
    assert [(trace.name, list(trace.x)) for trace in figure.data] == [
        ("first third", pytest.approx([20, 30])),
        ("middle third", pytest.approx([30, 30])),
        ("last third", pytest.approx([50, 40])),
    ]
    assert len({trace.marker.pattern.shape for trace in figure.data}) == 3

"""What the charts of the page on attention show against the numbers that went in."""

import numpy as np

from reid_core.explain import Hop, Importance, visits
from ui.attention.charts import attention_map, first_rows, importance_rows, lag_curves
from ui.style import look_of

ALPHA = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0.25, 0.75, 0, 0], [0, 0.6, 0.4, 0]])
UTRCNN = Importance(np.array([1.0, 3, 4, 2]), np.array([0.0, 2, 1, 1]), None, ALPHA)
BPTT = Importance(np.array([0.0, 0, 1, 9]), np.array([0.0, 0, 0, 5]), None, None)
FOUND = {"utrcnn": UTRCNN, "bptt": BPTT}
FRAMES = np.zeros((4, 128, 64, 3), np.uint8)
PLACES = np.array([0, 3, 6, 9])


def test_rows_hold_shares_and_every_column_can_be_clicked():
    figure = importance_rows(FOUND, FRAMES, PLACES, 2, (Hop(3, 1, 0.6),))
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert len(bars) == 2 * 6
    np.testing.assert_allclose(bars[0].y, 4 * ALPHA[-1])
    np.testing.assert_allclose(bars[2].y, 4 * visits(ALPHA) / visits(ALPHA).sum())
    np.testing.assert_allclose(bars[4].y, [0.4, 1.2, 1.6, 0.8])
    np.testing.assert_allclose(bars[10].y, [0, 0, 0, 4])
    for clickable in bars[1::2]:
        assert min(clickable.y) > 0 and clickable.customdata[:, 0].tolist() == PLACES.tolist()
    tops = [figure.layout[f"yaxis{row}" if row > 1 else "yaxis"].range[1] for row in range(1, 7)]
    walked = 4 * visits(ALPHA).max() / visits(ALPHA).sum()
    np.testing.assert_allclose(tops, 1.05 * np.array([2.4, max(walked, 2), 2, 2, 3.6, 4]))
    axis = figure.layout.yaxis
    assert axis.range[0] == 0 and axis.tickvals == (1, 2.4) and axis.ticktext == ("even", "2.4 ×"), "from 0, linear"


def test_the_first_picture_is_alpha_or_leaving_out_under_the_strip():
    figure = first_rows(FOUND, FRAMES, PLACES, 2)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    np.testing.assert_allclose(bars[0].y, 4 * ALPHA[-1])
    np.testing.assert_allclose(bars[2].y, [0, 0, 0, 4])
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1] > figure.layout.yaxis3.domain[1]


def test_the_linked_frame_is_framed_and_thumbnails_stand_under_their_bars():
    figure = importance_rows(FOUND, FRAMES, PLACES, 2)
    frame = figure.layout.shapes[-1]
    assert (frame.x0, frame.x1, frame.yref) == (1.5, 2.5, "paper")
    assert [image.x for image in figure.layout.images] == [0, 1, 2, 3]
    even = [shape.y0 for shape in figure.layout.shapes if shape.type == "line"]
    assert even == [1] * 6


def test_thumbnails_tile_the_axis_of_the_bars_each_over_as_many_as_it_stands_for():
    even = Importance(np.ones(30), np.ones(30), None, None)
    figure = first_rows({"mean": even}, np.zeros((30, 128, 64, 3), np.uint8), np.arange(0, 60, 2), 2)
    edges = [(image.x - 1.25, image.x + 1.25) for image in figure.layout.images]
    assert (edges[0][0], edges[-1][1], len(edges)) == (-0.5, 29.5, 12)
    np.testing.assert_allclose(np.diff(edges, axis=0), 2.5)
    (squares,) = [trace for trace in figure.data if trace.type == "scatter"]
    assert all(left <= frame <= right for frame, (left, right) in zip(squares.x, edges, strict=True))
    assert squares.customdata.tolist() == [2 * frame for frame in squares.x]


def test_covered_frames_are_hatched_and_shaded_and_the_word_stands_below():
    for figure in (
        first_rows(FOUND, FRAMES, PLACES, 2, slice(1, 3)),
        importance_rows(FOUND, FRAMES, PLACES, 2, (), slice(1, 3)),
    ):
        bars = [trace for trace in figure.data if trace.type == "bar"]
        assert {tuple(trace.marker.pattern.shape) for trace in bars[::2]} == {("", "/", "/", "")}
        (shade,) = [shape for shape in figure.layout.shapes if shape.fillcolor]
        assert (shade.x0, shade.x1) == (0.5, 2.5)
        (word,) = [note for note in figure.layout.annotations if note.text == "covered"]
        assert (word.x, word.y, word.yanchor) == (1.5, 0, "top")
    lags = lag_curves(FOUND, slice(1, 3)).layout.shapes[0]
    assert (lags.x0, lags.x1) == (0.5, 2.5)
    assert "covered" not in [note.text for note in first_rows(FOUND, FRAMES, PLACES, 2).layout.annotations]


def test_a_bar_tells_how_many_times_an_even_share_it_is():
    column = [trace for trace in first_rows(FOUND, FRAMES, PLACES, 2).data if trace.type == "bar"][1]
    assert column.customdata[:, 2].tolist() == [0, 2.4, 1.6, 0]
    assert "times an even share" in column.hovertemplate


def test_the_map_is_blank_where_nothing_is_looked_at_and_its_cells_know_their_weight():
    heat, cells = attention_map(ALPHA, PLACES.tolist(), PLACES, 1, 3).data
    assert np.isnan(heat.z).sum() == 16 - 5
    assert heat.colorscale is None, "the theme's: bright on dark ground, dark on light"
    assert sorted(cells.customdata.tolist()) == [[3, 0, 1], [6, 0, 0.25], [6, 3, 0.75], [9, 3, 0.6], [9, 6, 0.4]]


def test_the_map_ends_on_the_readings():
    closed = np.vstack([ALPHA, [0.1, 0.2, 0.3, 0.4]])
    heat, cells = attention_map(closed, [*PLACES.tolist(), "reading 1"], PLACES, 1, 3).data
    assert heat.z.shape == (5, 4)
    assert ["reading 1", 6, 0.3] in cells.customdata.tolist()


def test_the_lag_counts_from_the_last_frame_and_what_is_zero_is_not_drawn():
    utrcnn, bptt = lag_curves(FOUND).data
    np.testing.assert_allclose(utrcnn.y, [0.5, 1, 0.75, 0.25])
    np.testing.assert_allclose(bptt.y, [1, 1 / 9, np.nan, np.nan])


def test_a_model_has_one_colour_in_all_charts_and_in_any_company():
    alone, arc = importance_rows({"bptt": BPTT}, FRAMES, PLACES, 2), (Hop(3, 1, 0.6),)
    both = importance_rows(FOUND, FRAMES, PLACES, 2, arc)
    lines = {line.name: line.line.color for line in lag_curves(FOUND).data}
    assert alone.data[0].marker.color == both.data[10].marker.color == lines["BPTT"] == look_of("bptt").colour
    (way,) = [shape for shape in both.layout.shapes if shape.type == "path"]
    assert way.line.color == both.data[0].marker.color == lines["UTRCNN"] == look_of("utrcnn").colour

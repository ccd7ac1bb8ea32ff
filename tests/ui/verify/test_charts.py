"""Where a verdict stands among known pairs, against the numbers that went in."""

from dataclasses import replace

from reid_core.evaluation import Comparison
from reid_core.model import Calibration
from ui.verify.charts import verdict_scale, verdict_scale_in_words

CALIBRATION = Calibration(1.0, 0.1, 0.05, "by hand", (0.0, 0.5, 1.0, 1.5, 2.0), (6, 3, 1, 0), (0, 0, 10, 30))
RESULT = Comparison("same", 0.4, 1.0, 0.99, "utrcnn", (45, 30), ("full", "full"), (), scale=CALIBRATION)


def test_bars_are_shares_of_each_kind_of_pair_at_the_middle_of_their_bins():
    same, different = verdict_scale(RESULT).data[:2]
    assert list(same.y) == [60, 30, 10, 0]
    assert list(different.y) == [0, 0, 25, 75]
    assert list(same.x) == [0.25, 0.75, 1.25, 1.75]


def test_distance_and_threshold_are_drawn_where_they_are():
    lines = [shape.x0 for shape in verdict_scale(RESULT).layout.shapes if shape.type == "line"]
    assert sorted(lines) == [0.4, 1.0]


def test_the_shaded_range_is_where_the_verdict_is_uncertain():
    strict = RESULT.allowing(0.01)
    band = next(shape for shape in verdict_scale(strict).layout.shapes if shape.type == "rect")
    assert (band.x0, band.x1) == CALIBRATION.uncertain_range(0.01)
    answers = [CALIBRATION.verdict(x, 0.01) for x in (band.x0 - 1e-6, band.x0 + 1e-6, band.x1 - 1e-6, band.x1 + 1e-6)]
    assert answers == ["same", "uncertain", "uncertain", "different"]


def test_a_distance_beyond_all_known_pairs_is_still_on_the_axis():
    figure = verdict_scale(replace(RESULT, distance=7.0))
    assert figure.layout.xaxis.range[1] > 7.0


def test_the_alternative_text_has_distance_and_threshold():
    text = verdict_scale_in_words(RESULT)
    assert "0.40" in text and "1.00" in text

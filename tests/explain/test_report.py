"""Tables and pictures hold the numbers that went in."""

import io
import json

import av
import numpy as np
import pytest

from reid_core.explain import (
    all_measures,
    attention_table,
    colours,
    importance,
    importance_table,
    strip_picture,
    strip_video,
    summary,
    tallest_share,
)
from reid_core.explain import picture as picture_module
from reid_core.explain.colours import rgb
from reid_core.explain.features import embed_many
from reid_core.explain.picture import (
    BAR_HEIGHT,
    LABEL_HEIGHT,
    PAPER,
    SCALE_WIDTH,
    SHADE,
    middles,
    png,
    strip_frames,
)
from reid_core.explain.summary import profile
from tests.explain.toys import random_features, random_head

BLUE, RED, GREY = (rgb(colour) for colour in (colours.BLUE, colours.VERMILLION, colours.GREY))
HEAD = random_head("utrcnn", variant="sab")
FOUND = importance(HEAD, random_features(7), embed_many(HEAD, random_features(4, seed=5)[None]))
PLAIN = importance(random_head("bptt"), random_features(7))
FRAMES = np.stack([np.full((128, 64, 3), 30 * t, np.uint8) for t in range(6)])
PLACES = np.arange(6, 24, 3)  # of these frames in their tracklet


def test_the_table_has_a_column_for_each_measure_of_each_model():
    table = importance_table({"utrcnn": FOUND, "bptt": PLAIN}, np.arange(0, 14, 2), np.arange(7) / 10)
    assert table.columns.tolist() == [
        "frame",
        "time_s",
        "utrcnn_attention",
        "utrcnn_visits",
        "utrcnn_gradient",
        "utrcnn_left_out",
        "utrcnn_distance_change",
        "bptt_gradient",
        "bptt_left_out",
    ]
    np.testing.assert_array_equal(table["bptt_gradient"], PLAIN.gradient)
    assert table["frame"].tolist() == [0, 2, 4, 6, 8, 10, 12]


def test_the_attention_table_names_steps_and_frames():
    table = attention_table(FOUND.attention, np.arange(0, 14, 2))
    assert table.loc[12, "4"] == FOUND.attention[6, 2] and table.index.name == "step"
    closed = attention_table(np.vstack([FOUND.attention, FOUND.attention[:2]]), np.arange(0, 14, 2))
    assert closed.index.tolist() == [*range(0, 14, 2), "reading 1", "reading 2"]


def test_the_summary_is_plain_and_holds_profiles_agreement_and_hops():
    found = summary(FOUND)
    assert json.loads(json.dumps(found))["hops"][0]["share"] == found["hops"][0]["share"]
    assert found["gradient"]["entropy"] == profile(FOUND.gradient).entropy
    assert "agreement" in found["left_out"] and "agreement" not in found["attention"]
    assert "hops" not in summary(PLAIN) and "agreement" not in summary(PLAIN)["left_out"]


def test_bars_are_as_high_as_their_frame_s_share_on_a_scale_of_their_row_in_the_colour_of_their_model():
    picture = strip_picture(
        FRAMES,
        {("utrcnn", "gradient"): np.array([0, 0, 1.0, 0, 0, 0]), ("bptt", "left_out"): np.array([1, 1, 0, 0, 0, 0.0])},
        PLACES,
    )
    heights = [
        [(picture[top : top + BAR_HEIGHT, SCALE_WIDTH + 160 * t + 70] == colour).all(1).sum() for t in range(6)]
        for top, colour in ((LABEL_HEIGHT, BLUE), (2 * LABEL_HEIGHT + BAR_HEIGHT, RED))
    ]
    assert np.array(heights)[:, [0, 1, 3]].tolist() == [[0, 0, 0], pytest.approx([58, 58, 0], abs=3)]
    assert heights[0][2] == pytest.approx(58, abs=3)


def test_covered_bars_are_hatched_on_a_shade_and_the_legend_says_what_that_means():
    plain = strip_picture(FRAMES, {("utrcnn", "gradient"): np.ones(6)}, PLACES)
    picture = strip_picture(FRAMES, {("utrcnn", "gradient"): np.ones(6)}, PLACES, slice(4, 6))
    assert len(picture) == len(plain) + LABEL_HEIGHT
    bar = slice(LABEL_HEIGHT + BAR_HEIGHT - 20, LABEL_HEIGHT + BAR_HEIGHT - 2)
    columns = [slice(SCALE_WIDTH + 160 * t + 20, SCALE_WIDTH + 160 * t + 120) for t in range(6)]
    blue = [(picture[bar, column] == BLUE).all(2).mean() for column in columns]
    assert blue == [1, 1, 1, 1, pytest.approx(0.5, abs=0.05), pytest.approx(0.5, abs=0.05)]
    above = picture[LABEL_HEIGHT + 4, SCALE_WIDTH + 80 :: 160].tolist()
    assert above == [list(PAPER)] * 4 + [list(SHADE)] * 2
    assert (picture[-LABEL_HEIGHT:] == GREY).all(2).any(), "the legend shows a hatched piece"


def test_the_scale_stands_beside_the_bars_and_its_top_is_told():
    even, one = (strip_picture(FRAMES, {("utrcnn", "gradient"): bars}, PLACES) for bars in (np.ones(6), np.eye(6)[0]))
    scale = slice(LABEL_HEIGHT, LABEL_HEIGHT + BAR_HEIGHT), slice(0, SCALE_WIDTH)
    assert (even[scale] != PAPER).any() and (even[scale] != one[scale]).any(), "2 and 6 times an even share"


def test_the_even_share_is_named_beside_scales_of_any_height(monkeypatch):
    written = []
    monkeypatch.setattr(picture_module, "_write", lambda place, text, x, y: written.append((text, y)))
    for length in (6, 45):
        frames, bars = np.resize(FRAMES, (length, 128, 64, 3)), {("bptt", "gradient"): np.eye(length)[0]}
        strip_picture(frames, bars, np.arange(length))
        assert (f"{length}.0 x", LABEL_HEIGHT + 10) in written
        (even,) = [y for text, y in written if text == "even"]
        assert LABEL_HEIGHT + 22 < even < LABEL_HEIGHT + BAR_HEIGHT
        written.clear()


def test_frames_stand_in_the_middle_of_those_they_stand_for():
    assert middles(6, 12).tolist() == list(range(6))
    assert middles(9, 3).tolist() == [1, 4, 7]
    assert middles(8, 2).tolist() == [1, 5]


def test_the_strip_shows_each_frame_under_its_bars():
    picture = strip_picture(FRAMES, {("utrcnn", "gradient"): np.ones(6)}, PLACES)
    shown = picture[-40, np.arange(80, 960, 160) + SCALE_WIDTH, 0]
    np.testing.assert_allclose(shown.astype(int), 30 * np.arange(6), atol=2)
    assert png(picture)[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_video_is_h264_with_a_picture_for_each_frame_and_the_frame_large():
    content = strip_video(
        FRAMES, {("utrcnn", "gradient"): np.ones(6), ("utrcnn", "attention"): np.arange(6.0)}, PLACES, PLACES / 10
    )
    with av.open(io.BytesIO(content)) as file:
        assert file.streams.video[0].codec_context.name == "h264"
        pictures = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert len(pictures) == 6
    np.testing.assert_allclose([picture[100, 70].mean() for picture in pictures], 30 * np.arange(6), atol=6)


def test_a_row_holds_its_largest_share_and_even_ones_fill_half_of_it():
    assert tallest_share(np.eye(6)[0]) == 1 and tallest_share(np.full(6, 1 / 6)) == pytest.approx(1 / 3)
    assert list(all_measures({"utrcnn": FOUND, "bptt": PLAIN}))[3:5] == [("utrcnn", "left_out"), ("bptt", "gradient")]


def test_where_readings_alone_attend_they_are_the_rows_and_there_is_no_way_back():
    closing = importance(random_head("utrcnn", variant="closing"), random_features(7))
    table = attention_table(closing.attention, np.arange(0, 14, 2))
    assert table.index.tolist() == ["reading 1", "reading 2", "reading 3"]
    np.testing.assert_array_equal(table.loc["reading 3"], closing.measures["attention"])
    assert "visits" not in closing.measures and "hops" not in summary(closing)


def test_the_border_of_the_large_frame_is_as_strong_as_its_share():
    bars = {("bptt", "attention"): np.array([0.0, 1, 2, 0, 0, 0])}
    corners = [picture[3, 3].tolist() for picture in strip_frames(FRAMES, bars, PLACES, PLACES / 10)]
    assert corners[0] == list(PAPER) and corners[2] == list(RED)
    assert corners[1] == pytest.approx(np.mean([PAPER, RED], axis=0), abs=1)


def test_frames_are_called_as_on_the_page_and_the_words_of_every_row_fit_beside_the_large_frame(monkeypatch):
    written = []
    monkeypatch.setattr(picture_module, "_write", lambda place, text, _, y: written.append((text, y < len(place))))
    bars = {("utrcnn", f"measure {number}"): np.ones(6) for number in range(15)}
    first = next(strip_frames(FRAMES, bars, PLACES, PLACES / 10, slice(0, 2)))
    assert ("frame 6, 0.6 s, covered", True) in written and ("covered: frames 6 to 9", True) in written
    assert ("UTRCNN: measure 14: 1.0 times an even share", True) in written and len(first) % 2 == 0

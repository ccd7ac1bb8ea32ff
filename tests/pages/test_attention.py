"""Attention: there without a click, with the numbers of the core; what goes wrong is one sentence."""

import base64
import json

import numpy as np
import pytest

from reid_core.data import measure
from reid_core.evaluation import embed
from reid_core.explain import frame_features, importance, with_rule
from reid_core.explain.summary import profile
from reid_core.video import PersonDetector, find_subject
from tests.pages.uploads import upload
from ui.loaders import checkpoint, examples


@pytest.fixture
def attention(open_page):
    return open_page("pages/attention.py")


def found(name, **rule):
    """The importance that the core finds on the page's first clip."""
    pair = examples()["covered"]
    subject, partner = (find_subject(path, path.name, "auto", PersonDetector) for path in (pair.b, pair.a))
    network = checkpoint(name).network
    head = with_rule(network.head, **rule) if rule else network.head
    own, other = (measure(one.tracklet.frames, network.config.input) for one in (subject, partner))
    return importance(head, frame_features(network, own), embed(network, other))


def bars(chart):
    """What the rows of a chart show, times an even share, without the columns that only take clicks."""
    traces = [trace for trace in json.loads(chart.proto.spec)["data"] if trace["type"] == "bar"]
    return [numbers(trace["y"]) for trace in traces[::2]]


def numbers(values):
    """An array of a chart's spec, packed or not."""
    if not isinstance(values, dict):
        return np.array(values, float)
    shape = [int(n) for n in str(values.get("shape", "-1")).split(",")]
    return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).astype(float).reshape(shape)


def with_all(page):
    """The page as it is for those who ask for everything."""
    page.query_params["more"] = "true"
    return page


def test_the_first_picture_shows_at_once_who_is_left_out_and_who_sees_the_last_frame_alone(attention):
    attention.run()
    assert not attention.exception and not attention.error and not attention.dataframe
    assert attention.selectbox(key="look").value == "b", "a list, which no name is too long for on a phone"
    (picture,) = attention.get("plotly_chart")
    alpha, left_out = bars(picture)
    np.testing.assert_allclose(alpha, 45 * found("utrcnn").attention[-1], atol=1e-4)
    assert alpha[27:].mean() < alpha[:27].mean() / 3, "the intruder has the last 18 of 45 frames"
    assert left_out[-1] > 45 / 2
    words = next(block.value for block in attention.markdown if block.value.startswith("##"))
    utrcnn, bptt = words.split("**BPTT**")
    assert (
        "**UTRCNN**" in utrcnn and "half of its answer rests on frames" in utrcnn and "it leaves out frames" in utrcnn
    )
    assert bptt.startswith(": :orange[half of its answer rests on the last frame alone]")


def test_the_frames_that_are_known_to_be_covered_are_told_apart(attention):
    attention.run()
    (picture,) = attention.get("plotly_chart")
    spec = json.loads(picture.proto.spec)
    assert spec["data"][1]["marker"]["pattern"]["shape"] == [""] * 27 + ["/"] * 18
    assert "covered" in [note["text"] for note in spec["layout"]["annotations"]]
    attention.query_params["example"] = "same"
    attention.run()
    (picture,) = attention.get("plotly_chart")
    assert "covered" not in [note["text"] for note in json.loads(picture.proto.spec)["layout"]["annotations"]]


def test_the_last_row_of_the_map_is_the_bars(attention):
    with_all(attention).run()
    first, _, cells, _ = attention.get("plotly_chart")
    rows = numbers(json.loads(cells.proto.spec)["data"][0]["z"])
    assert rows.shape == (3, 45), "the readings alone: no frame attends"
    np.testing.assert_allclose(45 * rows[-1], bars(first)[0], atol=1e-4)
    attention.slider(key="reading").set_value(1).run()
    assert not attention.exception
    strongest = int(rows[-1].argmax())
    assert any(f"Reading 1 gives frame {strongest} the weight" in block.value for block in attention.markdown)


def test_the_frame_that_counts_most_is_linked_when_a_clip_is_opened_unless_the_link_names_one(attention):
    attention.run()
    strongest = int(found("utrcnn").attention[-1].argmax())
    assert strongest > 0 and attention.slider(key="frame").value == strongest
    attention.slider(key="frame").set_value(5).run()
    assert attention.slider(key="frame").value == 5
    attention.query_params["example"] = "same"
    attention.run()
    assert not attention.exception and attention.slider(key="frame").value != 5


def test_a_link_decides_over_the_frame_that_counts_most(attention):
    attention.query_params["frame"] = "5"
    attention.run()
    assert attention.slider(key="frame").value == 5


def test_the_importances_of_the_core_are_there_for_those_who_ask(attention):
    with_all(attention).run()
    assert not attention.exception and not attention.error
    assert len(attention.get("plotly_chart")) == 4
    summary = attention.dataframe[0].value
    assert set(summary["Model"]) == {"UTRCNN", "BPTT"}
    for model, name in (("UTRCNN", "utrcnn"), ("BPTT", "bptt")):
        rows = summary[summary["Model"] == model]
        expected = [100 * profile(values).thirds[2] for values in found(name).measures.values()]
        np.testing.assert_allclose(rows["Last third"], expected, rtol=1e-3, atol=1e-3)
    assert any("Attention is not explanation" in info.value for info in attention.info)


def test_models_rule_frame_and_step_come_from_the_link(attention):
    with_all(attention)
    attention.query_params["models"] = "sab,mean"
    attention.query_params["k_top"] = "2"
    attention.query_params["frame"] = "3"
    attention.query_params["step"] = "20"
    attention.run()
    assert not attention.exception
    assert set(attention.dataframe[0].value["Model"]) == {"SAB", "Mean"}
    alpha = found("sab", k_top=2).attention[20]
    assert np.count_nonzero(alpha) == 2
    words = " ".join(block.value for block in attention.markdown)
    expected = "does not look at frame 3" if alpha[3] == 0 else f"gives frame 3 the weight **{alpha[3]:.3f}**"
    assert expected in words and "Step 20" in words


def test_all_models_without_attention_need_no_map(attention):
    with_all(attention).query_params["models"] = "bptt,rcnn,mean"
    attention.run()
    assert not attention.exception and len(attention.get("plotly_chart")) == 3


def test_the_deletion_follows_its_slider(attention):
    with_all(attention).run()
    before = attention.dataframe[1].value
    attention.slider(key="k").set_value(9).run()
    after = attention.dataframe[1].value
    assert not attention.exception and "most 9" in after and "most 5" in before
    assert len(set(after["With all frames"]) & set(before["With all frames"])) == len(after)


def test_own_videos_are_asked_for_and_one_is_enough(attention):
    with_all(attention)
    attention.query_params["example"] = "own"
    attention.run()
    assert "Choose a video" in attention.info[0].value
    content = examples()["same"].a.read_bytes()
    attention.file_uploader(key="upload_a").set_value(("mine.mp4", content, "video/mp4"))
    attention.run()
    assert not attention.exception and not attention.error and len(attention.dataframe) == 2
    assert "With all frames" not in attention.dataframe[1].value


def test_a_bad_file_is_one_sentence(attention):
    attention.query_params["example"] = "own"
    attention.run()
    attention.file_uploader(key="upload_a").set_value(("notes.mp4", b"no video", "video/mp4"))
    attention.run()
    assert not attention.exception and len(attention.error) == 1 and attention.error[0].value.startswith("notes.mp4")


def test_a_clip_of_two_frames_is_explained_in_full(attention):
    with_all(attention).query_params["models"] = "utrcnn,bptt,sab"
    upload(attention, a=2)
    assert not attention.exception and not attention.error
    assert {slider.key for slider in attention.slider} == {"frame", "reading", "k_top", "k_att"}
    assert len(attention.get("plotly_chart")) == 4
    assert attention.dataframe[1].value["most 1"].notna().all()


def test_a_shorter_clip_opens_on_a_frame_of_its_own_whatever_frame_was_looked_at(attention):
    attention.run()
    attention.slider(key="frame").set_value(30).run()
    upload(attention, a=2)
    assert not attention.exception and attention.slider(key="frame").value in (0, 1)


def test_a_video_of_one_frame_is_one_sentence(attention):
    upload(attention, a=1)
    assert not attention.exception
    assert [error.value for error in attention.error] == ["a.zip: 1 frame could be read, at least 2 are needed"]

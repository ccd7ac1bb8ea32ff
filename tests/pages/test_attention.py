"""Attention: there without a click, with the numbers of the core; what goes wrong is one sentence."""

import numpy as np
import pytest

from reid_core.data import measure
from reid_core.evaluation import embed
from reid_core.explain import frame_features, importance, with_rule
from reid_core.explain.summary import profile
from reid_core.video import PersonDetector, find_subject
from tests.pages.uploads import upload
from ui.loaders import checkpoint, checkpoint_names, examples


@pytest.fixture
def attention(open_page):
    return open_page("pages/attention.py")


def found(name, **rule):
    """The importance that the core finds on the page's first clip."""
    pair = examples()["covered"]
    subject, partner = (find_subject(path, path.name, "auto", PersonDetector) for path in (pair.b, pair.a))
    network = checkpoint(name).network
    head = with_rule(network.head, **rule) if rule else network.head
    own, other = (measure(one.tracklet.frames) for one in (subject, partner))
    return importance(head, frame_features(network, own), embed(network, other))


def test_the_importances_of_the_core_are_there_without_a_click(attention):
    attention.run()
    assert not attention.exception and not attention.error
    assert len(attention.get("plotly_chart")) == 3
    summary = attention.dataframe[0].value
    assert set(summary["Model"]) == {"UTRCNN", "BPTT"}
    for model, name in (("UTRCNN", "utrcnn"), ("BPTT", "bptt")):
        rows = summary[summary["Model"] == model]
        expected = [100 * profile(values).thirds[2] for values in found(name).measures.values()]
        np.testing.assert_allclose(rows["Last third"], expected, rtol=1e-3, atol=1e-3)
    assert any("Attention is not explanation" in info.value for info in attention.info)


def test_models_rule_frame_and_step_come_from_the_link(attention):
    attention.query_params["models"] = "utrcnn,mean"
    attention.query_params["k_top"] = "2"
    attention.query_params["frame"] = "3"
    attention.query_params["step"] = "20"
    attention.run()
    assert not attention.exception
    assert set(attention.dataframe[0].value["Model"]) == {"UTRCNN", "Mean"}
    alpha = found("utrcnn", k_top=2).attention[20]
    assert np.count_nonzero(alpha) == 2
    words = " ".join(block.value for block in attention.markdown)
    expected = "does not look at frame 3" if alpha[3] == 0 else f"gives frame 3 the weight **{alpha[3]:.3f}**"
    assert expected in words and "Step 20" in words


def test_all_models_without_attention_need_no_map(attention):
    attention.query_params["models"] = ",".join(name for name in checkpoint_names() if name != "utrcnn")
    attention.run()
    assert not attention.exception and len(attention.get("plotly_chart")) == 2


def test_the_deletion_follows_its_slider(attention):
    attention.run()
    before = attention.dataframe[1].value
    attention.slider(key="k").set_value(9).run()
    after = attention.dataframe[1].value
    assert not attention.exception and "most 9" in after and "most 5" in before
    assert len(set(after["With all frames"]) & set(before["With all frames"])) == len(after)


def test_own_videos_are_asked_for_and_one_is_enough(attention):
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
    upload(attention, a=2)
    assert not attention.exception and not attention.error
    assert {slider.key for slider in attention.slider} == {"frame", "step", "k_top", "k_att"}
    assert len(attention.get("plotly_chart")) == 3
    assert attention.dataframe[1].value["most 1"].notna().all()


def test_a_frame_that_a_shorter_clip_does_not_have_becomes_its_last(attention):
    attention.run()
    attention.slider(key="frame").set_value(30).run()
    upload(attention, a=2)
    assert not attention.exception and attention.slider(key="frame").value == 1


def test_a_video_of_one_frame_is_one_sentence(attention):
    upload(attention, a=1)
    assert not attention.exception
    assert [error.value for error in attention.error] == ["a.zip: 1 frame could be read, at least 2 are needed"]

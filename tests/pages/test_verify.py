"""Verify: what it shows is what the core returns, whatever goes wrong is one sentence."""

import json
from dataclasses import replace

import numpy as np
import pytest

from reid_core.__main__ import main
from reid_core.evaluation import ANSWERS, calibrate_own, compare, others, read_calibration
from reid_core.video import PersonDetector, Scene, Tracklet, VideoError, decode, find_subject, whole_frame
from tests.pages.uploads import upload
from ui import footage, memory
from ui.loaders import checkpoint, checkpoint_names, examples
from ui.verify import further, views
from ui.verify.words import SAME_FRAMES
from ui.work import Crowded

PAIR = next(iter(examples().values()))


@pytest.fixture
def verify(open_page):
    return open_page("pages/verify.py")


def uploaded(page, a, b):
    """Choose one's own videos and upload two."""
    page.query_params["example"] = "own"
    page.run()
    page.file_uploader(key="upload_a").set_value(("first.mp4", a, "video/mp4"))
    page.file_uploader(key="upload_b").set_value(("second.mp4", b, "video/mp4"))
    return page.run()


def nothing_is_known(monkeypatch):
    """Of the bundled videos, which other sessions have looked at."""
    shared = {}
    monkeypatch.setattr(memory, "_of_all", lambda: shared)


def instead(monkeypatch, find):
    """Others are found in every video, the bundled ones too."""
    nothing_is_known(monkeypatch)
    monkeypatch.setattr(footage, "find_people", find)


def crowd(lengths):
    """People of one colour each, one number of frames each."""
    rng = np.random.default_rng(5)
    people = []
    for length in lengths:
        frames = np.broadcast_to(rng.integers(0, 255, (1, 128, 64, 3), np.uint8), (length, 128, 64, 3)).copy()
        boxes = np.tile(np.array([0, 0, 64, 128], np.float32), (length, 1))
        people.append(Tracklet(frames, np.arange(length) / 10, boxes))
    return Scene("crowd.mp4", tuple(people), "people" if people else "nobody")


def test_a_verdict_is_there_without_a_click_with_the_numbers_of_the_core(verify):
    verify.run()
    assert not verify.exception and not verify.error
    a, b = (find_subject(path, path.name, "auto", PersonDetector) for path in (PAIR.a, PAIR.b))
    table = verify.dataframe[0].value
    right = (table["Verdict"] == ANSWERS[PAIR.truth]).sum() or "None"
    told = f"Known of this example: **{ANSWERS[PAIR.truth].lower()}**. {right} of {len(table)} models say so."
    assert told in [one.value for one in verify.markdown]
    for name, distance, threshold in zip(checkpoint_names(), table["Distance"], table["Threshold"], strict=True):
        expected = compare(a, b, checkpoint(name))
        assert distance == pytest.approx(expected.distance, rel=1e-5)
        assert threshold == pytest.approx(expected.threshold)


def test_the_command_says_the_same_as_the_page(verify, capsys):
    verify.run()
    row = verify.dataframe[0].value.iloc[0]
    assert main(["compare", str(PAIR.a), str(PAIR.b), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["checkpoint"] == checkpoint_names()[0] == "utrcnn"
    assert row["Distance"] == pytest.approx(said["distance"], abs=1e-4)
    assert row["Threshold"] == pytest.approx(said["threshold"], abs=1e-4)
    assert row["Same person"] == pytest.approx(100 * said["probability_same"], abs=1e-2)
    assert row["Verdict"] == ANSWERS[said["verdict"]]


def test_the_answer_follows_the_chosen_model(verify):
    verify.query_params["checkpoint"] = "bptt"
    verify.run()
    row = verify.dataframe[0].value.set_index("Model").loc["BPTT"]
    assert f"**BPTT: {row['Verdict'].lower()}.**" in [block.value for block in verify.markdown]
    assert any(f"The distance is {row['Distance']:.3f}" in block.value for block in verify.markdown)
    assert any(str(checkpoint("bptt").card["trained_on"]) in caption.value for caption in verify.caption)


def test_the_link_of_an_unknown_pair_or_model_shows_the_first(verify):
    verify.query_params["example"] = "no such pair"
    verify.query_params["checkpoint"] = "no such model"
    verify.run()
    assert not verify.exception
    assert verify.session_state["example"] == PAIR.key and verify.session_state["checkpoint"] == checkpoint_names()[0]


def test_own_videos_are_asked_for_and_then_compared(verify):
    verify.query_params["example"] = "own"
    verify.run()
    assert "Choose two videos" in verify.info[0].value and not verify.dataframe
    verify.file_uploader(key="upload_a").set_value(("first.mp4", PAIR.a.read_bytes(), "video/mp4"))
    verify.run()
    assert verify.info[0].value.startswith("Choose the second video, too.")
    uploaded(verify, PAIR.a.read_bytes(), PAIR.b.read_bytes())
    assert not verify.exception and len(verify.dataframe[0].value) == len(checkpoint_names())


def test_a_bad_file_is_one_sentence_and_the_page_still_works(verify):
    uploaded(verify, b"this is no video", PAIR.b.read_bytes())
    assert not verify.exception
    assert [error.value.startswith("first.mp4") for error in verify.error] == [True]
    verify.query_params["example"] = PAIR.key
    verify.run()
    assert not verify.error and len(verify.dataframe) == 1


def test_the_headline_is_what_most_models_say(verify):
    verify.run()
    verdicts = verify.dataframe[0].value["Verdict"].tolist()
    (headline,) = (header.value for header in verify.header)
    most = max(verdicts, key=verdicts.count)
    assert most in headline and (f"all {len(verdicts)}" if len(set(verdicts)) == 1 else str(len(verdicts))) in headline


def test_of_several_people_none_is_compared_before_one_is_chosen_in_each_video(verify, monkeypatch):
    instead(monkeypatch, lambda video, detector, progress: crowd((20, 17)))
    verify.run()
    assert not verify.exception and not verify.dataframe and not verify.header
    assert verify.info[0].value == f"Choose a person in {PAIR.a.name} (A) and in {PAIR.b.name} (B) for a verdict."
    verify.query_params["person_a"] = "1"
    verify.run()
    assert verify.info[0].value == f"Choose a person in {PAIR.b.name} (B) for a verdict." and not verify.dataframe
    verify.query_params["person_b"] = "1"
    verify.run()
    alike = verify.dataframe[0].value["Distance"].tolist()
    assert alike == pytest.approx([0] * len(alike), abs=1e-5)
    verify.query_params["person_b"] = "2"
    verify.run()
    assert not verify.exception and not verify.info
    assert min(verify.dataframe[0].value["Distance"]) > 1e-4


def test_the_people_of_both_videos_are_looked_at_beside_each_other(verify, monkeypatch):
    asked = []
    for name in ("begin_to_describe", "describe"):
        work = getattr(views, name)
        monkeypatch.setattr(views, name, lambda *of, name=name, work=work: (asked.append(name), work(*of))[1])
    verify.run()
    assert not verify.exception and len(verify.dataframe) == 1
    assert asked == 2 * ["begin_to_describe"] + 2 * ["describe"], "none is waited for before both have begun"


def test_where_too_many_wait_the_people_are_not_compared_and_that_is_said(verify, monkeypatch):
    def crowded(found, checkpoints):
        raise Crowded("32 videos wait")

    monkeypatch.setattr(views, "describe", crowded)
    verify.run()
    assert not verify.exception and not verify.dataframe
    assert [info.value for info in verify.info] == 2 * ["32 videos wait"]


def test_whom_a_link_names_that_is_not_there_is_nobody(verify, monkeypatch):
    instead(monkeypatch, lambda video, detector, progress: crowd((20, 17)))
    verify.query_params["person_a"] = "3"
    verify.query_params["person_b"] = "full"
    verify.run()
    assert not verify.exception and verify.info[0].value.startswith("Choose a person in ")
    assert "person_a" not in verify.query_params


def test_two_people_of_one_file_are_compared(verify, monkeypatch):
    instead(monkeypatch, lambda video, detector, progress: crowd((20, 17)))
    searched = []
    monkeypatch.setattr(footage, "decode", lambda *args, **more: searched.append(args) or decode(*args, **more))
    verify.query_params["person_a"] = "1"
    verify.query_params["person_b"] = "2"
    uploaded(verify, PAIR.a.read_bytes(), PAIR.a.read_bytes())
    verify.query_params["person_a"] = "1"
    verify.query_params["person_b"] = "2"
    verify.run()
    assert not verify.exception and len(searched) == 1
    assert min(verify.dataframe[0].value["Distance"]) > 1e-4
    assert SAME_FRAMES in [one.value for one in verify.warning]  # all boxes of the crowd are in one place
    assert not [one for one in verify.button if one.key == "label True"]
    titles = [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in verify.get("plotly_chart")]
    assert {"first.mp4 (A), person 1", "second.mp4 (B), person 2"} <= set(titles)


def shown_by(page, name):
    """What Python gave to a component of that name."""
    return [json.loads(block.proto.json) for block in page.get("bidi_component") if block.proto.component_name == name]


def test_everybody_is_held_against_everybody(verify, monkeypatch):
    instead(monkeypatch, lambda video, detector, progress: crowd((20, 17, 14)))
    verify.run()
    (table,) = shown_by(verify, "people matrix")
    assert [len(row) for row in table["probabilities"]] == [3, 3, 3]
    verify.query_params["person_a"], verify.query_params["person_b"] = "3", "2"
    verify.run()
    row = verify.dataframe[0].value.iloc[0]
    (table,) = shown_by(verify, "people matrix")
    assert row["Same person"] == pytest.approx(100 * table["probabilities"][2][1], abs=0.01)
    assert table["chosen"] == [2, 1] and table["players"] == ["player a", "player b"]
    said = table["said"][2][1]
    assert said.startswith(row["Verdict"].lower()) and f"distance {row['Distance']:.3f}" in said


def test_a_cell_of_somebody_in_the_dark_is_even_and_says_so(verify, monkeypatch):
    day, night = (crowd((20, 17)).tracklets[place] for place in (0, 1))
    scene = replace(crowd((20,)), tracklets=(day, replace(night, frames=night.frames // 12)))
    instead(monkeypatch, lambda video, detector, progress: scene)
    verify.run()
    (table,) = shown_by(verify, "people matrix")
    even = [[cell == 0.5 for cell in row] for row in table["probabilities"]]
    assert even == [[False, True], [True, True]]
    assert table["said"][0][1].startswith("too close to call (50 % the same person")
    assert any("It is 50 where nothing is known of such footage." in one.value for one in verify.caption)


def test_nobody_found_offers_the_whole_frame_and_a_box(verify, monkeypatch):
    instead(monkeypatch, lambda video, detector, progress: crowd(()))
    decoded = []
    monkeypatch.setattr(footage, "decode", lambda *args, **more: decoded.append(args) or decode(*args, **more))
    verify.run()
    assert len(verify.warning) == 2 and "Nobody was found" in verify.warning[0].value and not verify.dataframe
    verify.button(key="whole a").click().run()
    verify.number_input(key="w b").set_value(40)
    next(button for button in verify.button if button.label == "Use this box" and "box b" in button.form_id).click()
    verify.run()
    assert not verify.exception and not verify.error
    assert verify.session_state["choices"]["a", str(PAIR.a)] == "full"
    assert verify.session_state["choices"]["b", str(PAIR.b)][2] == 40
    assert "full" in verify.query_params["person_a"] and "0,0,40," in "".join(verify.query_params["person_b"])
    assert len(verify.dataframe[0].value) == len(checkpoint_names())
    assert len(decoded) == 2 + 2  # nobody keeps the frames: they are read again, once for each answer
    verify.run()
    assert len(decoded) == 2 + 2


def test_work_that_was_stopped_goes_on_when_asked(verify):
    verify.session_state["stopped"] = True
    verify.run()
    assert verify.info[0].value == "Stopped." and not verify.dataframe
    verify.button(key="go on").click().run()
    assert not verify.exception and len(verify.dataframe) == 1


def test_a_search_that_fails_is_tried_again_on_the_next_run(verify, monkeypatch):
    def fails(*args, **kwargs):
        raise VideoError("first.mp4 holds no video")

    nothing_is_known(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(footage, "decode", fails)
        verify.run()
        assert len(verify.error) == 2
    verify.run()
    assert not verify.error and len(verify.dataframe) == 1


def own_calibration(name, spread=0.1):
    """Fifty pairs whose threshold is 2."""
    distances = np.concatenate([np.linspace(1, 2 - spread, 20), np.linspace(2 + spread, 3, 30)])
    return calibrate_own(distances, np.arange(50) < 20, checkpoint(name), "my-pairs.csv", "auto")


def upload_calibration(page, content):
    page.file_uploader(key="upload_calibration").set_value(("mine.json", content, "application/json"))
    return page.run()


def test_a_calibration_on_own_pairs_is_used_and_named_for_its_model_only(verify):
    verify.query_params["checkpoint"] = "bptt"
    verify.run()
    before = verify.dataframe[0].value.set_index("Model")
    upload_calibration(verify, own_calibration("bptt").to_json().encode())
    assert not verify.exception and not verify.error
    after = verify.dataframe[0].value.set_index("Model")
    assert after.loc["BPTT", "Threshold"] == pytest.approx(2)
    assert after.loc["BPTT", "Calibrated on"] == "50 pairs of my-pairs.csv"
    assert after.drop("BPTT").equals(before.drop("BPTT"))
    assert any("Calibrated on 50 pairs of my-pairs.csv." in caption.value for caption in verify.caption)
    assert any("20 of one person, 30 of two" in block.value for block in verify.markdown)
    verify.button(key="forget calibrations").click().run()
    assert verify.dataframe[0].value.set_index("Model").equals(before)


@pytest.mark.parametrize(
    "content", [b"no json", own_calibration("mean").to_json().replace('"fingerprint": "', '"fingerprint": "0').encode()]
)
def test_a_calibration_that_is_damaged_or_of_another_model_is_one_sentence(verify, content):
    verify.run()
    before = verify.dataframe[0].value
    upload_calibration(verify, content)
    assert not verify.exception
    (error,) = verify.error
    assert error.value.startswith("calibration mine.json must be ")
    assert verify.dataframe[0].value.equals(before)


def test_clips_of_two_frames_get_a_verdict_that_is_called_weak(verify):
    upload(verify, a=2, b=2)
    assert not verify.exception and not verify.error
    assert verify.slider(key="frame").max == 1
    assert len(verify.dataframe[0].value) == len(checkpoint_names())
    assert any("are weak" in warning.value for warning in verify.warning)


def test_people_that_are_seen_in_one_frame_have_nothing_to_slide_over(verify, monkeypatch):
    instead(monkeypatch, lambda video, detector, progress: crowd((1,)))
    verify.run()
    assert not verify.exception and not verify.error
    assert not verify.slider and len(verify.dataframe[0].value) == len(checkpoint_names())


def others_beside(count):
    """A scene of the pair's own person and so many others, all seen at the same time."""

    def people(video, detector, progress):
        frames = whole_frame(video).frames[:20]
        beside = crowd([20] * count).tracklets
        times = np.arange(20) / 10
        one = Tracklet(frames[:20], times[: len(frames)], np.zeros((len(frames), 4), np.float32))
        return Scene(video.name, (one, *beside), "people")

    return people


def compare_the_first(page):
    """The first person of each scene."""
    for side in "ab":
        page.query_params[f"person_{side}"] = "1"
    page.run()


def test_people_seen_together_with_the_two_are_the_cohort_and_too_few_are_called_so(verify, monkeypatch):
    instead(monkeypatch, others_beside(3))
    compare_the_first(verify)
    assert not verify.exception
    assert any("Held against 3 other people: the two videos." in caption.value for caption in verify.caption)


def test_the_people_of_the_two_videos_calibrate_without_labels(verify, monkeypatch):
    """Of each video two who are seen together for thirty frames: pieces of a track are one person, the two are two."""
    instead(monkeypatch, lambda video, detector, progress: crowd((30, 30)))
    compare_the_first(verify)
    verify.button(key="calibrate unlabelled").click().run()
    assert not verify.exception and not verify.error
    assert any("4 of one person, 2 of two" in block.value for block in verify.markdown)


def test_videos_that_show_nobody_for_long_cannot_calibrate_and_say_why(verify, monkeypatch):
    instead(monkeypatch, lambda video, detector, progress: crowd((12, 12)))
    compare_the_first(verify)
    verify.button(key="calibrate unlabelled").click().run()
    assert not verify.exception
    (error,) = verify.error
    assert "must show a person for long and people at one time, got 0 pairs of one person" in error.value


def test_uploaded_videos_calibrate_without_labels_and_change_the_verdict_of_their_model_alone(verify, monkeypatch):
    monkeypatch.setattr(further, "find_people", lambda video, detector, progress: crowd((24, 24)))
    verify.run()
    before = verify.dataframe[0].value.set_index("Model")
    files = [(f"{part.stem}.mp4", part.read_bytes(), "video/mp4") for part in (PAIR.a, PAIR.b)]
    verify.file_uploader(key="upload_unlabelled").set_value(files)
    verify.button(key="calibrate unlabelled").click().run()
    assert not verify.exception and not verify.error
    after = verify.dataframe[0].value.set_index("Model")
    assert after.loc["UTRCNN", "Calibrated on"] == "6 pairs of 2 uploaded videos"
    assert after.drop("UTRCNN").equals(before.drop("UTRCNN"))
    assert any("4 of one person, 2 of two" in block.value for block in verify.markdown)


def calibrating(page):
    """The part of the page in which a model is calibrated."""
    return next(one for one in page.expander if one.label == "Calibrate on your own pairs")


def test_a_folder_of_videos_is_read_as_the_command_reads_it(verify, monkeypatch, tmp_path):
    for name, part in (("1.mp4", PAIR.a), ("2.mp4", PAIR.b)):
        (tmp_path / name).write_bytes(part.read_bytes())
    (tmp_path / "notes.txt").write_text("no video")
    monkeypatch.setattr(further, "find_people", lambda video, detector, progress: crowd((24, 24)))
    monkeypatch.setattr(others, "find_people", lambda video, detector, progress: crowd((24, 24)))
    monkeypatch.setenv("REID_FOLDERS", str(tmp_path))
    verify.run()
    verify.text_input(key="folder unlabelled").set_value(str(tmp_path)).run()
    assert calibrating(verify).proto.expanded, "the page draws it anew, and the button is in it"
    verify.button(key="calibrate unlabelled").click().run()
    assert not verify.exception and not verify.error
    assert main(["calibrate", "--videos", str(tmp_path), "--out", str(tmp_path / "own.json")]) == 0
    said = read_calibration((tmp_path / "own.json").read_bytes(), "own.json")
    found = verify.session_state["calibrations"]["utrcnn"]
    assert replace(found, created=said.created) == said


def test_a_folder_that_cannot_be_calibrated_on_is_one_sentence(verify, monkeypatch, tmp_path):
    for folder, file in (("empty", "1.txt"), ("broken", "1.mp4")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).write_bytes(b"no video")
    monkeypatch.setenv("REID_FOLDERS", str(tmp_path))
    verify.run()
    for name, sentence in (
        ("nowhere", "videos must be in a folder, "),
        ("empty", "must hold videos ("),
        ("broken", "1.mp4: this is not a video"),
        ("..", "must be below "),
        ("x" * 300, "must be a place that can be looked at"),
    ):
        verify.text_input(key="folder unlabelled").set_value(str(tmp_path / name))
        verify.button(key="calibrate unlabelled").click().run()
        assert not verify.exception
        assert [sentence in error.value for error in verify.error] == [True]


def test_no_folder_is_asked_for_where_it_is_not_ones_own(verify, monkeypatch):
    monkeypatch.setattr("ui.verify.calibration.may_name", lambda place: False)
    verify.run()
    assert not verify.exception and "folder unlabelled" not in [field.key for field in verify.text_input]


def test_with_one_other_it_is_the_shipped_cohort_and_that_is_said(verify, monkeypatch):
    instead(monkeypatch, others_beside(1))
    compare_the_first(verify)
    assert any(
        "since the two videos show 1 and 1 others and it takes 2 each" in caption.value for caption in verify.caption
    )


def hand_in(page, **files):
    """Videos of either camera (a, b), whose people the pair is held against."""
    for side, given in files.items():
        page.file_uploader(key=f"upload_cohort_{side}").set_value(given)
    return page.run()


def test_videos_of_the_two_cameras_are_the_cohort_and_forgotten_on_demand(verify, monkeypatch):
    verify.run()
    before = verify.dataframe[0].value
    monkeypatch.setattr(further, "find_people", lambda video, detector, progress: crowd((20, 20, 30)))
    hand_in(verify, b=[("monday.mp4", PAIR.b.read_bytes(), "video/mp4")])
    assert not verify.exception and not verify.error
    captions = [caption.value for caption in verify.caption]
    assert any("Held against 3 other people: people of 1 other video of these cameras." in told for told in captions)
    assert "monday.mp4: 3 people" in captions
    assert verify.dataframe[0].value["Distance"].equals(before["Distance"])
    assert not verify.dataframe[0].value["Same person"].equals(before["Same person"])
    verify.button(key="forget cohort").click().run()
    assert verify.dataframe[0].value["Same person"].equals(before["Same person"])


def test_a_video_that_cannot_be_read_is_no_cohort_and_says_why(verify, monkeypatch):
    monkeypatch.setattr(further, "find_people", lambda video, detector, progress: crowd((20, 20)))
    verify.run()
    hand_in(verify, a=[("broken.mp4", b"no video", "video/mp4"), ("good.mp4", PAIR.a.read_bytes(), "video/mp4")])
    assert not verify.exception
    captions = [caption.value for caption in verify.caption]
    assert any("broken.mp4" in told and ":material/error:" in told for told in captions)
    assert any("Held against 2 other people: people of 2 other videos" in told for told in captions)


def test_the_slider_moves_the_operating_point_and_nothing_else(verify):
    verify.run()
    before = verify.dataframe[0].value
    verify.select_slider(key="allowed").set_value(1).run()
    assert not verify.exception
    strict = verify.dataframe[0].value
    verify.select_slider(key="allowed").set_value(10).run()
    lax = verify.dataframe[0].value
    assert (strict["Threshold"] < before["Threshold"]).all() and (before["Threshold"] < lax["Threshold"]).all()
    for column in ("Distance", "Same person", "Calibrated on"):
        assert strict[column].equals(lax[column])


def test_the_operating_point_is_in_the_link(verify):
    verify.query_params["allowed"] = "1"
    verify.run()
    assert verify.select_slider(key="allowed").value == 1

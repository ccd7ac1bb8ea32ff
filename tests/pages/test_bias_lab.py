"""Bias lab: a cover that moves, with the numbers of the core; every control, the six steps, links good and bad."""

import base64
import json
from functools import cache

import numpy as np
import pytest

from reid_core.data import measure
from reid_core.data.synthetic import COVERS
from reid_core.evaluation import ANSWERS, compare, embed
from reid_core.explain import PLACES, Edit, attention_of, embed_many, frame_features, sweep_cover
from reid_core.explain.importance import leave_one_out
from reid_core.explain.position_bias import covered_features, reversed_clip, shuffled_clip, splice
from reid_core.video import PersonDetector, find_subject
from tests.pages.uploads import upload
from tests.run_folders import write
from ui.bias.words import STEPS
from ui.loaders import checkpoint, checkpoint_names, examples
from ui.words import model_title

PERSON_AT_THE_END = "another person: frames 27 to 44 are covered."


@pytest.fixture
def lab(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("REID_RUNS", str(tmp_path))
    return open_page("pages/bias_lab.py")


@cache
def subjects():
    return tuple(find_subject(path, path.name, "auto", PersonDetector) for path in (examples()["same"].a, second()))


def second():
    return examples()["same"].b


def measured(name, side):
    return measure(subjects()[side].tracklet.frames, checkpoint(name).network.config.input)


@cache
def plain(name, side=1):
    return frame_features(checkpoint(name).network, measured(name, side))


@cache
def hidden(name, kind, side=1):
    return covered_features(checkpoint(name).network, subjects()[side].tracklet.frames, kind)


def distance(name, features, partner=0):
    head = checkpoint(name).network.head
    other = embed(checkpoint(name).network, measured(name, partner))
    return float(head.distance(embed_many(head, features[None]), other))


@cache
def scale(name):
    """What is known of distances between the two, as filmed."""
    return compare(*subjects(), checkpoint(name)).scale


def open_with(lab, **query):
    """Follow a link; in a page that is open already sliders are moved, since a link is read when it is opened."""
    moved = {slider.key: slider for slider in lab.get("slider")}
    for key, value in query.items():
        if key in moved:
            moved[key].set_value(value)
        else:
            lab.query_params[key] = str(value)
    lab.run()
    assert not lab.exception and not lab.error
    return lab


def stage(lab):
    """What the browser was given."""
    return json.loads(lab.get("bidi_component")[0].proto.json)


def cell(lab):
    """What the browser says of the cover where it is now."""
    row, column = stage(lab)["now"]
    return stage(lab)["cells"][row][column]


def bars(lab, name):
    """The bars of a model where the cover is now, in shares of their sum."""
    data = stage(lab)
    model, (row, column) = data["models"][checkpoint_names().index(name)], data["now"]
    heights = np.frombuffer(base64.b64decode(model["bars"]), np.uint8).astype(float)
    rows = heights.reshape(-1, len(data["places"]), data["length"])
    found = rows[0 if model["row"] == row else row, column]
    return found / found.sum()


def told(lab):
    """The distances on the page, by model."""
    (table,) = [frame.value for frame in lab.dataframe]
    return dict(zip(table["model"], table["distance"], strict=True))


def words(lab):
    """All text of the page."""
    return " ".join(block.value for block in lab.markdown)


def covered_frames(lab):
    return next(caption.value for caption in lab.caption if " frames, " in caption.value)


def expected(edit):
    """The distances of the core, by model."""
    return {name: pytest.approx(distance(name, edit(name)), abs=1e-4) for name in checkpoint_names()}


def test_the_verdicts_of_the_core_are_there_without_a_click(lab):
    open_with(lab)
    assert covered_frames(lab).endswith(PERSON_AT_THE_END)
    now = expected(lambda name: splice(plain(name), hidden(name, "person"), 27, 18))
    assert told(lab) == now
    assert [model["title"] for model in stage(lab)["models"]] == [model_title(name) for name in checkpoint_names()]
    for name, card in zip(checkpoint_names(), cell(lab)["cards"], strict=True):
        verdict = scale(name).verdict(told(lab)[name])
        assert card[0] == ANSWERS[verdict] and card[2].startswith(f"distance {told(lab)[name]:.2f},")
    assert not stage(lab)["hidden"] and len(lab.get("plotly_chart")) == 3


def test_every_cover_gives_the_numbers_of_the_core(lab):
    for kind in COVERS:
        open_with(lab, cover=kind, share=20, at=50)
        assert "frames 18 to 26 are covered" in covered_frames(lab)
        known = checkpoint_names() if kind == "suitcase" else ["bptt"]
        for name in known:
            there = distance(name, splice(plain(name), hidden(name, kind), 18, 9))
            assert told(lab)[name] == pytest.approx(there, abs=1e-4)


def test_every_order_and_length_gives_the_numbers_of_the_core(lab):
    open_with(lab, cover="none", order="reversed")
    assert told(lab) == expected(lambda name: reversed_clip(plain(name)))
    open_with(lab, order="shuffled")
    assert told(lab) == expected(lambda name: shuffled_clip(plain(name), np.random.default_rng(0)))
    open_with(lab, order="filmed", length=40)
    assert told(lab) == expected(lambda name: plain(name)[:, :18])
    open_with(lab, length=200)
    assert told(lab) == expected(lambda name: plain(name).repeat(1, 2, 1))
    open_with(lab, longer="last")
    assert told(lab) == expected(lambda name: plain(name)[:, [*range(45), *[44] * 45]])
    assert covered_frames(lab) == "90 frames, lengthened to 200 %; nothing is covered."


def test_the_first_video_may_be_edited_instead(lab):
    open_with(lab, edit="a", cover="blank", share=50, at=0)
    count = round(0.5 * plain("bptt", 0).shape[1])
    there = distance("bptt", splice(plain("bptt", 0), hidden("bptt", "blank", 0), 0, count), partner=1)
    assert told(lab)["bptt"] == pytest.approx(there, abs=1e-4)


@pytest.mark.parametrize(("share", "place"), [(5, 0), (40, 35), (80, 100)])
def test_the_browser_has_every_cover_with_the_numbers_of_the_core(lab, share, place):
    open_with(lab)
    data = stage(lab)
    row, column = data["shares"].index(share), data["places"].index(place)
    count = round(share / 100 * 45)
    start = round(place / 100 * (45 - count))
    assert data["covers"][row][column] == [start, count]
    there = expected(lambda name: splice(plain(name), hidden(name, "person"), start, count))
    for name, model, card in zip(checkpoint_names(), data["models"], data["cells"][row][column]["cards"], strict=True):
        value = distance(name, splice(plain(name), hidden(name, "person"), start, count))
        assert there[name] == value and card[0] == ANSWERS[scale(name).verdict(value)]
        assert model["curve"][row][column] == pytest.approx(value / scale(name).uncertain_range()[0], abs=2e-3)


def test_a_cover_that_was_let_go_is_the_pages_own(lab):
    open_with(lab, share=20, at=35)
    assert [stage(lab)[name][index] for name, index in zip(("shares", "places"), stage(lab)["now"], strict=True)] == [
        20,
        35,
    ]
    assert "frames 13 to 21 are covered" in covered_frames(lab)


def test_the_six_steps_set_the_controls_and_stay_in_the_link(lab):
    open_with(lab, order="reversed")
    lab.slider(key="length").set_value(150).run()
    assert len(STEPS) == 6
    for number, step in enumerate(STEPS, 1):
        lab.button(key=step.title).click().run()
        assert not lab.exception and step.question in words(lab)
        assert lab.session_state["order"] == "filmed" and lab.slider(key="length").value == 100
        assert lab.query_params["cover"] == (step.edit.cover or "none")
        assert lab.query_params["step"] == str(number)
        if step.edit.cover:
            controls = (lab.slider(key="share").value, lab.slider(key="at").value)
            assert controls == (100 * step.edit.share, 100 * step.edit.position)


def test_nothing_is_told_before_the_class_has_committed_to_a_guess_and_then_who_was_right(lab):
    open_with(lab)
    lab.button(key=STEPS[2].title).click().run()
    assert stage(lab)["hidden"] and not lab.dataframe and not lab.get("plotly_chart")
    lab.button_group(key="guess").set_value(["bptt", "mean"]).run()
    lab.button(key="go_on").click().run()
    assert not stage(lab)["hidden"] and STEPS[2].look in words(lab) and set(stage(lab)["notes"]) == {""}

    lab.slider(key="at").set_value(0).run()
    assert lab.query_params["step"] == "3", "a cover that is dragged stays within the step"
    lab.button(key="go_on").click().run()
    changed = {
        name
        for name in checkpoint_names()
        if scale(name).verdict(distance(name, splice(plain(name), hidden(name, "person"), 27, 18)))
        != scale(name).verdict(distance(name, plain(name)))
    }
    right = [(name in changed) == (name in ("bptt", "mean")) for name in checkpoint_names()]
    assert "You said **BPTT** and **Mean**" in words(lab) and f"{sum(right)} of 5 models" in words(lab)
    assert stage(lab)["notes"] == [f"guessed {'right' if one else 'wrong'}" for one in right]

    lab.button(key="go_on").click().run()
    assert lab.query_params["step"] == "4" and stage(lab)["hidden"] and lab.session_state["guess"] == []


def test_a_link_into_the_story_shows_the_same_moment(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("REID_RUNS", str(tmp_path))
    lab = open_with(open_page("pages/bias_lab.py"), step="5", phase="reveal", guess="bptt")
    assert "You said **BPTT**" in words(lab)
    assert (lab.slider(key="share").value, lab.slider(key="at").value) == (10, 100)
    again = open_with(open_page("pages/bias_lab.py"), step="2", phase="drag", cover="suitcase", share=20, at=75)
    assert STEPS[1].look in words(again) and again.slider(key="at").value == 75
    bad = open_with(open_page("pages/bias_lab.py"), step="9", phase="end", guess="cow")
    assert "step" not in bad.query_params and not stage(bad)["hidden"]


def test_another_cover_than_the_steps_own_ends_it(lab):
    open_with(lab)
    lab.button(key=STEPS[3].title).click().run()
    lab.selectbox(key="cover").set_value("pole").run()
    assert "step" not in lab.query_params and not stage(lab)["hidden"]


def test_as_filmed_nothing_is_said_to_move(lab):
    open_with(lab, cover="none")
    assert "answer" not in cell(lab)["told"] and cell(lab)["told"].startswith("The last 9 % of the frames have")
    assert covered_frames(lab) == "45 frames, as filmed; nothing is covered."


def test_a_presenter_has_one_step_large_and_nothing_below(lab):
    open_with(lab, present="true")
    assert lab.title[0].value == "Step 1 of 6: As filmed" and lab.header[0].value == STEPS[0].question
    assert stage(lab)["large"] and not lab.dataframe and not lab.get("plotly_chart")
    for _ in range(3):
        lab.button(key="go_on").click().run()
    assert lab.title[0].value.startswith("Step 2 of 6") and lab.query_params["step"] == "2"
    lab.button(key="go_back").click().run()
    assert lab.title[0].value.startswith("Step 1 of 6")


def test_the_last_step_is_over_the_share_and_ends_with_what_each_model_takes(lab):
    open_with(lab, step="6", phase="reveal")
    assert stage(lab)["overShare"]
    (told,) = [caption.value for caption in lab.caption if " turns " in caption.value]
    for name, note in zip(checkpoint_names(), stage(lab)["notes"], strict=True):
        head, features = checkpoint(name).network.head, (plain(name), hidden(name, "person"))
        sweep = sweep_cover(head, *features, embed(checkpoint(name).network, measured(name, 0)), Edit("person"))
        turn = sweep.turns(scale(name).uncertain_range()[0])
        assert note.endswith("turns nowhere" if turn is None else f"turns at {100 * turn:.0f} %")
        assert turn is None or f"{model_title(name)} turns at {100 * turn:.0f} % on average" in told


def test_two_real_people_can_be_edited(lab):
    open_with(lab, example="real")
    data = stage(lab)
    assert data["name"] == "real2.mp4" and len(data["shares"]) == 19 and len(data["places"]) == len(PLACES)
    assert all(value > 0 for value in told(lab).values())


def test_a_link_shows_the_same_view(lab, open_page):
    link = {"cover": "pole", "share": 30, "at": 25, "order": "reversed", "length": 120, "longer": "last", "edit": "a"}
    open_with(lab, **link)
    again = open_with(open_page("pages/bias_lab.py"), **link)
    assert told(lab) == told(again) and covered_frames(lab) == covered_frames(again)
    assert (again.slider(key="share").value, again.slider(key="at").value, again.slider(key="length").value) == (
        30,
        25,
        120,
    )


def test_a_bad_link_gives_the_defaults(lab):
    bad = {"cover": "cow", "share": 900, "at": "x", "order": "up", "length": -3, "longer": "no", "edit": "z"}
    open_with(lab, **bad, example="none", measure="most")
    assert covered_frames(lab) == f"45 frames, as filmed; {PERSON_AT_THE_END}"
    assert "step" not in lab.query_params and not stage(lab)["hidden"]


def test_what_another_page_chose_is_put_into_the_link(lab):
    lab.session_state["example"] = "different"
    open_with(lab)
    assert lab.query_params["example"] == "different"


def test_the_bars_are_those_of_the_core_and_other_measures_have_an_alternative_text(lab):
    open_with(lab, measure="left_out")
    clip = splice(plain("bptt"), hidden("bptt", "person"), 27, 18)
    moved = leave_one_out(checkpoint("bptt").network.head, clip[:1])[0]
    np.testing.assert_allclose(bars(lab, "bptt"), moved / moved.sum(), atol=0.003)
    words = lab.get("plotly_chart")[-1].proto.alt
    assert f"BPTT gives the covered frames {100 * moved[27:].sum() / moved.sum():.0f} %" in words


def test_a_walk_back_is_shown_for_the_model_that_has_any(lab):
    open_with(lab, measure="visits")
    words = lab.get("plotly_chart")[-1].proto.alt
    assert "SAB gives" in words
    assert "UTRCNN" not in words and "BPTT" not in words


@pytest.mark.parametrize("place", [0, 50, 100])
def test_attention_leaves_out_the_cover_wherever_it_is_dragged(lab, place):
    open_with(lab, at=place)
    start = round(place / 100 * (45 - 18))
    features = splice(plain("utrcnn"), hidden("utrcnn", "person"), start, 18)
    alpha = attention_of(checkpoint("utrcnn").network.head, features)[-1]
    covered = alpha[start : start + 18]
    assert covered.mean() < (1 - covered.sum()) / 27 / 3
    np.testing.assert_allclose(bars(lab, "utrcnn"), alpha, atol=0.001)
    assert f"The covered 40 % of the frames have {100 * covered.sum():.0f} % of UTRCNN's attention" in cell(lab)["told"]


def test_it_is_told_how_much_each_model_takes(lab):
    open_with(lab)
    told = next(caption.value for caption in lab.caption if " turns " in caption.value)
    head, features = checkpoint("mean").network.head, (plain("mean"), hidden("mean", "person"))
    partner = embed(checkpoint("mean").network, measured("mean", 0))
    sweep = sweep_cover(head, *features, partner, Edit("person"))
    turn = sweep.turns(scale("mean").uncertain_range()[0])
    assert f"Mean turns at {100 * turn:.0f} % on average" in told
    assert lab.get("plotly_chart")[0].proto.alt == told


def test_the_sweep_of_a_run_is_beside_that_of_the_pair(lab, tmp_path):
    folder = write(tmp_path, "mine")
    rows = [f"0,trained,pole,{position},{rate}" for position, rate in ((0, 0.9), (1, 0.25))]
    (folder / "bias.csv").write_text("\n".join(["split,control,cover,position,rank_1", *rows]) + "\n")
    open_with(lab, cover="pole")
    chart = lab.get("plotly_chart")[1].proto
    assert "mine 25 and 90 %" in chart.alt and "subtitle" not in chart.spec
    assert any(caption.value.startswith("Tested on ") for caption in lab.caption), "in lines, as wide as there is room"
    (folder / "bias.csv").write_text("nothing")
    lab.run()
    assert not lab.exception and any("damaged" in warning.value for warning in lab.warning)


def test_own_videos_are_asked_for(lab):
    lab.query_params["example"] = "own"
    lab.run()
    assert not lab.exception and "Choose two videos" in lab.info[0].value
    content = second().read_bytes()
    for side in "ab":
        lab.file_uploader(key=f"upload_{side}").set_value((f"{side}.mp4", content, "video/mp4"))
    lab.run()
    assert not lab.exception and not lab.error
    assert covered_frames(lab).endswith(PERSON_AT_THE_END) and min(told(lab).values()) > 0


def test_clips_of_two_frames_can_be_covered_and_too_short_ones_are_one_sentence(lab):
    upload(lab, a=2, b=2)
    assert not lab.exception and not lab.error
    assert covered_frames(lab) == "2 frames, as filmed; another person: frames 1 to 1 are covered."
    lab.slider(key="share").set_value(95).run()
    assert not lab.exception and covered_frames(lab).endswith("frames 0 to 1 are covered.")
    lab.slider(key="length").set_value(20).run()
    assert not lab.exception
    assert [error.value for error in lab.error] == ["a clip must have at least 2 frames to leave one out, it has 1"]

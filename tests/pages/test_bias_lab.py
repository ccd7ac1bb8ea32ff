"""Bias lab: a cover that moves, with the numbers of the core; every control, the six steps, links good and bad."""

import re
from functools import cache

import numpy as np
import pytest

from reid_core.data import measure
from reid_core.data.synthetic import COVERS
from reid_core.evaluation import ANSWERS, compare, embed
from reid_core.explain import Edit, attention_of, embed_many, frame_features, sweep_shares
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


def told(lab):
    """The distances on the page, by model."""
    cards = [caption.value for caption in lab.caption if "threshold" in caption.value]
    found = [float(re.search(r"distance ([\d.]+)", card)[1]) for card in cards]
    return dict(zip(checkpoint_names(), found, strict=True))


def covered_frames(lab):
    return next(caption.value for caption in lab.caption if " frames, " in caption.value)


def expected(edit):
    """The distances of the core, by model."""
    return {name: pytest.approx(distance(name, edit(name)), abs=0.006) for name in checkpoint_names()}


def test_the_verdicts_of_the_core_are_there_without_a_click(lab):
    open_with(lab)
    assert covered_frames(lab).endswith(PERSON_AT_THE_END)
    now = expected(lambda name: splice(plain(name), hidden(name, "person"), 27, 18))
    assert told(lab) == now
    cards = [block.value for block in lab.markdown if "**  \n" in block.value]
    for name, card in zip(checkpoint_names(), cards, strict=True):
        verdict = scale(name).verdict(told(lab)[name])
        assert model_title(name) in card and ANSWERS[verdict] in card
    assert len(lab.get("plotly_chart")) == 4


def test_every_cover_gives_the_numbers_of_the_core(lab):
    for kind in COVERS:
        open_with(lab, cover=kind, share=20, at=50)
        assert "frames 18 to 26 are covered" in covered_frames(lab)
        known = checkpoint_names() if kind == "suitcase" else ["bptt"]
        for name in known:
            there = distance(name, splice(plain(name), hidden(name, kind), 18, 9))
            assert told(lab)[name] == pytest.approx(there, abs=0.006)


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
    assert told(lab)["bptt"] == pytest.approx(there, abs=0.006)


def test_the_six_steps_set_the_controls_and_stay_in_the_link(lab):
    open_with(lab, order="reversed")
    lab.slider(key="length").set_value(150).run()
    assert len(STEPS) == 6
    for step in STEPS:
        lab.button(key=step.title).click().run()
        assert not lab.exception and lab.info[0].value.startswith(step.look)
        assert lab.session_state["order"] == "filmed" and lab.slider(key="length").value == 100
        assert lab.query_params["cover"] == (step.edit.cover or "none")
        if step.edit.cover:
            controls = (lab.slider(key="share").value, lab.slider(key="at").value)
            assert controls == (100 * step.edit.share, 100 * step.edit.position)


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
    assert lab.info[0].value.startswith(STEPS[2].look)


def test_what_another_page_chose_is_put_into_the_link(lab):
    lab.session_state["example"] = "different"
    open_with(lab)
    assert lab.query_params["example"] == "different"


def test_the_bars_are_those_of_the_core_and_have_an_alternative_text(lab):
    open_with(lab, measure="left_out")
    head = checkpoint("bptt").network.head
    moved = leave_one_out(head, splice(plain("bptt"), hidden("bptt", "person"), 27, 18))[0]
    words = lab.get("plotly_chart")[0].proto.alt
    assert f"BPTT gives the covered frames {100 * moved[27:].sum() / moved.sum():.0f} %" in words


def test_a_walk_back_is_shown_for_the_model_that_has_any(lab):
    open_with(lab, measure="visits")
    words = lab.get("plotly_chart")[0].proto.alt
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
    words = lab.get("plotly_chart")[0].proto.alt
    assert f"UTRCNN gives the covered frames {100 * covered.sum():.0f} %" in words
    assert f"The covered 40 % of the frames have {100 * covered.sum():.0f} % of UTRCNN's attention" in lab.info[0].value


def test_it_is_told_how_much_each_model_takes(lab):
    open_with(lab)
    told = next(caption.value for caption in lab.caption if " turns " in caption.value)
    head, features = checkpoint("mean").network.head, (plain("mean"), hidden("mean", "person"))
    partner = embed(checkpoint("mean").network, measured("mean", 0))
    sweep = sweep_shares(head, *features, partner, Edit("person"))
    turn = sweep.turns(scale("mean").uncertain_range()[0])
    assert f"Mean turns at {100 * turn:.0f} % on average" in told
    assert lab.get("plotly_chart")[3].proto.alt == told


def test_the_sweep_of_a_run_is_beside_that_of_the_pair(lab, tmp_path):
    folder = write(tmp_path, "mine")
    rows = [f"0,trained,pole,{position},{rate}" for position, rate in ((0, 0.9), (1, 0.25))]
    (folder / "bias.csv").write_text("\n".join(["split,control,cover,position,rank_1", *rows]) + "\n")
    open_with(lab, cover="pole")
    assert "mine 25 and 90 %" in lab.get("plotly_chart")[2].proto.alt
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

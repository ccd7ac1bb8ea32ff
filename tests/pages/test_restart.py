"""What a page shows comes back from its link alone, in a new session, as after a restart of the server.

Sliders are put into the link by the browser; here they begin there.
"""

import numpy as np
import pytest

from reid_core.evaluation import calibrate_own
from tests.pages.uploads import upload
from ui.footage import bundled
from ui.loaders import checkpoint, examples
from ui.pickers import GONE


@pytest.fixture
def again(open_page):
    """The page of another in a session of its own, by its link."""

    def make(page, path):
        other = open_page(path)
        other.query_params.update(dict(page.query_params.items()))
        return other.run()

    return make


def told(page):
    """What is on a page, in words and numbers."""
    assert not page.exception and not page.error
    words = [[one.value for one in kind] for kind in (page.title, page.header, page.markdown, page.caption)]
    tables = [one.value.to_csv() for one in page.dataframe]
    controls = {one.key: one.value for kind in (page.slider, page.select_slider, page.selectbox) for one in kind}
    charts = [one.proto.spec for one in page.get("plotly_chart")]
    return words, tables, controls, charts


def calibration(name):
    """Of ten pairs whose threshold is 2."""
    distances = np.concatenate([np.linspace(1, 1.9, 4), np.linspace(2.1, 3, 6)])
    return calibrate_own(distances, np.arange(10) < 4, checkpoint(name), "my-pairs.csv", "auto").to_json().encode()


def test_verify_with_example_model_operating_point_calibration_and_what_was_said(open_page, again):
    page = open_page("pages/verify.py")
    page.query_params.update(example="covered", checkpoint="bptt", allowed="10", frame="7")
    page.run()
    page.file_uploader(key="upload_calibration").set_value(("mine.json", calibration("bptt"), "application/json")).run()
    page.button(key="label False").click().run()
    page.run()
    found = told(page)
    assert found[2]["frame"] == 7 and "10 pairs of my-pairs.csv" in found[1][0]
    assert any("**1** of two" in words for words in found[0][2])
    assert told(again(page, "pages/verify.py")) == found


def test_verify_with_the_people_who_are_chosen_in_a_scene(open_page, again):
    page = open_page("pages/verify.py")
    page.query_params.update(example="street", person_a="2", person_b="1")
    found = told(page.run())
    assert found[1]
    assert told(again(page, "pages/verify.py")) == found


def test_attention_with_frame_reading_rule_and_models(open_page, again):
    page = open_page("pages/attention.py")
    page.query_params.update(more="true", models="sab,mean", frame="3", step="20", k_top="2", k="9")
    found = told(page.run())
    assert {key: found[2][key] for key in ("frame", "step", "k_top", "k")} == {
        "frame": 3,
        "step": 20,
        "k_top": 2,
        "k": 9,
    }
    assert told(again(page, "pages/attention.py")) == found


def test_attention_keeps_the_person_who_is_compared_in_the_link(open_page):
    page = open_page("pages/attention.py")
    page.query_params.update(example="street", person_b="1")
    page.session_state["choices"] = {("a", bundled(examples()["street"])["a"].key): 1}  # as Verify leaves it
    assert page.run().query_params["person_a"] in ("2", ["2"])


def test_runs_with_selection_and_view(open_page, again):
    page = open_page("pages/runs.py")
    page.query_params.update(runs=["shipped-utrcnn", "shipped-mean"], view="verification")
    page.run()
    page.selectbox(key="run").set_value("shipped-mean").run()
    page.selectbox(key="split").set_value("3").run()
    page.slider(key="threshold").set_value(0.5).run()
    found = told(page)
    assert (found[2]["run"], found[2]["split"]) == ("shipped-mean", "3")
    assert told(again(page, "pages/runs.py")) == found


def test_search_with_whom_and_what_was_confirmed_and_rejected(open_page, again):
    page = open_page("pages/search.py")
    page.query_params.update(query="5")
    page.run()
    for key in ("It is 11 hit", "It is not 21 hit"):
        next(button for button in page.button if button.key == key).click().run()
    found = told(page)
    assert page.header[2].value.endswith("and 1 confirmed")
    assert told(again(page, "pages/search.py")) == found


@pytest.mark.parametrize("path", ["verify", "attention", "bias_lab"])
def test_of_own_videos_is_said_what_must_be_uploaded_again_and_no_example_takes_their_place(open_page, again, path):
    page = upload(open_page(f"pages/{path}.py"), a=12, b=14)
    assert not asked_again(page)
    lost = again(page, f"pages/{path}.py")
    assert asked_again(lost) == [f"Upload {side}.zip again: {GONE}" for side in "ab"]
    assert not lost.get("plotly_chart") and not lost.exception and not lost.error
    link = dict(lost.query_params.items())
    lost.query_params.clear()  # as one goes to another page
    assert len(asked_again(lost.run())) == 2 and not lost.get("plotly_chart")
    assert lost.query_params.items() == link.items(), "what was chosen holds once they are there again"
    assert asked_again(upload(lost, a=12)) == [f"Upload b.zip again: {GONE}"]


@pytest.mark.parametrize("path", ["home", "search", "train", "runs"])
@pytest.mark.parametrize("link", [{"example": "own", "file_b": "mine.mp4", "person_b": "2"}, {"example": "run"}])
def test_other_pages_say_which_videos_are_looked_at_instead_of_an_example(open_page, path, link):
    page = open_page(f"pages/{path}.py")
    page.query_params.update(link)
    page.run()
    page.query_params.clear()  # as one goes to another page
    page.run()
    assert {key: "".join(value) for key, value in page.query_params.items() if key in link} == link
    page.query_params.clear()
    page.query_params["example"] = "covered"
    page.run()
    assert "file_b" not in page.query_params and "".join(page.query_params["example"]) == "covered"


def asked_again(page):
    """What is to be uploaded once more."""
    return [one.value for one in page.warning if "again" in one.value]


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("pages/verify.py", {"example": "street", "person_a": "1", "person_b": "1"}),
        ("pages/bias_lab.py", {"example": "covered", "share": "30"}),
        ("pages/attention.py", {"example": "covered"}),
    ],
)
def test_what_is_known_of_bundled_videos_is_not_computed_again_for_another_visitor(open_page, monkeypatch, path, link):
    def visited():
        page = open_page(path)
        page.query_params.update(link)
        return told(page.run())

    first = visited()
    for place, work in {
        "ui.footage": "find_people",
        "ui.bias.data": "frame_features sweep_cover sweep_left_out cover",
        "ui.attention.data": "importance",
        "ui.people": "compare_all",
        "ui.verify.matrix": "compare_all",
        "reid_core.evaluation.known_people": "frame_features",
    }.items():
        for name in work.split():
            monkeypatch.setattr(f"{place}.{name}", None)
    assert visited() == first

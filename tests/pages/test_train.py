"""The page Train: a command out of answers, and the queue that it goes into."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from reid_core import jobs as runner
from reid_core.data.synthetic import write_dataset
from reid_core.jobs import jobs, submit
from tests.run_folders import write
from ui.allowed import SETTING
from ui.library import SETTING as RUNS
from ui.train import cost
from ui.train.data import FOLDER, kind_of


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of runs whose queue nobody works off; data sets lie beside it."""
    monkeypatch.setenv(RUNS, str(tmp_path / "runs"))
    monkeypatch.setenv(FOLDER, str(tmp_path / "data"))
    monkeypatch.setenv(SETTING, str(tmp_path))
    monkeypatch.setattr(runner, "wake", lambda root: None)
    (tmp_path / "data").mkdir()
    return tmp_path / "runs"


@pytest.fixture
def people(tmp_path: Path, asked: Path) -> Path:
    """A folder with the card of synthetic people, which is all that the page looks at."""
    folder = tmp_path / "data" / "people"
    folder.mkdir()
    (folder / "synthetic.json").write_text("{}")
    return folder


def page(open_page) -> AppTest:
    return open_page("pages/train.py").run()


def pressed(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return at.run()


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def test_without_data_a_tiny_set_is_offered_and_its_command_queued(open_page, asked: Path) -> None:
    at = pressed(page(open_page), "Make a tiny data set")
    (job,) = jobs(asked)
    assert not at.exception and job.state == "waiting" and job.words[0] == "synthesize"
    assert any("waiting" in text.value for text in at.markdown)
    (asked.parent / "data" / "tiny").mkdir()
    (asked.parent / "data" / "tiny" / "synthetic.json").write_text("{}")
    assert at.run().selectbox(key="data").value.endswith("tiny")


def test_what_is_shown_is_what_is_run(open_page, asked: Path, people: Path) -> None:
    at = page(open_page)
    at.selectbox(key="train_head").set_value("bptt")
    at.run()
    at.number_input(key="epochs").set_value(3)
    at.text_input(key="options bptt").set_value("--hidden 16")
    at.run()
    shown = at.code[0].value
    at = pressed(at, "Start")
    (job,) = jobs(asked)
    assert not at.exception and not at.error
    assert "--out" in at.code[0].value and f"{asked}/people-bptt-2" in at.code[0].value  # the next has another name
    assert shown == f"reid {' '.join(job.words)}"
    assert "--head bptt" in shown and "--epochs 3 --hidden 16 --resume" in shown
    assert job.name == "people-bptt" and f"--out {asked}/people-bptt" in shown and f"--data {people}" in shown


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [("options utrcnn", "--wings 2", "--wings"), ("splits", [], "split"), ("options utrcnn", "--k-top many", "k-top")],
)
def test_what_cannot_be_trained_is_told_and_has_no_button(
    open_page, asked: Path, people: Path, key: str, value: object, told: str
) -> None:
    at = page(open_page)
    next(field for field in [*at.text_input, *at.multiselect] if field.key == key).set_value(value)
    at.run()
    assert not at.exception and "Start" not in labels(at)
    assert told in at.error[0].value and "\n" not in at.error[0].value


def test_a_name_that_is_taken_is_not_offered(open_page, asked: Path, people: Path) -> None:
    (asked / "people-utrcnn.partial").mkdir(parents=True)
    assert f"--out {asked}/people-utrcnn-2" in page(open_page).code[0].value


def test_jobs_have_the_buttons_of_their_state_and_a_finished_one_leads_to_the_other_pages(
    open_page, asked: Path, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(asked, "mine")
    words = ("train", "--data", "d", "--dataset", "synthetic", "--out", "o")
    submit(asked, "mine", words)
    submit(asked, "other", words)
    with runner._queue(asked) as queue:
        done, failed = queue.pop(), queue.pop()
        queue.done(done.message_id)
        queue.mark_failed(failed.message_id)
    (asked / runner.FOLDER / f"{failed.message_id}.log").write_text("begun\nerror: no room is left\n")
    at = open_page("app.py").run().switch_page("pages/train.py").run()  # the links need to know the other pages
    assert not at.exception and at.error[0].value == "no room is left"
    assert {"Resume", "Measure its position bias", "Clear what has ended"} <= set(labels(at))
    at = pressed(at, "Resume")
    assert [job.state for job in jobs(asked)] == ["done", "waiting"]
    pressed(at, "Measure its position bias")
    assert jobs(asked)[-1].words == ("bias", "o", "--data", "d", "--dataset", "synthetic")


def test_the_cost_is_what_the_command_says(open_page, asked: Path, people: Path, monkeypatch) -> None:
    monkeypatch.setattr(cost, "tried", lambda words, tell: ("about 3 min", 0))
    at = pressed(page(open_page), "What will it cost?")
    assert not at.exception and any("about 3 min" in text.value for text in at.markdown)


def test_who_may_not_name_folders_may_not_train(open_page, asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING)  # and this one has an address of its own
    at = page(open_page)
    assert "own machine" in at.info[0].value and not at.button


def test_a_folder_is_known_by_what_lies_in_it(tmp_path: Path) -> None:
    write_dataset(tmp_path / "rendered", 1, 1, 2, 2)
    (tmp_path / "own" / "cam1").mkdir(parents=True)
    (tmp_path / "mars" / "bbox_train").mkdir(parents=True)
    (tmp_path / "none").mkdir()
    kinds = [kind_of(tmp_path / name) for name in ("rendered", "own", "mars", "none")]
    assert kinds == ["synthetic", "folder", "mars", None]

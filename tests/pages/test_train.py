"""The page Train: a command out of answers, and the queue that it goes into."""

import sqlite3
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from reid_core import jobs as runner
from reid_core.__main__ import parsed
from reid_core.data.synthetic import write_dataset
from reid_core.jobs import jobs, submit
from reid_core.runs import HardPair, Look, Watched
from reid_core.runs.watched import Attended, write_watched
from tests.run_folders import training, write
from tests.tiny import tracklets
from ui.allowed import SETTING
from ui.library import SETTING as RUNS
from ui.train import cost
from ui.train.data import FOLDER, MADE, kind_of


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
    at = pressed(page(open_page), "Make tiny")
    (job,) = jobs(asked)
    assert not at.exception and job.state == "waiting" and job.words[0] == "synthesize"
    assert any("waiting" in text.value for text in at.markdown)
    (asked.parent / "data" / "tiny").mkdir()
    (asked.parent / "data" / "tiny" / "synthetic.json").write_text("{}")
    assert at.run().selectbox(key="data").value.endswith("tiny")
    assert "Make tiny" not in labels(at) and {"Make small", "Make synthwalk", "Make people"} <= set(labels(at))
    for name, (_, options) in MADE.items():
        parsed("synthesize", ["--out", name, *options])


def test_the_command_comes_back_from_the_link(open_page, asked: Path, people: Path) -> None:
    at = open_page("pages/train.py")
    link = {"train_head": "bptt", "preset": "paper", "splits": ["1", "2"], "epochs": "3", "seed": "7"}
    at.query_params.update(link | {"options bptt": "--hidden 16"})
    words = at.run().code[0].value.split()
    assert not at.exception and words[words.index("--split") + 1 :][:2] == ["1", "2"]
    for option, value in {"head": "bptt", "preset": "paper", "epochs": "3", "seed": "7", "hidden": "16"}.items():
        assert words[words.index(f"--{option}") + 1] == value


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
    [
        ("options utrcnn", "--wings 2", "--wings"),
        ("splits", [], "split"),
        ("options utrcnn", "--k-top many", "k-top"),
        ("name people-utrcnn", "x" * 300, "the name of a run must be shorter"),
    ],
)
def test_what_cannot_be_trained_is_told_and_has_no_button(
    open_page, asked: Path, people: Path, key: str, value: object, told: str
) -> None:
    asked.mkdir()  # the system looks at a name only in a folder that is there
    at = page(open_page)
    next(field for field in [*at.text_input, *at.multiselect] if field.key == key).set_value(value)
    at.run()
    assert not at.exception and "Start" not in labels(at)
    assert told in at.error[0].value and "\n" not in at.error[0].value


def test_a_folder_that_the_system_does_not_take_is_refused_and_another_can_be_named(
    open_page, asked: Path, people: Path
) -> None:
    at = open_page("pages/train.py")
    at.query_params.update({"data": "other", "data folder": str(people / ("x" * 300))})
    at.run()
    assert not at.exception and "must be a place that can be looked at" in at.error[0].value
    at.text_input(key="data folder").set_value(str(people))
    assert not at.run().error


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


def test_how_a_training_does_on_people_held_out_is_shown_while_it_goes_on(open_page, asked: Path, people: Path) -> None:
    folder = training(asked, 4, 2)
    submit(asked, "mine", ("train", "--data", "d", "--dataset", "synthetic", "--out", "o"))
    assert not [one for one in page(open_page).expander if "held out" in one.label]
    names = [one.name for one in tracklets(2, 20)]
    alpha = Attended(names[0], tuple(range(20)[:16]), (1 / 16,) * 16)
    looks = (Look(3, "encoder", 0.5), Look(6, "head", 0.75))
    pairs = (HardPair(names[0], names[3], False, 0.25), HardPair(names[1], names[3], True, 1.5))
    write_watched(folder, 1, Watched(2, looks, pairs, alpha), tracklets(2, 20))
    at = page(open_page)
    told = [text.value for text in (*at.caption, *at.markdown)]
    assert not at.exception
    assert [one.label for one in at.expander if "held out" in one.label] == [
        "On people held out: rank 1 75 % after epoch 6"
    ]
    assert {text[:13] for text in told if text.startswith("distance")} == {"distance 0.25", "distance 1.50"}
    assert {"**Two people, nearest to each other**", "**One person, farthest apart**"} <= set(told)
    assert len(at.get("plotly_chart")) == 3 and len(at.get("image")) == 4


def test_what_checking_the_data_says_is_shown_as_it_reads(open_page, asked: Path, people: Path) -> None:
    at = pressed(page(open_page), "Check the data")
    (job,) = jobs(asked)
    assert job.words == ("check-data", "synthetic", str(people))
    with runner._queue(asked) as queue:
        queue.pop()
    log = "cam1/person001: 00002.png cannot be read\nread: 1/9\rread: 4/9"
    (asked / runner.FOLDER / f"{job.key}.log").write_text(log)
    at = page(open_page)
    shown = next(one for one in at.expander if one.label.startswith("Command"))
    assert shown.proto.expanded and shown.code[1].value == "cam1/person001: 00002.png cannot be read\nread: 4/9"


def test_what_cannot_be_put_into_the_queue_is_told_and_nothing_is_lost(
    open_page, asked: Path, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(asked, "mine", ("train", "--data", "d", "--dataset", "synthetic", "--out", "o"))

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(runner.LiteQueue, "put", full)
    at = pressed(page(open_page), "Start")
    assert not at.exception and "disk is full" in at.error[0].value
    assert [job.name for job in jobs(asked)] == ["mine"]


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

"""Runs: what it shows is what the run folders hold; whatever is wrong with one is a sentence."""

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from reid_core.evaluation import RunError, paired_bootstrap, read_run
from reid_core.video import decode
from tests.run_folders import training, write

VIEWS = ("ranks", "verification", "training", "settings", "gallery")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """An empty folder of runs, and none that ship."""
    monkeypatch.setenv("REID_RUNS", str(tmp_path))
    monkeypatch.setattr("ui.run_library.SHIPPED", tmp_path / "none ship")
    return tmp_path


@pytest.fixture
def page(open_page, store):
    return open_page("pages/runs.py")


def shown(page, **link):
    """The page at a link, drawn without an error."""
    for key, value in link.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception
    return page


def copies(store: Path, count: int) -> None:
    """One run many times under different names."""
    first = write(store, "run-000")
    values = json.loads((first / "run.json").read_text())
    for number in range(1, count):
        folder = store / f"run-{number:03d}"
        shutil.copytree(first, folder)
        (folder / "run.json").write_text(json.dumps(values | {"name": folder.name}))


def charts(page) -> list[dict]:
    """The figures of the page."""
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


def test_without_runs_it_says_how_to_get_one(page):
    shown(page)
    assert "train" in page.info[0].value and not page.dataframe


def test_one_run_has_its_rates_and_nothing_to_compare_with(page, store):
    run = read_run(write(store, "only"))
    shown(page)
    (rates,) = page.table
    expected = 100 * run.summary["rank_1"]
    assert rates.value.loc["only", "Rank 1, %"] == f"{expected.mean():.1f} ± {expected.std(ddof=0):.1f}"
    assert page.dataframe[0].value["Run"].tolist() == ["only"]


def test_numbers_of_several_runs_are_those_of_their_files_with_the_best_in_bold(page, store):
    runs = [read_run(write(store, name, noise=noise)) for name, noise in (("good", 0.3), ("poor", 1.2))]
    shown(page)
    rates, chance = (table.value for table in page.table)
    for run, bold in zip(runs, ("**", ""), strict=True):
        for rank in (1, 5):
            shares = 100 * run.summary[f"rank_{rank}"]
            cell = f"{bold}{shares.mean():.1f}{bold} ± {shares.std(ddof=0):.1f}"
            assert rates.loc[run.info.name, f"Rank {rank}, %"] == cell
    expected = paired_bootstrap(runs[1].hits(), runs[0].hits())
    assert chance.loc["poor", "Difference, points"] == f"{100 * expected.mean:+.1f}"
    assert chance.loc["poor", "95 % interval"] == f"{100 * expected.low:+.1f} to {100 * expected.high:+.1f}"
    assert chance.loc["poor", "More than chance?"] == "**yes**"


def test_curves_are_those_of_the_files(page, store):
    run = read_run(write(store, "only"))
    shown(page)
    line = next(trace for trace in charts(page)[0]["data"] if trace.get("name") == "only")
    assert numbers(line["x"]).tolist() == list(range(1, 13))
    table = run.cmc.pivot(index="rank", columns="split", values="share")
    assert np.allclose(numbers(line["y"]), 100 * table.mean(axis=1))


def test_two_hundred_runs_are_all_listed_and_a_few_are_shown(page, store):
    copies(store, 200)
    shown(page)
    assert len(page.dataframe[0].value) == 200 and len(page.table[0].value) == 4


def numbers(packed: dict[str, str]) -> np.ndarray:
    """An array as Plotly sends it."""
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_works_for_several_runs_of_several_tasks(page, store, view):
    for name, dataset in (("a", "x"), ("b", "x"), ("c", "y")):
        write(store, name, dataset=dataset, strips=name == "a")
    shown(page, view=view, runs=["a", "b", "c"])
    assert not page.error and not page.warning


def test_the_link_decides_which_runs_are_looked_at(page, store):
    for name in "abcde":
        write(store, name)
    shown(page, runs=["b", "e", "no such run"])
    assert list(page.table[0].value.index) == ["b", "e"]


def test_runs_of_several_tasks_are_ranked_apart(page, store):
    write(store, "a", noise=0.2, protocol="first")
    write(store, "b", noise=1.2, protocol="second")
    shown(page, runs=["a", "b"])
    assert [list(table.value.index) for table in page.table] == [["a"], ["b"]]
    assert not any("**" in cell for table in page.table for cell in table.value["Rank 1, %"])
    assert page.dataframe[0].value["Rank 1, %"].str[:3].tolist() == ["1: ", "2: "]


def test_published_rates_stand_only_beside_runs_of_the_same_test_and_say_so(page, store):
    ilids = {"dataset": "ilids-vid", "protocol": "paper", "persons": 150, "splits": (0,)}
    write(store, "mine", **ilids, trained_on="ilids-vid")
    write(store, "foreign", **ilids)
    write(store, "other")
    shown(page, runs=["mine", "foreign", "other"])
    tables = [table.value for table in page.table if "Rank 5, %" in table.value]
    assert [sum("published" in name for name in table.index) for table in tables] == [6, 0]
    assert tables[0].loc["UTRCNN (published)", "Rank 1, %"] == "62.7 ± 0.4"
    said = [caption.value for caption in page.caption]
    assert any("not measured here" in text and "Trained on synthetic people: foreign" in text for text in said)
    assert any("rendered people" in text for text in said)


def test_a_damaged_and_a_newer_folder_are_named_and_the_page_still_works(page, store):
    write(store, "good")
    (write(store, "damaged") / "cmc.csv").unlink()
    newer = write(store, "newer") / "run.json"
    newer.write_text(json.dumps(json.loads(newer.read_text()) | {"schema": 9}))
    shown(page)
    told = page.text[0].value
    assert "cmc.csv is missing" in told and "update to read it" in told
    assert list(page.table[0].value.index) == ["good"]


def test_damage_inside_a_table_is_told_when_the_run_is_opened(page, store):
    write(store, "good")
    (write(store, "hurt") / "roc.csv").write_text("split,far\n0,1\n")
    shown(page, runs=["good", "hurt"])
    with pytest.raises(RunError) as error:
        read_run(store / "hurt")
    assert page.warning[0].value == str(error.value)
    assert list(page.table[0].value.index) == ["good"]


def test_a_search_narrows_the_table_and_leaves_the_selection(page, store):
    write(store, "alpha", head="bptt")
    write(store, "beta", head="utrcnn", variant="sab")
    shown(page)
    page.text_input[0].set_value("utrcnn SAB").run()
    assert page.dataframe[0].value["Run"].tolist() == ["beta"]
    assert list(page.table[0].value.index) == ["alpha", "beta"]
    page.text_input[0].set_value("no such word").run()
    assert not page.exception and page.dataframe[0].value.empty


def test_the_head_and_the_task_filter_the_table(page, store):
    write(store, "alpha", head="bptt")
    write(store, "beta", head="utrcnn", protocol="other")
    shown(page, head="utrcnn")
    assert page.dataframe[0].value["Run"].tolist() == ["beta"]
    page.selectbox(key="head").select("any").run()
    page.selectbox(key="task").select("2").run()
    assert page.dataframe[0].value["Run"].tolist() == ["alpha"]


def test_far_and_frr_at_the_threshold_are_those_stored(page, store):
    run = read_run(write(store, "only"))
    shown(page, view="verification", split="1")
    assert page.slider[0].value == 2.0
    page.slider[0].set_value(1.5).run()
    far, frr = run.error_rates(1, 1.5)
    assert 0 < far < 1 and 0 < frr < 1
    assert [metric.value for metric in page.metric] == [f"{far:.1%}", f"{frr:.1%}"]


def test_settings_show_only_what_differs(page, store):
    write(store, "a", seed=1)
    write(store, "b", seed=2)
    shown(page, view="settings")
    assert page.dataframe[1].value.to_dict("index") == {"seed": {"a": "1", "b": "2"}}


def test_the_gallery_begins_with_the_worst_probe_and_steps_on(page, store):
    run = read_run(write(store, "only", persons=20, noise=1.5, strips=True))
    probes = run.probes(0)["probe"].tolist()
    shown(page, view="gallery")
    assert page.selectbox(key="probe").value == probes[0]
    next(button for button in page.button if button.label == "Next").click().run()
    assert page.selectbox(key="probe").value == probes[1] and page.query_params["probe"] in (probes[1], [probes[1]])
    kept = run.nearest[(run.nearest["split"] == 0) & (run.nearest["probe"] == probes[1])]
    told = " ".join(block.value for block in page.markdown)
    for row in kept.to_dict("records"):
        assert f"**{row['rank']}.** {'right' if row['right'] else 'wrong'}, {row['distance']:.3f}" in told
        assert row["gallery"] in told


def test_a_run_without_frames_still_has_its_ranked_names(page, store):
    write(store, "only")
    shown(page, view="gallery")
    assert "keeps no frames" in page.info[0].value
    assert not [button for button in page.button if button.label == "Verify"]


@pytest.mark.parametrize("title", ["Verify", "Attention"])
def test_a_pair_opens_elsewhere_as_two_videos_of_its_frames(page, store, monkeypatch, title):
    left = []
    monkeypatch.setattr("ui.run_gallery.st.switch_page", lambda path, query_params: left.append((path, query_params)))
    run = read_run(write(store, "only", strips=True))
    shown(page, view="gallery")
    page.button(key=f"{title} 2").click().run()
    assert left == [(f"pages/{title.lower()}.py", {"example": "own", "checkpoint": "bptt"})]
    probe = page.selectbox(key="probe").value
    kept = run.nearest[(run.nearest["split"] == 0) & (run.nearest["probe"] == probe)]
    uploads = page.session_state["uploads"]
    for side, name in (("a", probe), ("b", kept["gallery"].iloc[1])):
        video = decode(uploads[side].content, uploads[side].name)
        small = video.frames[:, ::2, ::2].astype(int)
        assert name.replace("/", "-") in uploads[side].name and video.frames.shape[1:] == (128, 64, 3)
        assert np.abs(small - run.strips([name])[name]).mean() < 12


def test_an_unfinished_training_is_told(page, store):
    training(store, 4, 2)
    shown(page)
    assert any("mine" in block.value for block in page.markdown)

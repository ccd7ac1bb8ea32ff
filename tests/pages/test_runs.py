"""Runs: what it shows is what the run folders hold; whatever is wrong with one is a sentence."""

import base64
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reid_core.evaluation import weights_fingerprint
from reid_core.model.heads import HEADS
from reid_core.runs import (
    RUN_COLUMNS,
    MeasuredOnReal,
    RealPeople,
    RunError,
    latex_rows,
    paired_bootstrap,
    rank_table,
    read_run,
    write_real_people,
)
from reid_core.video import decode
from tests.run_folders import training, write, write_bias
from ui.loaders import checkpoint
from ui.runs import real
from ui.words import plain

VIEWS = ("ranks", "verification", "bias", "real", "training", "settings", "gallery")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """An empty folder of runs, and none that ship."""
    monkeypatch.setenv("REID_RUNS", str(tmp_path))
    monkeypatch.setattr("ui.library.SHIPPED", tmp_path / "none ship")
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
    assert len(page.dataframe[0].value) == 200 and len(page.table[0].value) == 5


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
    assert any("the paper's Table 1" in text and "RCNN (2016)" in text for text in said)
    assert any("not measured here" in text and "Trained on synthetic people: foreign" in text for text in said)
    assert any("rendered people" in text for text in said)


@pytest.mark.parametrize("view", ["ranks", "training", "bias", "settings"])
def test_a_run_of_no_network_is_shown_beside_others(page, store, view):
    write(store, "rnn")
    none = write(
        store, "gait", head="tapr", recipe="hand-made", preset="", schedule=[], loss={}, network={"segments": 8}
    )
    (none / "history.csv").write_text(",".join(RUN_COLUMNS["history"].split()) + "\n")
    shown(page, runs=["rnn", "gait"], view=view)
    if view == "bias":
        told = [info.value for info in page.info]
        assert any("these runs are of none: gait." in text for text in told)
        assert any("stored with: rnn." in text for text in told)
        assert "gait" not in page.code[0].value


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


def test_the_threshold_is_in_the_link_until_another_split_is_looked_at(page, store):
    run = read_run(write(store, "only"))
    shown(page, view="verification", threshold="1.25")
    assert page.slider[0].value == 1.25
    assert [metric.value for metric in page.metric] == [f"{rate:.1%}" for rate in run.error_rates(0, 1.25)]
    page.slider[0].set_value(1.5).run()
    assert page.query_params["threshold"] in ("1.5", ["1.5"])
    page.selectbox(key="split").select("1").run()
    assert page.slider[0].value == 2.0 and "threshold" not in page.query_params


@pytest.mark.parametrize(("linked", "shown_value"), [("x", 2.0), ("nan", 2.0), ("-3", 0.0), ("1e9", None)])
def test_a_threshold_that_cannot_be_set_is_brought_into_its_range(page, store, linked, shown_value):
    run = read_run(write(store, "only"))
    shown(page, view="verification", threshold=linked)
    largest = run.histograms.query("split == 0")["right"].max()
    assert page.slider[0].value == pytest.approx(largest if shown_value is None else shown_value)


def test_the_position_bias_is_best_minus_worst_of_the_mean_over_the_splits_beside_its_controls(page, store):
    """Rank 1 falls from 0.8 to 0.2 (bptt), to 0.75 and with uniform attention to 0.7 (utrcnn); untrained stays 0.1."""
    write_bias(write(store, "bptt"), 0.2)
    write_bias(write(store, "utrcnn"), 0.75, attention=True)
    shown(page, view="bias")
    table, importance = (table.value for table in page.table)
    assert table["Position bias, points"].to_dict() == {
        "bptt": "**60.0**",
        "bptt, untrained weights": "**0.0**",
        "utrcnn": "**5.0**",
        "utrcnn, uniform attention": "**10.0**",
        "utrcnn, untrained weights": "**0.0**",
    }
    assert table.loc["bptt"].tolist()[1:] == ["80.0", "80.0", "50.0", "20.0", "80.0", "80.0"]
    told = ["25", "25", "50", "70", "0.90", "", "-0.20", "-0.10", "2.00", "150"]
    assert importance.loc[plain("utrcnn: leaving it out")].tolist() == told
    assert importance.loc[plain("utrcnn: attention"), "On the covered, %"] == "6"
    assert importance.loc[plain("bptt: gradient"), "Attention agrees"] == ""
    sweep, thirds = charts(page)
    line = next(trace for trace in sweep["data"] if trace.get("name") == "bptt")
    assert numbers(line["x"]).tolist() == pytest.approx(np.linspace(0, 100, 9))
    assert numbers(line["y"]).tolist() == pytest.approx(np.linspace(80, 20, 9))
    assert numbers(next(trace for trace in thirds["data"] if trace["name"] == "last third")["x"]).tolist() == [50, 50]
    page.toggle(key="controls").set_value(False).run()
    assert list(page.table[0].value.index) == ["bptt", "utrcnn"]


def test_a_run_without_a_position_sweep_is_named_with_how_to_measure_one(page, store):
    write_bias(write(store, "with"), 0.2)
    write(store, "without", head="rcnn")
    shown(page, view="bias")
    assert "without" in page.info[0].value and "with," not in page.info[0].value
    assert page.code[0].value.startswith("reid bias") and "--checkpoint rcnn" in page.code[0].value
    assert [row for row in page.table[0].value.index if "without" in row] == []


@pytest.mark.parametrize(("file", "content"), [("bias.csv", "a,b\n1,2\n"), ("importance.csv", "measure,centre\nx,1\n")])
def test_a_damaged_sweep_or_profile_is_told_and_the_others_are_shown(page, store, file, content):
    write_bias(write(store, "good"), 0.2)
    hurt = write(store, "hurt")
    write_bias(hurt, 0.2)
    (hurt / file).write_text(content)
    shown(page, view="bias")
    assert "hurt" in page.warning[0].value and "damaged" in page.warning[0].value
    assert {row.split(",")[0] for row in page.table[0].value.index} == {"good"}


def test_the_loss_shows_where_the_stages_of_training_begin(page, store):
    write(store, "only")
    shown(page, view="training")
    (figure,) = charts(page)
    stages = [numbers(trace["x"]).tolist() for trace in figure["data"] if trace.get("name") == "only"]
    assert stages == [[1, 2], [3, 4, 5]]
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["encoder", "head"]


def test_rank_1_on_people_held_out_is_a_curve_of_the_runs_that_kept_it(page, store):
    for name, looked_at in (("never", []), ("twice", [2, 4])):
        path = write(store, name, splits=(0,)) / "history.csv"
        history = pd.read_csv(path)
        history.assign(held_out_rank_1=(history["epoch"] / 10).where(history["epoch"].isin(looked_at))).to_csv(path)
    shown(page, view="training", cost="held_out_rank_1")
    (figure,) = charts(page)
    assert {trace.get("name") for trace in figure["data"]} & {"never", "twice"} == {"twice"}
    drawn = [numbers(trace["y"]).tolist() for trace in figure["data"] if trace.get("name") == "twice"]
    assert drawn == [pytest.approx([20]), pytest.approx([40])]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"splits": (0,)}, "not tested on the same splits"),
        ({"test_variants": 16}, "different numbers of crops"),
        ({"fingerprint": "abc-else"}, "not the same files"),
    ],
)
def test_what_runs_of_one_task_differ_in_is_said_beside_their_rates(page, store, other, words):
    write(store, "a")
    write(store, "b")
    shown(page)
    assert not any(words in caption.value for caption in page.caption)
    write(store, "c", **other)
    page.query_params["runs"] = ["a", "b", "c"]
    page.run()
    assert sum(words in caption.value for caption in page.caption) == 1


def test_downloads_hold_the_rates_of_the_page(page, store, monkeypatch):
    offered = {}
    monkeypatch.setattr(
        "ui.runs.tables.st.download_button", lambda title, text, file, *_, **__: offered.update({file: text})
    )
    runs = [read_run(write(store, name)) for name in "ab"]
    shown(page)
    table = rank_table(runs)
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(offered["rates-1.csv"])), table)
    assert offered["rates-1.tex"] == latex_rows(table)
    (first, _) = json.loads(offered["rates-1.json"])
    assert first["name"] == "a" and first["results"] == runs[0].summary.to_dict("records")


@pytest.mark.parametrize(
    ("view", "file", "column"), [("verification", "roc-1.csv", "far"), ("training", "loss.csv", "part")]
)
def test_what_a_chart_shows_can_be_downloaded_too(page, store, monkeypatch, view, file, column):
    offered = {}
    monkeypatch.setattr(
        "ui.runs.tables.st.download_button", lambda title, text, file, *_, **__: offered.update({file: text})
    )
    run = read_run(write(store, "a"))
    shown(page, view=view)
    table = pd.read_csv(io.StringIO(offered[file]))
    expected = run.mean_roc() if view == "verification" else run.mean_history()
    assert set(table["run"]) == {"a"} and table[column].tolist() == pytest.approx(expected[column].tolist())


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
    failures = (run.probes(0)["first_match"] > 1).sum()
    assert f"Number 2 of 20 probes. {failures} of them fail" in page.caption[-2].value and 1 < failures < 20
    told = " ".join(block.value for block in page.markdown)
    for row in kept.to_dict("records"):
        assert f"**{row['rank']}.** {'right' if row['right'] else 'wrong'}, {row['distance']:.3f}" in told
        assert row["gallery"] in told


def test_stepping_ends_with_the_first_and_the_last_probe(page, store):
    probes = read_run(write(store, "only", noise=1.5)).probes(0)["probe"].tolist()
    shown(page, view="gallery")
    back, forward = (next(button for button in page.button if button.label == label) for label in ("Back", "Next"))
    assert back.disabled and not forward.disabled
    shown(page, probe=probes[-1])
    back, forward = (next(button for button in page.button if button.label == label) for label in ("Back", "Next"))
    assert forward.disabled and not back.disabled


def test_the_true_match_of_a_failure_is_shown_where_the_ten_nearest_do_not_hold_it(page, store):
    folder = write(store, "only", persons=30, noise=3.0, strips=True)
    run = read_run(folder)
    worst = run.probes(0)["probe"].iloc[0]
    assert not run.nearest[(run.nearest["split"] == 0) & (run.nearest["probe"] == worst)]["right"].any()
    match = worst.replace("cam1", "cam2")
    shown(page, view="gallery")
    assert not any("The true match" in block.value for block in page.markdown), "early runs did not keep who was tested"
    rows = [
        f"{split},test,{pid},cam{camera}/person{3 * pid + 1:03d},x"
        for split in (0, 1)
        for pid in range(30)
        for camera in (1, 2)
    ]
    (folder / "identities.csv").write_text("\n".join(["split,part,pid,tracklet,digest", *rows]))
    shown(page)
    (told,) = [block.value for block in page.markdown if "The true match" in block.value]
    assert told.endswith(match)
    found = run.probes(0)["probe"].iloc[-1]
    shown(page, probe=found)
    assert not any("The true match" in block.value for block in page.markdown)


def test_runs_are_chosen_by_name_and_by_row_and_one_follows_the_other(page, store):
    for name in "abc":
        write(store, name)
    shown(page, runs=["a", "c"])
    assert page.multiselect(key="names").value == ["a", "c"]
    page.multiselect(key="names").set_value(["b", "c"]).run()
    assert not page.exception and page.query_params["runs"] == ["b", "c"]
    assert list(page.table[0].value.index) == ["b", "c"]


def test_the_list_tells_what_a_run_was_trained_on_beside_its_rate(page, store):
    write(store, "a", trained_on="elsewhere")
    shown(page)
    assert list(page.dataframe[0].value.columns)[:3] == ["Run", "Rank 1, %", "Trained on"]
    assert page.dataframe[0].value["Trained on"].tolist() == ["elsewhere"]


def test_the_name_of_every_head_fits_its_column(page, store):
    write(store, "a")
    shown(page)
    width = json.loads(page.dataframe[0].proto.columns)["Head"]["width"]
    assert width >= 16 + 6 * max(map(len, HEADS)), "its letters and what stands beside them, px"


def test_differences_are_told_from_the_largest_on(page, store):
    for name, noise in (("poor", 2.5), ("good", 0.3), ("fair", 1.2)):
        write(store, name, noise=noise)
    write(store, "other", persons=7)
    shown(page, runs=["fair", "good", "poor"])
    page.selectbox(key="against_1").set_value("fair").run()
    assert list(page.table[1].value.index) == ["good", "poor"]


def test_a_run_without_frames_still_has_its_ranked_names(page, store):
    write(store, "only")
    shown(page, view="gallery")
    assert "keeps no frames" in page.info[0].value
    assert not [button for button in page.button if button.label == "Verify"]


@pytest.mark.parametrize("title", ["Verify", "Attention"])
def test_a_pair_opens_elsewhere_as_two_videos_of_its_frames(page, store, monkeypatch, title):
    left = []
    monkeypatch.setattr("ui.runs.gallery.st.switch_page", lambda path, query_params: left.append((path, query_params)))
    run = read_run(write(store, "only", strips=True))
    shown(page, view="gallery")
    page.button(key=f"{title} 2").click().run()
    assert left == [(f"pages/{title.lower()}.py", {"example": "run", "checkpoint": "bptt"})]
    probe = page.selectbox(key="probe").value
    kept = run.nearest[(run.nearest["split"] == 0) & (run.nearest["probe"] == probe)]
    assert "uploads" not in page.session_state, "the user's own videos are left alone"
    uploads = page.session_state["brought"]
    for side, name in (("a", probe), ("b", kept["gallery"].iloc[1])):
        video = decode(uploads[side].content, uploads[side].name)
        small = video.frames[:, ::2, ::2].astype(int)
        assert name.replace("/", "-") in uploads[side].name and video.frames.shape[1:] == (128, 64, 3)
        assert np.abs(small - run.strips([name])[name]).mean() < 12


def test_a_run_that_was_tested_on_nothing_has_every_view_too(page, store):
    folder = write(store, "trained", strips=True)
    for name in ("cmc", "summary", "roc", "histograms", "nearest"):
        table = folder / f"{name}.csv"
        table.write_text(table.read_text().splitlines()[0] + "\n")
    for view in VIEWS:
        shown(page, view=view)
    assert "tested on nothing" in page.info[0].value


def test_runs_of_one_name_are_called_by_their_folders(page, store, monkeypatch):
    monkeypatch.setattr("ui.library.SHIPPED", store / "shipped")
    write(store / "shipped", "same", noise=0.3)
    write(store, "same", noise=1.2)
    shown(page, runs=["same", str(store / "same")])
    names = [str(store / "shipped" / "same"), str(store / "same")]
    assert sorted(page.dataframe[0].value["Run"]) == sorted(names)
    rates = page.table[0].value
    assert sorted(rates.index) == sorted(map(plain, names)) and rates["Rank 1, %"].nunique() == 2


def test_an_unfinished_training_is_told(page, store):
    training(store, 4, 2)
    shown(page)
    assert any("mine" in block.value for block in page.markdown)
    assert "split 1, epoch 6 of 9 (head), loss 0.167" in page.get("progress")[0].proto.text


def test_a_training_in_its_first_epoch_is_told(page, store):
    for state in training(store, 4, 2).glob("split_*"):
        state.unlink()
    shown(page)
    assert "in its first epoch" in page.get("progress")[0].proto.text


def measured(data: str, fingerprint: str) -> RealPeople:
    """A histogram and the checkpoint mean on twelve real people, with and without a cohort."""
    rows = [MeasuredOnReal("", "", "HSV histogram", {"rank_1": (0.15, 0.1, 0.2)})]
    for cohort, rate in (("no cohort", 0.8), ("10 others", 0.9)):
        rows.append(MeasuredOnReal("mean", fingerprint, cohort, {"rank_1": (rate, rate - 0.1, rate + 0.05)}))
    return RealPeople(data, "All pairs.", 12, 24, 480, "2026-11-26T07:00:00+00:00", tuple(rows))


def test_real_people_are_shown_beside_synthetic_ones_with_data_protocol_and_date(page, store, monkeypatch):
    monkeypatch.setattr(real, "FOLDER", store / "real")
    write(store, "shipped-mean")
    write_real_people(measured("street", weights_fingerprint(checkpoint("mean"))), store / "real" / "street.json")
    shown(page, view="real", runs="shipped-mean")
    table = page.table[0].value
    assert table.index.tolist() == ["HSV histogram", "Mean"]
    assert table["Rank 1, %"].tolist() == ["15.0 [10.0 20.0]", "80.0 [70.0 85.0]"]
    rates = 100 * read_run(store / "shipped-mean").summary["rank_1"]
    assert table["Synthetic rank 1, %"].tolist() == ["", f"{rates.mean():.1f} ± {rates.std(ddof=0):.1f}"]
    assert any(header.value == "12 real people: street" for header in page.header)
    assert any("All pairs. 24 tracklets, 480 pictures; 2026-11-26." in caption.value for caption in page.caption)
    assert not page.warning
    shown(page, held_against="10 others")
    assert page.table[0].value.loc["Mean", "Rank 1, %"] == "90.0 [80.0 95.0]"


def test_a_checkpoint_that_was_trained_anew_is_told_and_a_damaged_file_is_a_sentence(page, store, monkeypatch):
    monkeypatch.setattr(real, "FOLDER", store / "real")
    write(store, "any")
    write_real_people(measured("street", "of others"), store / "real" / "street.json")
    (store / "real" / "broken.json").write_text("{}")
    shown(page, view="real")
    told = [warning.value for warning in page.warning]
    assert len(told) == 2 and "broken.json must be what" in told[0]
    assert told[1].startswith("Mean has other weights now than when this was measured")


def test_before_anything_was_measured_it_is_said_how(page, store, monkeypatch):
    monkeypatch.setattr(real, "FOLDER", store / "real")
    write(store, "any")
    shown(page, view="real")
    assert "benchmarks.real_people" in page.info[0].value

"""Lists of runs: cheap, complete about what is wrong, and unable to rank what was not tested alike."""

import json

import numpy as np
import pytest

from reid_core.runs import (
    RUN_COLUMNS,
    RunError,
    differences,
    latex_rows,
    list_run,
    rank_table,
    read_run,
    run_folders,
    task_of,
)
from tests.run_folders import info, write


def test_a_listed_run_has_the_configuration_and_the_summary_of_the_whole_one(tmp_path):
    folder = write(tmp_path, "one")
    listed, whole = list_run(folder), read_run(folder)
    assert listed.info == whole.info
    assert listed.rank_1 == tuple(whole.summary["rank_1"]) and len(set(listed.rank_1)) == 2
    assert task_of(listed) == task_of(whole) and task_of(listed).gallery == 12


def test_a_run_that_was_tested_on_nothing_is_listed_without_rates(tmp_path):
    folder = write(tmp_path, "one")
    (folder / "summary.csv").write_text(",".join(RUN_COLUMNS["summary"].split()) + "\n")
    listed = list_run(folder)
    assert (listed.rank_1, listed.gallery) == ((), 0)
    assert str(task_of(listed)) == "tested on nothing"


@pytest.mark.parametrize("content", ["split,rank_1\n0,0.5\n", "rank_1,gallery\nhalf,3\n", "rank_1,gallery\n0.5\n"])
def test_a_damaged_summary_is_named(tmp_path, content):
    folder = write(tmp_path, "hurt")
    (folder / "summary.csv").write_text(content)
    with pytest.raises(RunError, match="hurt must hold a run, it is damaged"):
        list_run(folder)


@pytest.mark.parametrize("missing", ["run.json", "nearest.csv", "summary.csv"])
def test_an_incomplete_folder_is_named_with_what_is_missing(tmp_path, missing):
    folder = write(tmp_path, "broken")
    (folder / missing).unlink()
    with pytest.raises(RunError, match=f"broken must hold a complete run, {missing} is missing"):
        list_run(folder)


def test_a_newer_run_is_named_as_newer(tmp_path):
    path = write(tmp_path, "newer") / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 9}))
    with pytest.raises(RunError, match="it is 9; update to read it"):
        list_run(path.parent)


def test_folders_that_should_be_runs_are_found_by_name_without_the_unfinished(tmp_path):
    for name in ("b", "a", "broken", "c.partial", "d.part"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    assert [folder.name for folder in run_folders(tmp_path)] == ["a", "b", "broken"]
    assert run_folders(tmp_path / "absent") == []


def test_mean_rates_are_those_of_the_summary(tmp_path):
    runs = [read_run(write(tmp_path, name, noise=noise)) for name, noise in (("a", 0.4), ("b", 0.9))]
    table = rank_table(runs).set_index("run")
    for run in runs:
        row = table.loc[run.info.name]
        assert row["rank_5"] == pytest.approx(np.mean(run.summary["rank_5"]))
        assert row["rank_1_sd"] == pytest.approx(np.std(run.summary["rank_1"]))
        assert row["splits"] == 2


@pytest.mark.parametrize("other", [{"dataset": "ilids-vid"}, {"protocol": "common"}, {"persons": 13}])
def test_runs_that_were_not_tested_alike_are_never_ranked_together(tmp_path, other):
    runs = [read_run(write(tmp_path, "a")), read_run(write(tmp_path, "b", **other))]
    with pytest.raises(ValueError, match="runs must be of one task to be ranked together"):
        rank_table(runs)


def test_rows_for_latex_by_hand(tmp_path):
    table = rank_table([read_run(write(tmp_path, "my_run"))])
    rates = ["rank_1", "rank_5", "rank_10", "rank_20"]
    table[rates] = [[0.5, 0.75, 1, 1]]
    table["rank_1_sd"] = 0.0123
    assert latex_rows(table) == "my\\_run & 50.0 $\\pm$ 1.2 & 75.0 & 100.0 & 100.0 \\\\\n"
    assert latex_rows(table.assign(rank_1_sd=np.nan)).startswith("my\\_run & 50.0 & 75.0")


def test_only_settings_that_differ_are_listed_by_their_path():
    a = info("a", seed=3)
    b = info("b", seed=3, network={"head": {"name": "utrcnn", "k_top": 5, "k_att": 1}}, head="utrcnn")
    table = differences([a, b])
    assert table.to_dict("index") == {
        "head": {"a": "bptt", "b": "utrcnn"},
        "network.head.name": {"a": "bptt", "b": "utrcnn"},
        "network.head.k_att": {"a": "", "b": "1"},
    }


def test_equal_runs_do_not_differ():
    assert differences([info("a"), info("b")]).empty

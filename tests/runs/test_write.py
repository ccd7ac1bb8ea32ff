import json
import shutil
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reid_core.evaluation import SplitResult
from reid_core.evaluation.cmc import Ranking
from reid_core.model import Calibration
from reid_core.runs import (
    RUN_COLUMNS,
    RunError,
    RunInfo,
    package_versions,
    read_run,
    run_folders,
    split_tables,
    write_run,
)

SAME, DIFFERENT = np.array([0.5, 1.5], np.float32), np.array([1.0, 2.0, 2.5, 4.0], np.float32)
CALIBRATION = Calibration(1.2, 0.1, 0.0, "others", (0.0, 1.0), (1,), (1,))


def info(name: str = "one", **changes: object) -> RunInfo:
    values = {
        "name": name,
        "dataset": "folder",
        "protocol": "paper",
        "fingerprint": "abc",
        "trained_on": "folder",
        "head": "bptt",
        "variant": "",
        "recipe": "robust",
        "preset": "fast",
        "seed": 3,
        "splits": (0, 2),
        "test_variants": 2,
        "command": "train --out one",
        "created": "2026-01-01T00:00:00+00:00",
        "versions": {"torch": "2"},
        "network": {"input": {"channels": ["yuv"]}},
        "loss": {"margin": 2.0},
        "schedule": [{"part": "head"}],
    }
    return RunInfo(**(values | changes))


def result() -> SplitResult:
    first = np.array([1, 3])
    nearest = pd.DataFrame({"probe": ["a"], "rank": [1], "gallery": ["b"], "distance": [0.5], "right": [True]})
    return SplitResult(Ranking(first, 1 / first, np.arange(2)), 3, SAME, DIFFERENT, nearest)


def tables(splits: tuple[int, ...] = (0, 2), calibration: Calibration | None = CALIBRATION) -> dict[str, pd.DataFrame]:
    history = pd.DataFrame([dict.fromkeys(RUN_COLUMNS["history"].split(), 1) | {"part": "head"}])
    rows = split_tables(result(), calibration) | {"history": history}
    return {name: pd.concat([table.assign(split=k) for k in splits]) for name, table in rows.items()}


def written(folder: Path, **changes: object) -> Path:
    weights = folder.parent / "weights"
    weights.parent.mkdir(exist_ok=True)
    weights.write_bytes(b"weights")
    return write_run(folder, info(folder.name, **changes), tables(), {2: weights})


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = read_run(written(tmp_path / "one"))
    assert run.info == info("one")
    for name, expected in tables().items():
        columns = RUN_COLUMNS[name].split()
        assert list(getattr(run, name).columns) == columns
        pd.testing.assert_frame_equal(
            getattr(run, name), expected[columns].reset_index(drop=True), check_dtype=False, rtol=1e-5
        )


def test_the_kept_checkpoint_is_found_and_another_is_missed(tmp_path: Path) -> None:
    run = read_run(written(tmp_path / "one"))
    assert run.checkpoint(2).read_bytes() == b"weights"
    with pytest.raises(RunError, match="run one must keep its checkpoint of split 0 for this, it has none"):
        run.checkpoint(0)


def test_a_run_folder_holds_plain_files_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    folder = written(tmp_path / "one")
    assert {path.name for path in folder.iterdir()} == {
        "run.json",
        "split_2.safetensors",
        *(f"{name}.csv" for name in RUN_COLUMNS),
    }
    assert {path.name for path in tmp_path.iterdir()} == {"one", "weights"}


def test_an_existing_folder_is_refused_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match=r"out must be a new folder, .*one exists"):
        written(folder)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_failure_in_between_leaves_no_run_and_the_next_try_succeeds(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_run(tmp_path / "one", info(), tables(), {0: tmp_path / "not there"})
    assert not (tmp_path / "one").exists()
    assert run_folders(tmp_path) == []
    assert read_run(written(tmp_path / "one")).info.name == "one"
    assert [path.name for path in sorted((tmp_path / "one").glob("*.safetensors"))] == ["split_2.safetensors"]


def test_no_run_is_visible_before_all_of_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    original = shutil.copy
    monkeypatch.setattr(shutil, "copy", lambda *paths: (seen.append((tmp_path / "one").exists()), original(*paths)))
    written(tmp_path / "one")
    assert seen == [False]


def test_a_run_that_was_tested_on_nothing_has_empty_tables(tmp_path: Path) -> None:
    empty = {name: pd.DataFrame() for name in RUN_COLUMNS}
    run = read_run(write_run(tmp_path / "one", info(), empty, {}))
    assert run.summary.empty
    assert list(run.cmc.columns) == ["split", "rank", "share"]


def test_summary_of_a_worked_example() -> None:
    """Ranks 1 and 3 of 3. Of 8 comparisons one is lost. At 1.2 one of two is rejected, one of four let in.

    The error rates are as near to each other at 1.75 (none rejected, one of four let in).
    """
    row = split_tables(result(), CALIBRATION)["summary"].iloc[0].to_dict()
    assert row == pytest.approx(
        {
            "probes": 2,
            "gallery": 3,
            "rank_1": 0.5,
            "rank_5": 1,
            "rank_10": 1,
            "rank_20": 1,
            "mean_reciprocal_rank": (1 + 1 / 3) / 2,
            "mean_average_precision": (1 + 1 / 3) / 2,
            "auc": 7 / 8,
            "equal_error_rate": (1 / 4 + 0) / 2,
            "threshold": 1.2,
            "far": 1 / 4,
            "frr": 1 / 2,
        }
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("summary.csv", ",0.5,", ",half,", "summary.csv must have numbers in column rank_1"),
        ("cmc.csv", ",1,", ",first,", "cmc.csv must have numbers in column rank"),
        ("run.json", '"schema": 1', '"schema": 0', "schema 0"),
        ("run.json", '"schema": 1', '"schema": true', "schema True"),
        ("run.json", '"splits": [\n  0,', '"splits": [\n  "0",', "splits ['0', 2]"),
        ("run.json", '"notes": ""', '"notes": ' + "[" * 100_000, "recursion"),
    ],
)
def test_values_of_another_kind_are_damage(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    path = written(tmp_path / "one") / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(RunError, match="must hold a run, it is damaged") as caught:
        read_run(tmp_path / "one")
    assert said in str(caught.value)


@pytest.mark.parametrize("rows", [[0], [0, 2, 2], [0, 1]])
def test_a_summary_of_other_splits_is_damage(tmp_path: Path, rows: list[int]) -> None:
    path = written(tmp_path / "one") / "summary.csv"
    table = pd.read_csv(path)
    pd.concat([table.iloc[[0]].assign(split=split) for split in rows]).to_csv(path, index=False)
    with pytest.raises(RunError, match=r"rows of the splits \[.*\] and not of \[0, 2\]"):
        read_run(tmp_path / "one")


@pytest.mark.parametrize("name", ["one.part", "one.partial"])
def test_a_run_is_not_named_as_an_unfinished_one_is(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match=r"out must not end in \.partial or \.part"):
        written(tmp_path / name)


def test_an_early_summary_has_its_average_precision_where_it_was_stored(tmp_path: Path) -> None:
    path = written(tmp_path / "one") / "summary.csv"
    pd.read_csv(path).drop(columns="mean_average_precision").assign(mean_reciprocal_rank=0.25).to_csv(path, index=False)
    summary = read_run(tmp_path / "one").summary
    assert list(summary.columns) == RUN_COLUMNS["summary"].split()
    assert summary["mean_average_precision"].tolist() == [0.25, 0.25]


def test_a_distance_at_the_threshold_is_accepted() -> None:
    at = Calibration(1.0, 0.1, 0.0, "others", (0.0, 1.0), (1,), (1,))
    summary = split_tables(result(), at)["summary"]
    assert (summary["far"][0], summary["frr"][0]) == (1 / 4, 1 / 2)


def test_without_held_out_identities_there_is_no_threshold() -> None:
    assert not {"threshold", "far", "frr"} & set(split_tables(result(), None)["summary"].columns)


def test_cmc_is_stored_from_rank_1() -> None:
    table = split_tables(result(), None)["cmc"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["share"].tolist() == [0.5, 0.5, 1]


def test_histograms_hold_every_pair_once() -> None:
    table = split_tables(result(), None)["histograms"]
    assert (table["same"].sum(), table["different"].sum()) == (2, 4)
    inside = [sum(a <= d < b for d in DIFFERENT) for a, b in zip(table["left"], table["right"], strict=True)]
    assert table["different"].tolist() == inside


def test_a_long_roc_is_thinned_from_end_to_end() -> None:
    rng = np.random.default_rng(0)
    many = SplitResult(result().ranking, 3, rng.random(400), rng.random(400) + 0.5, result().nearest)
    table = split_tables(many, None)["roc"]
    assert len(table) == 200
    assert (table["far"].iloc[0], table["far"].iloc[-1]) == (0, 1)
    assert (table["frr"].iloc[0], table["frr"].iloc[-1]) == (1, 0)
    assert table["threshold"].is_monotonic_increasing


def test_mean_cmc_over_splits(tmp_path: Path) -> None:
    curve = pd.DataFrame({"split": [0, 0, 1, 1], "rank": [1, 2, 1, 2], "share": [0.2, 1.0, 0.6, 1.0]})
    run = read_run(write_run(tmp_path / "one", info(), tables() | {"cmc": curve}, {}))
    mean = run.mean_cmc()
    assert list(mean.columns) == ["rank", "mean", "sd"]
    assert mean.to_numpy().tolist() == [pytest.approx([1, 0.4, 0.2]), pytest.approx([2, 1, 0])]


def test_mean_cmc_of_one_split_has_no_spread(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "one", info(splits=(0,)), tables(splits=(0,)), {}))
    assert run.mean_cmc()["sd"].tolist() == [0, 0, 0]


def rewritten(folder: Path, **changes: object) -> None:
    values = json.loads((folder / "run.json").read_text()) | changes
    (folder / "run.json").write_text(json.dumps({name: value for name, value in values.items() if value is not None}))


@pytest.mark.parametrize("name", ["run.json", *(f"{table}.csv" for table in RUN_COLUMNS)])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = written(tmp_path / "one")
    (folder / name).unlink()
    with pytest.raises(RunError, match=rf"one must hold a complete run, {name} is missing"):
        read_run(folder)


@pytest.mark.parametrize("name", ["run.json", *(f"{table}.csv" for table in RUN_COLUMNS)])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00\xfe", b'a,b\n"1', b"[1]", b"3"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    folder = written(tmp_path / "one")
    (folder / name).write_bytes(content)
    with pytest.raises(RunError, match=r"one must hold a run") as caught:
        read_run(folder)
    assert "\n" not in str(caught.value)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "one")
    rewritten(folder, schema=99)
    with pytest.raises(RunError, match="one must be of schema 1 or older, it is 99; update to read it"):
        read_run(folder)


@pytest.mark.parametrize(
    "changes", [{"schema": None}, {"schema": "1"}, {"splits": None}, {"splits": 3}, {"head": None}, {"unknown": 1}]
)
def test_other_values_are_no_run(tmp_path: Path, changes: dict[str, object]) -> None:
    folder = written(tmp_path / "one")
    rewritten(folder, **changes)
    with pytest.raises(RunError, match="one must hold a run, "):
        read_run(folder)


def test_a_file_or_nothing_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("file", "absent"):
        with pytest.raises(RunError, match=f"{name} must hold a complete run, run.json is missing"):
            read_run(tmp_path / name)


@pytest.mark.parametrize("installed", [True, False])
def test_versions_are_told_of_the_package_itself_too_and_of_what_is_not_installed(
    installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not installed is also the package that is run from its folder."""

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    if not installed:
        monkeypatch.setattr("reid_core.runs.write.version", missing)
    told, own = package_versions(), tomllib.loads(Path("pyproject.toml").read_text())["project"]
    assert told["reid_core"] == own["version"]
    assert told["trackers"] == (version("trackers") if installed else "not installed")

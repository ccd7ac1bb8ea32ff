from dataclasses import replace
from pathlib import Path

import pytest

from reid_core.data import Dataset, load, prepare
from reid_core.data.synthetic import write_dataset
from reid_core.training import Cost, Experiment, cost

SMALL = Experiment(
    recipe="small", head="bptt", options={"hidden": 6}, epochs=10, clip_length=3, split=(0, 1), calibration_share=0.0
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Four people, three frames a tracklet."""
    root = tmp_path_factory.mktemp("people")
    write_dataset(root, 4, 1, 3, 3)
    return load("synthetic", root)


@pytest.fixture(scope="module")
def found(dataset: Dataset) -> Cost:
    return cost(SMALL, dataset)


def test_frames_and_persons_are_counted(found: Cost) -> None:
    """Two persons a split: an epoch of the encoder sees 2 x 4 single frames, one of the head 2 x clips x 3."""
    encoder, head = SMALL.schedule
    assert (found.persons, found.tested, found.frames) == (2, 2, 24)
    assert found.seen == 2 * 10 * (2 * encoder.clips + 2 * head.clips * 3)


def test_time_memory_and_disk_are_of_all_splits(found: Cost, dataset: Dataset) -> None:
    one = cost(replace(SMALL, split=(0,)), dataset)
    assert one.seen == found.seen / 2
    kept = 24 * 64 * 48 * 3
    assert one.disk - kept == (found.disk - kept) / 2 > 0
    assert min(found.prepare_s, found.train_s, found.test_s) > 0 and found.memory > 100e6
    assert len(found.lines) == 3 and "24 frames" in found.lines[0]


def test_the_paper_s_pairs_are_two_steps_a_person(dataset: Dataset) -> None:
    asked = replace(SMALL, preset="paper", epochs=2, clip_length=3, split=(0,))
    assert cost(asked, dataset).seen == 2 * (2 * 2 * 2 * 3)


def test_a_split_that_there_is_not_is_refused(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="split must be below 10"):
        cost(replace(SMALL, split=(10,)), dataset)


def test_only_those_are_split_of_whom_something_can_be_read(tmp_path: Path) -> None:
    """Of six people one has no frame before camera 2: as many are counted as training would split, prepared or not."""
    write_dataset(tmp_path, 6, 1, 3, 3)
    for image in (tmp_path / "i-LIDS-VID" / "sequences" / "cam2" / "person006").iterdir():
        image.write_bytes(b"")
    people, asked = load("synthetic", tmp_path), replace(SMALL, split=(0,))
    found = cost(asked, people)
    assert found.persons + found.tested == 5 and found.frames == 2 * 5 * 3
    prepare(people, asked.network.input)
    again = cost(asked, people)
    assert (again.persons, again.tested, again.frames, again.prepare_s) == (found.persons, found.tested, 30, 0)


def test_where_nothing_can_be_read_there_is_no_cost(tmp_path: Path) -> None:
    write_dataset(tmp_path, 4, 1, 3, 3)
    for image in tmp_path.rglob("*.png"):
        image.write_bytes(b"")
    with pytest.raises(ValueError, match="has no frame that can be read"):
        cost(SMALL, load("synthetic", tmp_path))


def test_what_is_prepared_costs_nothing_more(dataset: Dataset) -> None:
    prepare(dataset, SMALL.network.input)
    again = cost(replace(SMALL, split=(0,)), dataset)
    assert again.prepare_s == 0 and "to prepare" not in again.lines[1]


def test_a_trial_trains_nothing(dataset: Dataset, found: Cost, tmp_path: Path) -> None:
    from reid_core.__main__ import main

    words = ["--recipe", "small", "--head", "mean", "--epochs", "1", "--trial"]
    out = tmp_path / "run"
    assert main(["train", "--data", str(dataset.root.parent), "--dataset", "synthetic", "--out", str(out), *words]) == 0
    assert list(tmp_path.iterdir()) == []

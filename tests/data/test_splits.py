import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from reid_core.data import Split, half_splits, hold_out, read_splits, write_splits
from reid_core.data.splits import official_splits


def test_every_split_halves_the_identities_and_each_differs() -> None:
    pids = range(5, 45)
    splits = half_splits(pids, seed=3)
    assert len(splits) == 10
    for split in splits:
        assert len(split.train) == len(split.test) == 20
        assert sorted(split.train + split.test) == list(pids)
        assert split.train == tuple(sorted(split.train))
    assert len({split.train for split in splits}) == 10


def test_each_identity_is_tested_in_about_half_of_the_splits() -> None:
    tested = np.bincount([pid for split in half_splits(range(20), 0, 200) for pid in split.test], minlength=20)
    assert tested.min() > 65
    assert tested.max() < 135


def test_the_same_seed_gives_the_same_splits_whatever_the_order_of_the_pids() -> None:
    assert half_splits([3, 1, 2, 9], 7) == half_splits((9, 2, 1, 3, 3), 7)
    assert half_splits(range(20), 7) != half_splits(range(20), 8)


def test_an_odd_identity_is_tested() -> None:
    assert {(len(split.train), len(split.test)) for split in half_splits(range(7), 0)} == {(3, 4)}


def test_one_identity_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="pids must be two or more to be split, got 1"):
        half_splits([4, 4], 0)


def test_stored_splits_are_read_back_and_nothing_is_left_beside(tmp_path: Path) -> None:
    splits = half_splits(range(12), 1)
    write_splits(tmp_path / "splits.json", splits)
    assert read_splits(tmp_path / "splits.json") == splits
    assert [path.name for path in tmp_path.iterdir()] == ["splits.json"]


def test_threads_that_store_splits_together_do_not_disturb_each_other(tmp_path: Path) -> None:
    splits = half_splits(range(12), 1)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: write_splits(tmp_path / "splits.json", splits), range(300)))
    assert read_splits(tmp_path / "splits.json") == splits


@pytest.mark.parametrize(
    "content",
    [
        "not json",
        "[]",
        "{}",
        json.dumps({"version": 2, "splits": []}),
        json.dumps({"version": 1, "splits": [{"train": [1]}]}),
        json.dumps({"version": 1, "splits": [{"train": [1], "test": [1]}]}),
        json.dumps({"version": 1, "splits": [{"train": 1, "test": 2}]}),
    ],
)
def test_another_file_is_no_splits(tmp_path: Path, content: str) -> None:
    (tmp_path / "splits.json").write_text(content)
    with pytest.raises(ValueError, match=r"splits .*splits\.json must be a file of version 1"):
        read_splits(tmp_path / "splits.json")


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ((), (1,), "train must hold different pids, at least one"),
        ((1,), (), "test must hold different pids, at least one"),
        ((1, 1), (2,), "train must hold different pids"),
        ((1, 2, 3), (3, 2, 4), r"no pid in common, got \[2, 3\] in both"),
    ],
)
def test_a_split_has_two_parts_with_nobody_in_both(train: tuple[int, ...], test: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Split(train, test)


def test_official_splits_number_the_persons_in_order_and_test_the_first_half(tmp_path: Path) -> None:
    savemat(tmp_path / "splits.mat", {"ls_set": np.array([[4, 1, 3, 2], [1, 2, 4, 3]], np.uint16)})
    assert official_splits(tmp_path / "splits.mat", (30, 2, 11, 5)) == (
        Split(train=(5, 11), test=(2, 30)),
        Split(train=(11, 30), test=(2, 5)),
    )


def test_official_splits_about_other_persons_are_refused(tmp_path: Path) -> None:
    savemat(tmp_path / "splits.mat", {"ls_set": np.array([[4, 1, 3, 2]])})
    with pytest.raises(ValueError, match=r"must number the 3 persons found, got ls_set \(1, 4\)"):
        official_splits(tmp_path / "splits.mat", (1, 2, 3))
    savemat(tmp_path / "splits.mat", {"ls_set": np.array([[4, 1, 3, 3]])})
    with pytest.raises(ValueError, match="must number the 4 persons found"):
        official_splits(tmp_path / "splits.mat", (1, 2, 3, 4))


def test_a_file_without_splits_is_refused(tmp_path: Path) -> None:
    savemat(tmp_path / "other.mat", {"x": np.zeros(3)})
    (tmp_path / "text.mat").write_text("hello")
    (tmp_path / "empty.mat").write_bytes(b"")
    for name in ("other.mat", "text.mat", "empty.mat", "missing.mat"):
        with pytest.raises(ValueError, match="must be a MATLAB file with ls_set"):
            official_splits(tmp_path / name, (1, 2))


def test_held_out_identities_are_a_share_of_the_others_and_always_the_same() -> None:
    kept, held = hold_out(range(40), 0.2, seed=5)
    assert len(held) == 8
    assert sorted(kept + held) == list(range(40))
    assert (kept, held) == hold_out(reversed(range(40)), 0.2, seed=5)
    assert (kept, held) != hold_out(range(40), 0.2, seed=6)
    assert held == tuple(sorted(held))
    assert held != tuple(range(8))


def test_two_identities_at_least_stay_on_each_side() -> None:
    assert [len(part) for part in hold_out(range(10), 0.01, 0)] == [8, 2]
    assert [len(part) for part in hold_out(range(10), 0.99, 0)] == [2, 8]
    assert [len(part) for part in hold_out(range(4), 0.5, 0)] == [2, 2]


def test_a_share_out_of_range_and_too_few_identities_are_refused() -> None:
    for share in (0.0, 1.0, -1.0):
        with pytest.raises(ValueError, match="share must be above 0 and below 1"):
            hold_out(range(10), share, 0)
    with pytest.raises(ValueError, match="4 persons to train on are needed") as error:
        hold_out(range(3), 0.5, 0)
    assert "there are 3; --calibration-share 0 trains on all of them" in str(error.value)

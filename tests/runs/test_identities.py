"""Nobody is tested who was trained on, however the data is read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reid_core.data import Prepared, PreparedTracklet, Split, Splits
from reid_core.model import save_checkpoint
from reid_core.runs import RunError, check_unseen, identity_rows, pids_tested, read_run, tracklet_digest
from reid_core.runs import identities as module
from reid_core.runs.identities import data_seen, seen_by, with_start
from tests.run_folders import write
from tests.tiny import pictured_network, tiny_network, tracklet, tracklets

PEOPLE = tracklets(4)  # pids 1, 4, 7 and 10
PARTS = {"training": [1], "calibration": (4,), "test": {7, 10}}
DATA = Prepared("patches", "paper", "abc", tuple(PEOPLE))
HALVES = Splits("by hand", (Split((1, 4), (7, 10)), Split((7, 10), (1, 4))))


def weights_that_kept(tmp_path: Path, splits: dict[int, dict], people: Sequence[PreparedTracklet] = PEOPLE) -> Path:
    """Of split 0 in a run folder that tells whom it was trained on."""
    folder = write(tmp_path, "one")
    identity_rows(people, splits).to_csv(folder / "identities.csv", index=False)
    return folder / "split_0.safetensors"


def with_card(path: Path, **card: object) -> Path:
    save_checkpoint(path, tiny_network("mean"), card)
    return path


def test_a_tracklet_is_known_by_its_pictures_and_not_by_its_names() -> None:
    one = PEOPLE[0]
    assert tracklet_digest(replace(one, pid=99, camera=7, name="other")) == tracklet_digest(one)
    assert len({tracklet_digest(some) for some in PEOPLE}) == len(PEOPLE)
    assert tracklet_digest(replace(one, colour=one.colour[:-1])) != tracklet_digest(one)
    changed = one.colour.copy()
    changed[-1, 0, 0, 0] ^= 1
    assert tracklet_digest(replace(one, colour=changed)) != tracklet_digest(one)


def test_a_tracklet_of_one_frame_is_known_too() -> None:
    assert len(tracklet_digest(tracklet(1, 1, 1))) == 16


def test_there_is_a_row_for_each_tracklet_part_and_split() -> None:
    rows = identity_rows(PEOPLE, {3: PARTS, 5: {"test": (1,)}})
    assert list(rows.columns) == ["split", "part", "pid", "tracklet", "digest"]
    first, second = (rows[rows["split"] == split] for split in (3, 5))
    assert first.groupby("part")["pid"].agg(set).to_dict() == {"training": {1}, "calibration": {4}, "test": {7, 10}}
    assert len(first) == len(PEOPLE)
    assert second[["part", "pid"]].to_numpy().tolist() == [["test", 1], ["test", 1]]
    by_name = {one.name: tracklet_digest(one) for one in PEOPLE}
    assert dict(zip(first["tracklet"], first["digest"], strict=True)) == by_name


def test_pictures_are_looked_at_once_however_many_splits_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(module, "tracklet_digest", lambda tracklet: looked.append(tracklet.name) or tracklet.name)
    identity_rows(PEOPLE, {split: {"training": [1, 4], "test": [7]} for split in range(10)})
    assert sorted(looked) == sorted(one.name for one in PEOPLE if one.pid != 10)


def test_who_was_tested_is_told_by_split(tmp_path: Path) -> None:
    run = read_run(weights_that_kept(tmp_path, {0: PARTS, 1: {"training": [7], "test": [1]}}).parent)
    assert pids_tested(run, HALVES) == {0: (7, 10), 1: (1,)}


def test_early_runs_tested_the_test_halves(tmp_path: Path) -> None:
    run = read_run(write(tmp_path, "one"))
    assert run.identities().empty
    assert pids_tested(run, HALVES) == {0: (7, 10), 1: (1, 4)}


@pytest.mark.parametrize("pid", [1, 4])
def test_somebody_trained_or_calibrated_on_is_found_under_another_name(tmp_path: Path, pid: int) -> None:
    first = weights_that_kept(tmp_path, {0: PARTS, 1: {"training": [10]}})
    renamed = [replace(one, pid=50 + one.pid, name=f"x/{one.pid}") for one in PEOPLE]
    check_unseen(first, identity_rows(renamed, {0: {"test": [57, 60]}}), DATA)
    check_unseen(first.with_stem("split_1"), identity_rows(renamed, {0: {"test": [51, 54]}}), DATA)
    said = rf"split_0.safetensors must be tested on people .* trained .* on 2 of the 4 tracklets \(x/{pid}, \.\.\.\)"
    with pytest.raises(ValueError, match=said):
        check_unseen(first, identity_rows(renamed, {0: {"test": [50 + pid, 57]}}), DATA)


def test_whom_the_weights_of_the_weights_saw_is_seen_too(tmp_path: Path) -> None:
    first = weights_that_kept(tmp_path, {0: {"init": [7], "training": [1]}})
    check_unseen(first, identity_rows(PEOPLE, {0: {"test": [10]}}), DATA)
    with pytest.raises(ValueError, match="on 2 of the 4 tracklets"):
        check_unseen(first, identity_rows(PEOPLE, {0: {"test": [7, 10]}}), DATA)


def test_a_training_is_told_apart_from_what_its_first_weights_saw(tmp_path: Path) -> None:
    init = str(with_card(weights_that_kept(tmp_path, {0: PARTS, 1: {"training": [10]}})))
    rows = identity_rows(PEOPLE, {3: {"training": [1, 10], "test": [4]}, 5: {"training": [1], "test": [7]}})
    table = with_start(rows, init, DATA)
    began = table[table["part"] == "init"]
    assert began[["split", "pid"]].drop_duplicates().to_numpy().tolist() == [[3, 1], [5, 1]]
    assert table[table["part"] != "init"].equals(rows)
    assert with_start(rows, None, DATA).equals(rows)


@pytest.mark.parametrize("part", ["test", "calibration"])
def test_a_training_does_not_begin_with_weights_that_saw_whom_it_tests(tmp_path: Path, part: str) -> None:
    init = str(with_card(weights_that_kept(tmp_path, {0: PARTS})))
    with pytest.raises(ValueError, match="must be tested on people whom it has not seen"):
        with_start(identity_rows(PEOPLE, {0: {"training": [7], part: [1]}}), init, DATA)


def test_what_weights_saw_is_told_through_those_that_they_began_with(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    assert data_seen(None) == ""
    assert data_seen(str(with_card(path))) == "not known"
    assert data_seen(str(with_card(path, trained_on="streets", persons=9))) == "streets, 9 persons"
    began = with_card(path, trained_on="streets", persons=9, init="first", init_saw="parks, 5 persons")
    assert data_seen(str(began)) == "streets, 9 persons; before that parks, 5 persons"
    early = with_card(path, trained_on="streets", persons=9, init="first")
    assert data_seen(str(early)) == "streets, 9 persons; before that not known"


def test_data_seen_names_the_pictures_that_a_trunk_was_trained_on(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a.safetensors", pictured_network(), {"trained_on": "streets", "persons": 9})
    assert data_seen(str(tmp_path / "a.safetensors")) == "streets, 9 persons; before that ImageNet"


def test_weights_that_were_copied_out_of_their_run_do_not_tell(tmp_path: Path) -> None:
    lonely = with_card(tmp_path / "split_0.safetensors", persons=2, data_fingerprint="other")
    assert seen_by(lonely).empty
    check_unseen(lonely, identity_rows(PEOPLE, {0: {"test": [1, 4, 7]}}), DATA)


def test_by_the_card_alone_more_persons_than_there_are_cannot_be_unseen(tmp_path: Path) -> None:
    lonely = with_card(tmp_path / "lonely.safetensors", persons=2, data_fingerprint="abc")
    check_unseen(lonely, identity_rows(PEOPLE, {0: {"test": [1, 4]}}), DATA)
    said = "it was trained on 2 of the 4 persons of this data, so on some of the 3 to be tested"
    with pytest.raises(ValueError, match=said):
        check_unseen(lonely, identity_rows(PEOPLE, {0: {"test": [1, 4, 7]}}), DATA)


def test_a_damaged_table_is_a_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path, "one")
    (folder / "identities.csv").write_text("split,part\n0,training\n")
    with pytest.raises(RunError, match=r"identities\.csv has no column pid, tracklet, digest"):
        read_run(folder).identities()


def test_digests_do_not_depend_on_how_the_pictures_lie_in_memory() -> None:
    one = PEOPLE[0]
    assert tracklet_digest(replace(one, colour=np.asfortranarray(one.colour))) == tracklet_digest(one)

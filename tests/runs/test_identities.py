"""Nobody is tested who was trained on, however the data is read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reid_core.runs import Run, RunError, check_unseen, identity_rows, pids_tested, read_run, tracklet_digest
from tests.run_folders import write
from tests.tiny import tracklet, tracklets

PEOPLE = tracklets(4)  # pids 1, 4, 7 and 10
PARTS = {"training": [1], "calibration": (4,), "test": {7, 10}}


def run_that_kept(tmp_path: Path, *splits: pd.DataFrame) -> Run:
    folder = write(tmp_path, "one")
    pd.concat([rows.assign(split=number) for number, rows in enumerate(splits)]).to_csv(folder / "identities.csv")
    return read_run(folder)


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


def test_there_is_a_row_for_each_tracklet_and_part() -> None:
    rows = identity_rows(PEOPLE, PARTS)
    assert list(rows.columns) == ["part", "pid", "tracklet", "digest"]
    assert rows.groupby("part")["pid"].agg(set).to_dict() == {"training": {1}, "calibration": {4}, "test": {7, 10}}
    assert len(rows) == len(PEOPLE)
    by_name = {one.name: tracklet_digest(one) for one in PEOPLE}
    assert dict(zip(rows["tracklet"], rows["digest"], strict=True)) == by_name


def test_who_was_tested_is_told_by_split(tmp_path: Path) -> None:
    run = run_that_kept(tmp_path, identity_rows(PEOPLE, PARTS), identity_rows(PEOPLE, {"training": [7], "test": [1]}))
    assert pids_tested(run) == {0: (7, 10), 1: (1,)}


def test_early_runs_do_not_tell(tmp_path: Path) -> None:
    run = read_run(write(tmp_path, "one"))
    assert pids_tested(run) == {}
    check_unseen(run, 0, identity_rows(PEOPLE, {"test": [1]}))


@pytest.mark.parametrize("pid", [1, 4])
def test_somebody_trained_or_calibrated_on_is_found_under_another_name(tmp_path: Path, pid: int) -> None:
    run = run_that_kept(tmp_path, identity_rows(PEOPLE, PARTS), identity_rows(PEOPLE, {"training": [10]}))
    renamed = [replace(one, pid=50 + one.pid, name=f"x/{one.pid}") for one in PEOPLE]
    check_unseen(run, 0, identity_rows(renamed, {"test": [57, 60]}))
    check_unseen(run, 1, identity_rows(renamed, {"test": [51, 54]}))
    message = rf"run one must be tested on people .* split 0 was .* 2 of the 4 tracklets \(x/{pid}, \.\.\.\)"
    with pytest.raises(ValueError, match=message):
        check_unseen(run, 0, identity_rows(renamed, {"test": [50 + pid, 57]}))


def test_a_damaged_table_is_a_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path, "one")
    (folder / "identities.csv").write_text("split,part\n0,training\n")
    with pytest.raises(RunError, match=r"identities\.csv has no column pid, tracklet, digest"):
        read_run(folder).identities()


def test_digests_do_not_depend_on_how_the_pictures_lie_in_memory() -> None:
    one = PEOPLE[0]
    assert tracklet_digest(replace(one, colour=np.asfortranarray(one.colour))) == tracklet_digest(one)

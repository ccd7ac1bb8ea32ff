"""Files and folders are complete or absent."""

import os
from pathlib import Path

import pytest

from reid_core.files import alone, check_file, check_place, written


def test_a_file_takes_its_name_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.csv"
    with written(path) as place:
        place.write_text("half")
        assert not path.exists() and place.parent == path.parent
        place.write_text("whole")
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("folder", [True, False])
def test_what_fails_leaves_what_was_there_before(tmp_path: Path, folder: bool) -> None:
    path = tmp_path / "result"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), written(path) as place:
        place.mkdir() if folder else place.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_two_who_write_at_the_same_time_do_not_meet(tmp_path: Path) -> None:
    with written(tmp_path / "one") as first, written(tmp_path / "one") as second:
        first.write_text("first")
        second.write_text("second")
    assert (tmp_path / "one").read_text() == "first"


def test_what_a_killed_process_left_is_removed_by_the_next_who_writes_there_and_no_other(tmp_path: Path) -> None:
    for name in (".run[1].ab12.part", ".run[1].cd34.part", ".run1.ab12.part", ".other.ab12.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.csv").touch()
    (tmp_path / ".run[1].ef56.part").write_text("half")
    with alone(tmp_path / "run[1]"):
        assert sorted(path.name for path in tmp_path.glob(".*")) == [".other.ab12.part", ".run1.ab12.part"]


def test_a_place_that_can_be_written_is_accepted_though_its_folder_is_not_there_yet(tmp_path: Path) -> None:
    check_place(tmp_path / "new" / "newer" / "run")
    check_file(tmp_path / "new" / "table.csv")
    assert not list(tmp_path.iterdir())


def test_below_a_file_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for check in (check_place, check_file):
        with pytest.raises(ValueError, match=r"out must be in a folder, .*file is a file"):
            check(tmp_path / "file" / "new" / "run")


@pytest.mark.parametrize("name", ["run", "."])
def test_a_folder_that_is_closed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    with pytest.raises(ValueError, match="out must be where files may be written, they may not in"):
        check_place(tmp_path / name)


def test_the_root_of_the_disk_is_a_place_and_a_file_that_is_there_may_be_written_anew(tmp_path: Path) -> None:
    root = Path(tmp_path.anchor)
    if os.access(root, os.W_OK):
        check_place(root)
    else:
        with pytest.raises(ValueError, match="they may not in"):
            check_place(root)
    (tmp_path / "table.csv").touch()
    check_file(tmp_path / "table.csv")


def test_a_file_cannot_be_written_over_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"out must be a file, .* is a folder"):
        check_file(tmp_path)

"""Files and folders are complete or absent."""

from pathlib import Path

import pytest

from reid_core.files import written


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

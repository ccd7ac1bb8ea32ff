"""Red is tracklets 1 and 3, cyan 2 and 5, blue 4 of ``test_identities``."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from reid_core.search import Decision, Index, identities, merge, rename, split
from tests.search.street import Walk, checkpoint, indexed, street


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    north = street(folder / "north.mkv", [Walk(0, 0, 20), Walk(5, 10, 30, 20)], 32)
    south = street(folder / "south.mkv", [Walk(0, 0, 15), Walk(2, 25, 40), Walk(5, 50, 65)], 67)
    return Path(indexed(folder / "index", (north, "north"), (south, "south")).place)


@pytest.fixture
def index(made: Path, tmp_path: Path) -> Index:
    return Index(str(shutil.copytree(made, tmp_path / "index")))


def found(index: Index) -> pd.DataFrame:
    return identities(index, checkpoint(), 0.001)


def groups(index: Index) -> list[list[int]]:
    return [sorted(own.tracklet.tolist()) for _, own in found(index).groupby("identity")]


def test_a_tracklet_that_is_split_off_is_alone_and_may_be_put_back(index: Index) -> None:
    assert groups(index) == [[1, 3], [2, 5], [4]]
    split(index, found(index), 3)
    assert groups(index) == [[1], [2, 5], [3], [4]]
    merge(index, found(index), 1, 3)
    assert groups(index) == [[1, 3], [2, 5], [4]]


def test_two_people_who_are_merged_are_one_with_all_their_tracklets(index: Index) -> None:
    merge(index, found(index), 3, 4)
    assert groups(index) == [[1, 3, 4], [2, 5]]
    split(index, found(index), 1)
    assert groups(index) == [[1], [2, 5], [3, 4]]


def test_whom_a_tracklet_joined_stay_together_when_it_is_split_off(index: Index) -> None:
    merge(index, found(index), 3, 4)
    split(index, found(index), 3)
    assert groups(index) == [[1, 4], [2, 5], [3]]


def test_what_was_said_to_be_two_is_one_when_their_people_are_merged(index: Index) -> None:
    index.decide(Decision("different", 3, 4))
    merge(index, found(index), 1, 4)
    assert groups(index) == [[1, 3, 4], [2, 5]]


def test_a_person_has_the_name_that_was_given_last_to_any_tracklet(index: Index) -> None:
    rename(index, found(index), 3, "Ann")
    rename(index, found(index), 1, "Eve")
    assert found(index).name.tolist() == ["Eve", "", "Eve", "", ""]
    rename(index, found(index), 3, "")
    assert index.decisions() == ()


def test_what_cannot_be_is_told(index: Index) -> None:
    with pytest.raises(ValueError, match="tracklets 1 and 3 must be of two people to be put together"):
        merge(index, found(index), 1, 3)
    with pytest.raises(ValueError, match="tracklet 4 must be put together with others to be split from them"):
        split(index, found(index), 4)
    with pytest.raises(ValueError, match="tracklet must be one of 5 of the index, got 9"):
        rename(index, found(index), 9, "Ann")

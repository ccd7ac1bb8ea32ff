import shutil
from pathlib import Path

import pandas as pd
import pytest

from reid_core.commands.calibrate import Calibrate
from reid_core.evaluation import read_calibration
from reid_core.search import Decision, Index, decided_pairs, identities, together
from reid_core.search.identities import between_all
from tests.search.street import Walk, checkpoint, indexed, saved_checkpoint, street


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """North: red and cyan at one time; south: red, then blue, then cyan."""
    folder = tmp_path_factory.mktemp("made")
    north = street(folder / "north.mkv", [Walk(0, 0, 30), Walk(5, 10, 40, 20)], 50)
    south = street(folder / "south.mkv", [Walk(0, 0, 20), Walk(2, 40, 60), Walk(5, 80, 100)], 110)
    return Path(indexed(folder / "index", (north, "north"), (south, "south")).place)


@pytest.fixture
def index(made: Path, tmp_path: Path) -> Index:
    return Index(str(shutil.copytree(made, tmp_path / "index")))


def groups(index: Index, false_alarms: float = 0.01) -> set[frozenset[int]]:
    found = identities(index, checkpoint(), false_alarms)
    return {frozenset(own.tracklet) for _, own in found.groupby("identity")}


RED, CYAN, BLUE = frozenset({1, 3}), frozenset({2, 5}), frozenset({4})


def test_tracklets_of_one_colour_are_one_person(index: Index) -> None:
    assert groups(index, 0.001) == {RED, CYAN, BLUE}
    assert identities(index, checkpoint(), 0.001).identity.tolist() == [1, 2, 1, 4, 2]


def test_who_is_seen_at_one_time_is_never_one_person_however_much_is_allowed(index: Index) -> None:
    distances, limit = between_all(index, checkpoint(), index.table(), 0.99)
    assert distances[0, 1] < limit
    assert groups(index, 0.99) == {RED, CYAN, BLUE}


def test_who_may_be_several_people_is_put_together_with_none_unless_a_user_says_so(index: Index) -> None:
    index.tracklets.update(where="tracklet = 2", values={"jumps_s": [4.0]})
    assert groups(index, 0.001) == {RED, BLUE, frozenset({2}), frozenset({5})}
    index.decide(Decision("same", 2, 4))
    assert groups(index, 0.001) == {RED, frozenset({2, 4}), frozenset({5})}


def test_what_a_user_says_is_so(index: Index) -> None:
    index.decide(Decision("same", 1, 4), Decision("different", 2, 5), Decision("name", 4, name="Ann"))
    found = identities(index, checkpoint(), 0.001).set_index("tracklet")
    assert found.identity[1] == found.identity[4] and found.identity[2] != found.identity[5]
    assert found.name[[1, 4]].tolist() == ["Ann"] * 2 and found.name[5] == ""


def test_what_a_user_says_can_be_taken_back_or_said_anew(index: Index) -> None:
    index.decide(Decision("different", 1, 3))
    assert frozenset({1, 3}) not in groups(index, 0.001)
    index.decide(Decision("same", 3, 1))
    assert index.decisions() == (Decision("same", 3, 1),)
    index.undecide(1, 3)
    assert index.decisions() == () and groups(index, 0.001) == {RED, CYAN, BLUE}


def test_decisions_that_contradict_each_other_are_told(index: Index) -> None:
    index.decide(Decision("same", 1, 3), Decision("same", 3, 4), Decision("different", 4, 1))
    with pytest.raises(ValueError, match="tracklets 4 and 1 must be one person or two"):
        identities(index, checkpoint())


def test_decisions_make_pairs_those_too_that_follow_from_several(index: Index) -> None:
    index.decide(Decision("same", 1, 3), Decision("same", 3, 4), Decision("different", 4, 5))
    assert decided_pairs(index) == [
        (1, 3, True),
        (1, 4, True),
        (3, 4, True),
        (1, 5, False),
        (3, 5, False),
        (4, 5, False),
    ]


def test_a_decision_on_what_is_not_there_is_refused(index: Index) -> None:
    with pytest.raises(ValueError, match="has no tracklet 9"):
        index.decide(Decision("same", 1, 9))
    with pytest.raises(ValueError, match="must be on two tracklets, got 3 twice"):
        Decision("same", 3, 3)


def test_of_a_removed_video_no_decision_is_left(index: Index) -> None:
    index.decide(Decision("same", 1, 3), Decision("name", 2, name="Bo"), Decision("name", 4, name="Cy"))
    index.remove(index.videos()[1].digest)
    assert index.decisions() == (Decision("name", 2, name="Bo"),)


def test_only_tracklets_of_one_video_are_together() -> None:
    table = pd.DataFrame({"digest": ["a", "b", "a", "a"], "start_s": [0, 0, 1, 5], "end_s": [2, 9, 3, 6]})
    assert together(table) == [(0, 2)]


def test_an_index_of_nobody_has_no_people(tmp_path: Path) -> None:
    empty = street(tmp_path / "empty.mkv", [], 20)
    assert identities(indexed(tmp_path / "index", (empty, "x")), checkpoint()).empty


def test_decided_pairs_calibrate_the_checkpoint(index: Index, tmp_path: Path) -> None:
    weights, out = saved_checkpoint(tmp_path / "tiny.safetensors"), tmp_path / "own.json"
    index.decide(
        Decision("same", 1, 3), Decision("same", 2, 5), Decision("different", 1, 4), Decision("different", 2, 4)
    )
    Calibrate(index=index.place, checkpoint=str(weights), out=out).run()
    own = read_calibration(out, "own.json")
    assert (own.same, own.different) == (2, 4)
    with pytest.raises(ValueError, match="4 decided pairs or more"):
        index.undecide(1, 4)
        index.undecide(2, 4)
        Calibrate(index=index.place, checkpoint=str(weights), out=out).run()

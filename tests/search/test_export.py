import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reid_core.search import Index, as_csv, as_json, as_motchallenge, who_was_where
from reid_core.search.build import strip
from tests.search.street import Walk, indexed, street


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("made")
    north = street(folder / "north.mkv", [Walk(0, 0, 30), Walk(1, 10, 40, 20)], 50)
    return indexed(folder / "index", (north, "north"), (street(folder / "s.mkv", [Walk(0, 5, 25)], 40), "south"))


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame({"tracklet": [1, 2, 3], "identity": [1, 2, 1], "name": ["Änn", "", "Änn"]})


def test_a_table_tells_who_was_where_when_by_person(index: Index, people: pd.DataFrame) -> None:
    rows = pd.read_csv(io.StringIO(as_csv(who_was_where(index, people))))
    assert rows.tracklet.tolist() == [1, 3, 2]
    assert rows.iloc[1].tolist()[:-1] == [1, "Änn", 3, "south", "s.mkv", 1.0, 4.8]
    assert rows.doubts.isna().all()


def test_json_has_a_person_with_all_that_was_seen_of_him(index: Index, people: pd.DataFrame) -> None:
    told = json.loads(as_json(who_was_where(index, people)))
    assert [(one["identity"], one["name"], len(one["seen"])) for one in told] == [(1, "Änn", 2), (2, "", 1)]
    assert told[0]["seen"][1] == {
        "tracklet": 3,
        "camera": "south",
        "video": "s.mkv",
        "start_s": 1.0,
        "end_s": 4.8,
        "doubts": "",
    }


def test_whose_a_tracklet_is_is_too_close_to_call_where_it_is_doubted(
    index: Index, people: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    strips = {one.tracklet: one for one in index.some([1, 2, 3])}
    grey = replace(strips[2], strip=strip(np.full((6, 128, 64, 3), 90, np.uint8)))
    several = replace(strips[3], jumps_s=np.array([3.0]))
    monkeypatch.setattr(
        Index, "some", lambda _, numbers: [{**strips, 2: grey, 3: several}[number] for number in numbers]
    )
    rows = who_was_where(index, people).set_index("tracklet")
    assert rows.doubts[2] == "north.mkv at 0:02 shows the person without colour, as at night"
    assert rows.doubts[1] == ""
    assert rows.doubts[3] == "the looks change at 0:03, it may be several people"


def test_motchallenge_has_a_line_for_each_person_in_each_frame(index: Index, people: pd.DataFrame) -> None:
    digest = index.tracklet(1).digest
    text = as_motchallenge(index, people, digest, frames_per_second=10)
    table = np.loadtxt(io.StringIO(text), delimiter=",")
    assert table.shape == (59 + 59, 10)
    assert table[0].tolist()[:2] == [1, 1] and table[-1].tolist()[:2] == [79, 2]
    np.testing.assert_allclose(table[1, 2:6], (5 + 1.5, 30, 24, 60), atol=1)  # between two looks, 0.1 s on
    assert (table[:, 6:] == (1, -1, -1, -1)).all()

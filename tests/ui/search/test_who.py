"""The people of an index as letters and files."""

import io
import zipfile

import pandas as pd

from reid_core.search import open_index
from ui.search.indexes import BUNDLED
from ui.search.who import counted, letters, motchallenge

FOUND = pd.DataFrame({"tracklet": [1, 2, 3, 4], "identity": [1, 2, 2, 4], "name": ["", "Ada", "Ada", ""]})


def test_people_are_counted_as_they_come_and_called_by_name_or_letter():
    assert counted(FOUND) == {1: 0, 2: 1, 3: 1, 4: 2}
    assert letters(FOUND) == {1: "A", 2: "Ada", 3: "Ada", 4: "C"}


def test_the_boxes_of_each_video_are_a_file_of_the_zip():
    index = open_index(BUNDLED)
    numbers = index.table()["tracklet"]
    alone = pd.DataFrame({"tracklet": numbers, "identity": numbers, "name": ""})
    with zipfile.ZipFile(io.BytesIO(motchallenge(index, alone))) as archive:
        names = archive.namelist()
        assert [name[:8] for name in names] == ["001-gate", "002-squa"]
        lines = [line.split(",") for name in names for line in archive.read(name).decode().splitlines()]
    assert {int(line[1]) for line in lines} == set(numbers)
    assert all(len(line) == 10 for line in lines)

"""What the paper prints is shown beside what was tested in the same way only."""

import pytest

from reid_core.runs import Task, published_for
from reid_core.runs.published import PUBLISHED


def test_rates_are_those_of_the_papers_tables_as_shares():
    ilids, prid = (published_for(task).set_index("run") for task in PUBLISHED)
    assert ilids.loc["UTRCNN (published)"].tolist() == pytest.approx([0.627, 0.86, 0.936, 0.98, 0.0037])
    assert ilids.loc["BRCNN (published)"].tolist()[:4] == pytest.approx([0.553, 0.85, 0.917, 0.951])
    assert prid.loc["TAPR (published)"].tolist()[:4] == pytest.approx([0.686, 0.946, 0.973, 0.989])
    assert prid["rank_1"].idxmax() == "TSC (published)"


def test_every_row_says_that_it_is_published_and_never_falls_with_the_rank():
    for task in PUBLISHED:
        table = published_for(task)
        assert len(table) == 6 and table["run"].str.endswith("(published)").all()
        assert (table[["rank_1", "rank_5", "rank_10", "rank_20"]].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


@pytest.mark.parametrize(
    "task",
    [
        Task("ilids-vid", "paper", 300),
        Task("ilids-vid", "synthetic", 150),
        Task("prid2011", "common", 89),
        Task("prid2011", "paper", 150),
        Task("synthetic people", "paper", 150),
    ],
)
def test_another_data_set_protocol_or_gallery_has_nothing_published(task):
    assert published_for(task).empty

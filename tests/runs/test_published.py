"""What others print is shown beside what was tested in the same way only."""

import pytest

from reid_core.runs import Task, published_for
from reid_core.runs.published import PUBLISHED

PAPER = (Task("ilids-vid", "paper", 150), Task("prid2011", "paper", 100))


def test_rates_are_those_of_the_papers_tables_as_shares():
    ilids, prid = (published_for(task).set_index("run") for task in PAPER)
    assert ilids.loc["UTRCNN (published)"].tolist()[:5] == pytest.approx([0.627, 0.86, 0.936, 0.98, 0.0037])
    assert ilids.loc["BRCNN (published)"].tolist()[:4] == pytest.approx([0.553, 0.85, 0.917, 0.951])
    assert prid.loc["TAPR (published)"].tolist()[:4] == pytest.approx([0.686, 0.946, 0.973, 0.989])
    assert prid["rank_1"].idxmax() == "TSC (published)"


def test_every_row_says_that_it_is_published_and_where_and_never_falls_with_the_rank():
    for task in PUBLISHED:
        table = published_for(task)
        assert table["run"].is_unique and table["run"].str.endswith("(published)").all()
        assert table["source"].str.len().min() > 10
        rates = table[["rank_1", "rank_5", "rank_10", "rank_20"]]
        assert rates["rank_1"].between(0.5, 1).all()
        assert not (rates.diff(axis=1).iloc[:, 1:] < 0).any(axis=None)


def test_what_the_two_protocols_of_mars_print_never_stands_together():
    stay, out = (
        published_for(Task("mars", protocol, size)) for protocol, size in (("official", 11310), ("probes-out", 9330))
    )
    assert {"SINet (published)", "TF-CLIP (published)"} < set(stay["run"])
    assert "KeyRe-ID (published)" in set(out["run"]) and not set(stay["run"]) & set(out["run"])
    sinet = stay.set_index("run").loc["SINet (published)"]
    assert (sinet["rank_1"], sinet["mean_average_precision"], sinet["year"]) == pytest.approx((0.91, 0.862, 2022))
    assert sinet[["rank_5", "rank_10", "rank_20", "rank_1_sd"]].isna().all()


@pytest.mark.parametrize(
    "task",
    [
        Task("ilids-vid", "paper", 300),
        Task("ilids-vid", "synthetic", 150),
        Task("prid2011", "common", 89),
        Task("prid2011", "paper", 150),
        Task("synthetic people", "paper", 150),
        Task("mars", "official", 9330),
        Task("mars", "probes-out", 11310),
        Task("mars", "cameras", 9330),
    ],
)
def test_another_data_set_protocol_or_gallery_has_nothing_published(task):
    assert published_for(task).empty

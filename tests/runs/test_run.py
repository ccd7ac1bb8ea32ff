"""What is read out of a run's tables: curves over splits, error rates, probes and their ranks, strips."""

import dataclasses
import gzip

import numpy as np
import pandas as pd
import pytest

from reid_core.runs import RUN_COLUMNS, RunError, list_run, read_run, split_tables, write_run
from reid_core.runs.schema import IMPORTANCE_COLUMNS
from reid_core.runs.strips import STRIP_FRAMES
from tests.run_folders import name, people, random_distances, result, write


def test_hits_are_the_rank_1_of_the_summary(tmp_path):
    run = read_run(write(tmp_path, "one", persons=30))
    shares = run.hits().groupby("split").mean()
    assert shares.to_numpy() == pytest.approx(run.summary["rank_1"].to_numpy())
    assert 0.1 < shares.min() < shares.max() < 0.9


def test_first_matches_are_those_of_the_ranking_as_far_as_ten_are_kept(tmp_path):
    run = read_run(write(tmp_path, "one", persons=30, noise=1.5))
    for split in (0, 1):
        true = result(random_distances(30, split, 1.5)).ranking.first_match
        found = run.first_matches().loc[split][[name(1, pid) for pid in range(30)]].to_numpy()
        assert (true > 10).any()
        assert found.tolist() == np.where(true > 10, np.inf, true).tolist()


def test_a_tie_counts_against_the_model_as_in_the_ranking(tmp_path):
    run = read_run(write(tmp_path, "one"))
    distances = np.array([[1, 1, 2], [3, 1, 2], [5, 5, 5]], np.float32)
    tied = dataclasses.replace(run, nearest=split_tables(result(distances), None)["nearest"].assign(split=0))
    assert result(distances).ranking.first_match.tolist() == [2, 1, 3]
    assert tied.first_matches().tolist() == [2, 1, 3]


def test_float32_distances_are_read_as_they_were_so_that_no_tie_is_made_up(tmp_path):
    run = read_run(write(tmp_path, "one", splits=(0,)))
    expected = result(random_distances(12, 0, 0.6)).nearest["distance"]
    assert (run.nearest["distance"].astype(np.float32) == expected).all()


def test_probes_come_the_worst_first_and_among_equals_the_most_certain(tmp_path):
    table = read_run(write(tmp_path, "one", persons=40, noise=1.5)).probes(1)
    assert np.isinf(table["first_match"].iloc[0]) and table["first_match"].iloc[-1] == 1
    assert (table["first_match"].to_numpy()[:-1] >= table["first_match"].to_numpy()[1:]).all()
    assert all(group["distance"].is_monotonic_increasing for _, group in table.groupby("first_match"))
    assert len(table) == 40


def test_error_rates_at_a_threshold_are_the_stored_ones(tmp_path):
    run = read_run(write(tmp_path, "one"))
    row = run.roc[run.roc["split"] == 1].iloc[17]
    assert run.error_rates(1, row["threshold"]) == (row["far"], row["frr"])
    assert run.error_rates(1, row["threshold"] + 1e-6) == (row["far"], row["frr"])
    assert run.error_rates(1, -9) == (0, 1) and run.error_rates(1, 99) == (1, 0)


def test_error_rates_are_within_a_percent_of_those_of_all_pairs(tmp_path):
    """Of 14,400 pairs 200 points are kept; pairs of one person, 120, lie within few of them."""
    run = read_run(write(tmp_path, "one", splits=(0,), persons=120))
    distances = random_distances(120, 0, 0.6)
    right = np.eye(120, dtype=bool)
    for threshold in np.quantile(distances[right], [0.05, 0.3, 0.5, 0.9]):
        far, frr = run.error_rates(0, threshold)
        assert far == pytest.approx((distances[~right] <= threshold).mean(), abs=0.011)
        assert frr == pytest.approx((distances[right] > threshold).mean(), abs=0.011)


def test_the_mean_roc_of_two_splits_by_hand(tmp_path):
    """FRR at FAR 0, 0.5, 1: split 0: 1, 0.4, 0; split 1: 0.8, (0.8 + 0) / 2, 0."""
    run = read_run(write(tmp_path, "one"))
    curves = pd.DataFrame(
        {"split": [0, 0, 0, 1, 1], "threshold": 0.0, "far": [0, 0.5, 1, 0, 1], "frr": [1, 0.4, 0, 0.8, 0]}
    )
    mean = dataclasses.replace(run, roc=curves).mean_roc()
    assert mean["far"].tolist() == [0, 0.5, 1]
    assert mean["mean"].tolist() == pytest.approx([0.9, 0.4, 0])
    assert mean["sd"].tolist() == pytest.approx([0.1, 0, 0])


def test_the_mean_history_is_over_the_splits(tmp_path):
    history = read_run(write(tmp_path, "one", noise=0.6)).mean_history()
    assert history["mean"].tolist() == pytest.approx([1.3 / epoch for epoch in range(1, 6)])
    assert history["sd"].tolist() == pytest.approx([0.1 / epoch for epoch in range(1, 6)])
    assert history["part"].tolist() == ["encoder"] * 2 + ["head"] * 3


@pytest.mark.parametrize(
    ("schedule", "parts"),
    [
        ([{"part": "encoder", "epochs": 2}, {"part": "head", "epochs": 3}], ["encoder"] * 2 + ["head"] * 3),
        ([{"part": "head", "epochs": 4}], ["head"] * 4 + [""]),
        ([], [""] * 5),
    ],
)
def test_a_history_from_before_parts_were_stored_gets_them_from_the_schedule(tmp_path, schedule, parts):
    folder = write(tmp_path, "one", schedule=schedule)
    path = folder / "history.csv"
    pd.read_csv(path).drop(columns="part").to_csv(path, index=False)
    run = read_run(folder)
    assert list(run.history.columns) == RUN_COLUMNS["history"].split()
    assert run.history["part"].tolist() == parts * 2
    again = write_run(tmp_path / "two", run.info, {name: getattr(run, name) for name in RUN_COLUMNS}, {})
    assert read_run(again).mean_history()["part"].tolist() == parts


def test_a_schedule_that_is_none_is_a_damaged_run(tmp_path):
    folder = write(tmp_path, "one", schedule=[{"epochs": 5}])
    (folder / "history.csv").write_text((folder / "history.csv").read_text().replace("part", "piece"))
    with pytest.raises(RunError, match="one must hold a run, it is damaged"):
        read_run(folder)


def compress(table):
    """The table as ``gzip`` leaves it."""
    compressed = table.with_name(f"{table.name}.gz")
    compressed.write_bytes(gzip.compress(table.read_bytes()))
    table.unlink()
    return compressed


def test_a_compressed_table_is_read_as_it_was(tmp_path):
    folder = write(tmp_path, "one")
    before = read_run(folder).nearest
    compress(folder / "nearest.csv")
    assert list_run(folder).gallery
    pd.testing.assert_frame_equal(read_run(folder).nearest, before)


@pytest.mark.parametrize(
    "spoilt", [lambda content: content[:-20], lambda content: content[:30] + bytes(40) + content[70:]]
)
def test_a_compressed_table_that_is_damaged_is_one_sentence(tmp_path, spoilt):
    folder = write(tmp_path, "one")
    path = compress(folder / "nearest.csv")
    path.write_bytes(spoilt(path.read_bytes()))
    with pytest.raises(RunError, match="one must hold a run, it is damaged"):
        _ = read_run(folder).nearest


def test_a_missing_column_is_named(tmp_path):
    folder = write(tmp_path, "one")
    pd.read_csv(folder / "roc.csv").drop(columns=["far", "frr"]).to_csv(folder / "roc.csv", index=False)
    with pytest.raises(RunError, match=r"one must hold a run, it is damaged: roc\.csv has no column far, frr"):
        read_run(folder)


def test_importance_is_a_mean_over_the_checkpoints_and_none_where_it_was_not_measured(tmp_path):
    folder = write(tmp_path, "one")
    assert read_run(folder).importance().empty
    rows = [
        ("gradient", 0.5, 0.4, 0.2, 0.3, 0.5, 0.1, 0.2, 1.5, None, 20, "split_0"),
        ("left_out", 0.9, 0.5, 0.3, 0.4, 0.3, None, None, 1.0, None, 20, "split_0"),
        ("gradient", 0.7, 0.8, 0.0, 0.3, 0.7, None, 0.4, 2.5, None, 30, "split_1"),
    ]
    pd.DataFrame(rows, columns=IMPORTANCE_COLUMNS.split()).to_csv(folder / "importance.csv", index=False)
    table = read_run(folder).importance().set_index("measure")
    assert list(table.index) == ["gradient", "left_out"]
    expected = [0.6, 0.6, 0.1, 0.3, 0.6, 0.1, 0.3, 2.0, np.nan, 50]
    assert table.loc["gradient"].tolist() == pytest.approx(expected, nan_ok=True)
    assert np.isnan(table.loc["left_out", "agreement"])


def test_an_early_importance_has_no_medians_and_is_read(tmp_path):
    folder, early = write(tmp_path, "one"), "measure entropy centre first middle last agreement clips checkpoint"
    rows = [("gradient", 0.5, 0.4, 0.2, 0.3, 0.5, 0.1, 20, "split_0")]
    pd.DataFrame(rows, columns=early.split()).to_csv(folder / "importance.csv", index=False)
    (row,) = read_run(folder).importance().to_dict("records")
    assert (row["agreement"], row["clips"]) == (0.1, 20)
    assert np.isnan([row["median_agreement"], row["deletion"], row["covered"]]).all()


@pytest.mark.parametrize(
    "content", ["measure\nx\n", ",".join(IMPORTANCE_COLUMNS.split()) + "\nx,y,1,1,1,1,1,1,1,1,1,z\n"]
)
def test_a_damaged_importance_is_one_sentence(tmp_path, content):
    folder = write(tmp_path, "one")
    (folder / "importance.csv").write_text(content)
    with pytest.raises(RunError, match="one must hold a run, it is damaged") as caught:
        read_run(folder).importance()
    assert "\n" not in str(caught.value)


def test_the_first_threshold_is_the_held_out_one_or_else_where_the_errors_meet(tmp_path):
    run = read_run(write(tmp_path, "one"))
    threshold, source = run.first_threshold(0)
    assert threshold == 2.0 and "held out" in source
    bare = dataclasses.replace(run, summary=run.summary.assign(threshold=np.nan))
    threshold, source = bare.first_threshold(0)
    far, frr = bare.error_rates(0, threshold)
    assert abs(far - frr) < 0.1 and "none was held out" in source


def test_strips_are_frames_of_the_tracklet_from_first_to_last(tmp_path):
    run = read_run(write(tmp_path, "one", strips=True))
    tracklet = people(12)[14]
    strip = run.strips([tracklet.name, "nobody"])
    assert list(strip) == [tracklet.name]
    frames = strip[tracklet.name]
    assert frames.shape == (STRIP_FRAMES, 64, 32, 3) and frames.dtype == np.uint8
    means = frames.reshape(STRIP_FRAMES, -1, 3).mean(1)
    expected = tracklet.colour[[0, 4, 7, 11 - 1]] if len(tracklet) == 11 else tracklet.colour[[0, -1]]
    assert means[[0, -1]] == pytest.approx(expected[[0, -1]].reshape(2, -1, 3).mean(1), abs=6)


def test_a_run_without_strips_has_none_and_damaged_ones_are_an_error(tmp_path):
    assert read_run(write(tmp_path, "none")).strips([name(1, 0)]) == {}
    folder = write(tmp_path, "damaged", strips=True)
    (folder / "strips.zip").write_bytes(b"no zip")
    with pytest.raises(RunError, match=r"strips must be a zip of pictures, .* is damaged"):
        read_run(folder).strips([name(1, 0)])


def test_the_matches_of_a_probe_are_its_person_s_other_tracklets_in_the_test_of_its_split(tmp_path):
    run = read_run(write(tmp_path, "one"))
    assert run.matches(0, name(1, 4)) == [], "early runs did not keep who was tested"
    rows = [
        *(f"0,test,{pid},{name(camera, pid)},x" for pid in (4, 5) for camera in (1, 2)),
        f"0,train,4,{name(3, 4)},x",
        f"1,test,4,{name(4, 4)},x",
    ]
    (run.folder / "identities.csv").write_text("\n".join(["split,part,pid,tracklet,digest", *rows]))
    assert run.matches(0, name(1, 4)) == [name(2, 4)]
    assert run.matches(0, name(1, 9)) == []

"""TAPR goes through splits, protocol and run folder as the heads do."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reid_core.data import InputConfig, Prepared, PreparedTracklet, Split, Splits
from reid_core.evaluation.verification import calibrate
from reid_core.runs import RUN_COLUMNS, list_run, paired_bootstrap, rank_table, read_run
from reid_core.tapr import describe, learned_projection, tapr_run
from reid_core.tapr import run as run_module
from reid_core.tapr.run import Plan
from tests.tiny import tracklet

PERSONS, FRAMES = 12, 3
SMALL = InputConfig(64, 48, 64, 48, channels=("rgb",))
PIDS = tuple(range(1, PERSONS + 1))
SPLITS = Splits("random halves, seed 0", (Split(PIDS[:7], PIDS[7:]), Split(PIDS[5:], PIDS[:5])))
PLAN = Plan((0, 1), calibration_share=0.3)


@pytest.fixture(scope="module")
def people() -> Prepared:
    found = [tracklet(pid, camera, FRAMES, 1, SMALL) for camera in (1, 2) for pid in PIDS]
    return Prepared("people", "synthetic", "a-b", tuple(found))


@pytest.fixture(scope="module")
def folder(people: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tapr_run(PLAN, people, SPLITS, tmp_path_factory.mktemp("runs") / "tapr", "reid tapr")


def of_camera(people: Prepared, camera: int, pids: tuple[int, ...]) -> list[PreparedTracklet]:
    return [one for one in people.tracklets if one.camera == camera and one.pid in pids]


def test_a_run_has_the_tables_of_any_other(folder: Path) -> None:
    run = read_run(folder)
    assert (run.info.head, run.info.trained_on, run.info.splits) == ("tapr", "people", (0, 1))
    assert run.history.empty and list(run.history.columns) == RUN_COLUMNS["history"].split()
    assert run.summary[["probes", "gallery"]].to_numpy().tolist() == [[5, 5], [5, 5]]
    assert list_run(folder).rank_1 == tuple(run.summary["rank_1"])
    assert rank_table([run])["rank_1"].iloc[0] > 0.5
    assert paired_bootstrap(run.hits(), run.hits()).mean == 0
    assert not folder.with_name("tapr.partial").exists()
    assert set(run.strips(["cam1/person008"])) == {"cam1/person008"}


def test_distances_are_those_of_a_metric_learned_on_the_training_identities(folder: Path, people: Prepared) -> None:
    run = read_run(folder)
    for number, split in enumerate(SPLITS.splits):
        part = run.identities().groupby(["split", "part"])["pid"].unique()
        learned, held = (tuple(sorted(part[number, name])) for name in ("training", "calibration"))
        assert len(held) == 2 and sorted((*learned, *held)) == list(split.train)
        a, b, probes, gallery, c, d = (
            np.stack([describe(one.colour) for one in of_camera(people, camera, pids)])
            for pids in (learned, split.test, held)
            for camera in (1, 2)
        )
        projection = learned_projection(a, b, np.array(learned), np.array(learned))
        expected = np.linalg.norm((probes[:, None] - gallery) @ projection, axis=2)
        assert expected.std() > 0.1
        nearest = run.nearest[run.nearest["split"] == number].set_index(["probe", "gallery"])["distance"]
        for i, probe in enumerate(split.test):
            for j, other in enumerate(split.test):
                at = (f"cam1/person{probe:03d}", f"cam2/person{other:03d}")
                assert nearest[at] == pytest.approx(expected[i, j], rel=1e-4)
        between = np.linalg.norm((c[:, None] - d) @ projection, axis=2)
        one = np.eye(2, dtype=bool)
        threshold = run.summary["threshold"].iloc[number]
        assert threshold == pytest.approx(calibrate(between[one], between[~one], "held").threshold, rel=1e-4)


def test_nobody_is_learned_from_and_tested(folder: Path) -> None:
    table = read_run(folder).identities()
    for _, split in table.groupby("split"):
        assert split.groupby("pid")["part"].nunique().eq(1).all() and split["pid"].nunique() == PERSONS


def test_a_stopped_run_goes_on_with_what_was_described(
    people: Prepared, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(stage: str, done: int, in_all: int | None) -> None:
        assert (stage, in_all) == ("describe", 2 * PERSONS)
        if done == 5:
            raise KeyboardInterrupt

    out = tmp_path / "again"
    with pytest.raises(KeyboardInterrupt):
        tapr_run(PLAN, people, SPLITS, out, "reid tapr", stop)
    kept = len(list((tmp_path / "again.partial").rglob("*.npy")))
    described: list[int] = []
    monkeypatch.setattr(run_module, "describe", lambda frames: described.append(len(frames)) or describe(frames))
    tapr_run(PLAN, people, SPLITS, out, "reid tapr")
    assert not out.is_symlink() and kept >= 5 and len(described) == 2 * PERSONS - kept
    for name in ("nearest", "summary"):
        pd.testing.assert_frame_equal(getattr(read_run(out), name), getattr(read_run(folder), name))


def test_probes_show_their_first_frames_and_the_gallery_its_last(
    people: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = [tracklet(pid, camera, 130, 0, SMALL) for camera in (1, 2) for pid in (1, 2)]
    seen: dict[int, np.ndarray] = {}
    monkeypatch.setattr(run_module, "describe", lambda frames: seen.setdefault(len(seen), frames)[0, 0, 0])
    files = run_module.described(long[:1] + long[2:3], tmp_path)
    assert list(files) == [("probe", "cam1/person001"), ("gallery", "cam2/person001")]
    starts = sorted(int((seen[k] == one.colour[first : first + 128]).all()) for k, one, first in _pairs(seen, long))
    assert starts == [1, 1]


def _pairs(seen: dict[int, np.ndarray], long: list[PreparedTracklet]) -> list[tuple[int, PreparedTracklet, int]]:
    """Which frames were described: of the probe from 0, of the gallery from 2; threads may have changed their order."""
    first = next(k for k in seen if (seen[k][0] == long[0].colour[0]).all())
    return [(first, long[0], 0), (1 - first, long[2], 2)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"numbers": ()}, "split must be one or more different numbers from 0"),
        ({"numbers": (1, 1)}, "split must be one or more different numbers from 0"),
        ({"calibration_share": 1.0}, "calibration_share must be at least 0 and below 1, got 1.0"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(PLAN, **changes)


def test_a_split_that_there_is_not_is_refused(people: Prepared, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="split must be below 2 for people, got 2"):
        tapr_run(Plan((2,)), people, SPLITS, tmp_path / "out", "reid tapr")
    assert not list(tmp_path.iterdir())

"""Every run that ships is read as it lies there, early ones too."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reid_core.runs import RUN_COLUMNS, list_run, read_bias, read_run

ASSETS = Path(__file__).parents[2] / "assets"
FOLDERS = sorted(path.parent for kind in ("runs", "ablations") for path in (ASSETS / kind).glob("*/run.json"))


def test_they_are_there() -> None:
    assert len(FOLDERS) == 55
    assert sum(read_bias(folder) is not None for folder in FOLDERS) == 35
    assert sum(len(read_run(folder).importance()) > 0 for folder in FOLDERS) == 22


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_stored_run_is_read_with_the_numbers_that_lie_there(folder: Path) -> None:
    run, summary = read_run(folder), pd.read_csv(folder / "summary.csv")
    assert run.info.name == folder.name and run.info.splits == tuple(summary["split"])
    assert run.summary["rank_1"].tolist() == list(list_run(folder).rank_1) == summary["rank_1"].tolist()
    np.testing.assert_allclose(run.hits().groupby("split").mean(), summary["rank_1"], atol=1e-6)
    for name, columns in RUN_COLUMNS.items():
        table = getattr(run, name)
        assert len(table) == len(pd.read_csv(folder / f"{name}.csv{'.gz' if name == 'nearest' else ''}"))
        assert len(table) or (name == "history" and run.info.head in ("mean", "median", "tapr"))  # no epochs
        assert list(table.columns) == columns.split()
    assert set(run.history["part"]) <= {"encoder", "head", "encoder and head", "all"}
    assert run.identities().empty != (folder / "identities.csv").exists()
    profiles = folder / "importance.csv"
    assert len(run.importance()) == (pd.read_csv(profiles)["measure"].nunique() if profiles.exists() else 0)
    shown = run.nearest["probe"].iloc[:1].tolist()
    assert len(run.strips(shown)) == (folder / "strips.zip").exists()

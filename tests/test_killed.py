"""Killed at any moment: nothing half-written is taken for whole, and going on ends as an undisturbed work does.

Trainings, flow and indexes of whole videos have tests of their own beside them, and ``make soak`` kills commands.
"""

import signal
from multiprocessing.context import ForkServerContext
from pathlib import Path

import numpy as np
import pytest

from reid_core.files import alone
from tests.killing import FULL, WORKS, done_by_another

MOMENTS = 3  # of a work, before its last touch
FULL_MOMENTS = 2


@pytest.mark.parametrize("name", WORKS)
def test_what_a_killed_process_leaves_is_whole_or_nothing_and_is_gone_on_with(
    processes: ForkServerContext, name: str, tmp_path: Path
) -> None:
    work, counted = WORKS[name], tmp_path / "touches"
    assert done_by_another(processes, name, tmp_path / "whole", 0, counted) == 0
    expected, touches = work.look(tmp_path / "whole"), int(counted.read_text())
    assert expected and touches > MOMENTS
    moments = np.random.default_rng(len(name)).choice(np.arange(1, touches), MOMENTS, replace=False)
    for moment in (*moments.tolist(), touches):
        folder = tmp_path / f"killed{moment}"
        assert done_by_another(processes, name, folder, moment, counted) == -signal.SIGKILL
        assert work.look(folder).items() <= expected.items()
        work.do(folder)
        assert work.look(folder) == expected


@pytest.mark.parametrize("name", WORKS)
def test_on_a_full_disk_a_work_says_so_and_leaves_what_is_whole_or_nothing(
    processes: ForkServerContext, name: str, tmp_path: Path
) -> None:
    work, counted = WORKS[name], tmp_path / "touches"
    assert done_by_another(processes, name, tmp_path / "whole", 0, counted) == 0
    expected, touches = work.look(tmp_path / "whole"), int(counted.read_text())
    for moment in np.linspace(1, touches / 2, FULL_MOMENTS).round().astype(int).tolist():
        folder = tmp_path / f"full{moment}"
        assert done_by_another(processes, name, folder, moment, counted, full=True) == FULL
        assert work.look(folder).items() <= expected.items()
        work.do(folder)
        assert work.look(folder) == expected


def test_a_second_process_that_would_write_the_same_is_refused(tmp_path: Path) -> None:
    with alone(tmp_path / "out"):
        refused = pytest.raises(ValueError, match="out must be a place of its own, another process is writing")
        with refused, alone(tmp_path / "out"):
            pass
        with alone(tmp_path / "other"):
            pass
    with alone(tmp_path / "out"):
        pass
    assert not list(tmp_path.iterdir())

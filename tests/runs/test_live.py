"""What an unfinished training's folder tells."""

import os

import numpy as np
import pytest
from safetensors.numpy import save_file

from reid_core.runs import live_runs
from tests.run_folders import NOW, training


def test_the_split_that_is_trained_is_told_with_its_epochs(tmp_path):
    training(tmp_path, 4, 2)
    (run,) = live_runs(tmp_path, NOW)
    assert (run.name, run.split, run.later, run.idle_s) == ("mine", 1, 2, 5)
    assert run.history["loss"].tolist() == pytest.approx([1 / k for k in range(1, 7)])


def test_the_time_left_counts_each_stage_by_what_its_epochs_take(tmp_path):
    """Left of this split: 3 x 2 s. Each of the two later ones: 44 s so far and those 6 s."""
    training(tmp_path, 4, 2)
    (run,) = live_runs(tmp_path, NOW)
    assert run.split_seconds_left == 6
    assert run.seconds_left == 6 + 2 * (44 + 6)


def test_a_stage_that_has_not_begun_counts_as_the_last_epoch(tmp_path):
    training(tmp_path, 3, 0)
    assert live_runs(tmp_path, NOW)[0].split_seconds_left == 10 + 5 * 10


def test_without_its_configuration_the_split_is_still_told(tmp_path):
    (training(tmp_path, 4, 2) / "run.json").unlink()
    (run,) = live_runs(tmp_path, NOW)
    assert run.info is None and run.later == 0 and run.seconds_left == 3 * 2


def test_a_split_that_is_finished_but_not_followed_yet_is_not_counted_twice(tmp_path):
    (training(tmp_path, 4, 5) / "split_1.safetensors").touch()
    (run,) = live_runs(tmp_path, NOW)
    assert (run.split_seconds_left, run.later) == (0, 2)


def test_a_training_that_is_silent_for_long_has_probably_stopped(tmp_path):
    training(tmp_path, 4, 2)
    assert not live_runs(tmp_path, NOW + 100)[0].stopped
    assert live_runs(tmp_path, NOW + 110)[0].stopped


def test_a_training_in_its_first_epoch_is_there_without_a_time_left(tmp_path):
    for state in training(tmp_path, 4, 2).glob("split_*"):
        state.unlink()
    os.utime(tmp_path / "mine.partial" / "run.json", (NOW - 30, NOW - 30))
    (run,) = live_runs(tmp_path, NOW)
    assert (run.name, run.split, run.later, run.idle_s) == ("mine", 0, 3, 30)
    assert run.history.empty and np.isnan(run.seconds_left) and not run.stopped


def test_folders_that_tell_nothing_are_left_out(tmp_path):
    (tmp_path / "empty.partial").mkdir()
    (tmp_path / "done").mkdir()
    (tmp_path / "bad.partial").mkdir()
    (tmp_path / "bad.partial" / "split_0.state").write_bytes(b"no state")
    save_file({"x": np.zeros(1)}, tmp_path / "empty.partial" / "split_0.state", {"history": "[]"})
    assert live_runs(tmp_path, NOW) == [] and live_runs(tmp_path / "nowhere", NOW) == []


def test_what_a_training_that_was_killed_at_its_very_end_left_is_not_one_that_goes_on(tmp_path):
    training(tmp_path, 4, 2)
    (tmp_path / "mine").mkdir()
    assert live_runs(tmp_path, NOW) == []

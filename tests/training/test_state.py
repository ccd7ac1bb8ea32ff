import multiprocessing
import signal
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from reid_core.training import Context, LossConfig, fit
from tests.tiny import tiny_network, tracklets
from tests.training.trainings import (
    PAPER,
    TRAININGS,
    equal,
    train_until_killed,
    train_until_killed_while_writing,
    trained,
    untimed,
)


@pytest.mark.parametrize("schedule", ["two stages", "paper"])
def test_stopped_after_any_epoch_it_ends_with_the_same_weights(schedule: str, tmp_path: Path) -> None:
    expected, logs = trained(schedule)
    for epochs in range(len(logs) + 1):
        state, network = tmp_path / f"{epochs}.state", tiny_network("utrcnn", dropout=0.3)
        list(islice(fit(network, tracklets(6), *TRAININGS[schedule], 1, Context(state=state)), epochs))
        weights, again = trained(schedule, state)
        assert equal(weights, expected)
        assert [log.resumed for log in again] == [log.epoch <= epochs for log in logs]
        assert untimed(again) == untimed(logs)


@pytest.mark.parametrize(
    ("train", "schedule", "moment", "kept"),
    [
        (train_until_killed, "two stages", 1, 0),
        (train_until_killed, "two stages", 3, 1),
        (train_until_killed, "two stages", 6, 2),
        (train_until_killed, "paper", 20, 1),
        (train_until_killed_while_writing, "two stages", 2, 1),
        (train_until_killed_while_writing, "paper", 3, 2),
    ],
)
def test_killed_at_any_moment_it_ends_with_the_same_weights(
    processes: multiprocessing.context.ForkServerContext,
    train: Callable[[str, Path, int], None],
    schedule: str,
    moment: int,
    kept: int,
    tmp_path: Path,
) -> None:
    expected, logs = trained(schedule)
    process = processes.Process(target=train, args=(schedule, tmp_path / "state", moment))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    weights, again = trained(schedule, tmp_path / "state")
    assert equal(weights, expected)
    assert untimed(again) == untimed(logs)
    assert sum(log.resumed for log in again) == kept  # what begins anew ends with the same weights as well


def test_a_finished_training_is_not_done_again(tmp_path: Path) -> None:
    weights, logs = trained("paper", tmp_path / "state")
    before = (tmp_path / "state").stat().st_mtime_ns
    again, same_logs = trained("paper", tmp_path / "state")
    assert equal(again, weights)
    assert same_logs == [replace(log, resumed=True, current=log is logs[-1]) for log in logs]
    assert (tmp_path / "state").stat().st_mtime_ns == before


def training(change: str = "") -> dict[str, Any]:
    """What ``fit`` is asked for, with one change; the network is one that nobody has trained yet."""
    asked = {"network": tiny_network(), "tracklets": tracklets(3), "schedule": PAPER, "loss": LossConfig(), "seed": 0}
    fixed = tiny_network()
    fixed.get_submodule("head").requires_grad_(False)
    others: dict[str, dict[str, Any]] = {
        "fixed": {"network": fixed},
        "network": {"network": tiny_network("bptt")},
        "start": {"network": tiny_network(seed=1)},
        "people": {"tracklets": tracklets(4)},
        "pictures": {"tracklets": tracklets(3, seed=1)},
        "schedule": {"schedule": (replace(PAPER[0], epochs=9),)},
        "loss": {"loss": LossConfig(margin=3.0)},
        "seed": {"seed": 1},
    }
    return asked | others.get(change, {})


@pytest.mark.parametrize("change", ["seed", "schedule", "loss", "network", "people", "pictures", "start", "fixed"])
def test_the_state_of_another_training_is_refused_and_that_of_the_same_is_taken(change: str, tmp_path: Path) -> None:
    context = Context(state=tmp_path / "state")
    next(fit(**training(), context=context))
    assert next(fit(**training(), context=context)).resumed
    with pytest.raises(
        ValueError, match=r"state .* must be of this training, it has other data, network, start, epochs"
    ):
        next(fit(**training(change), context=context))


def test_a_state_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise SafetensorError("No space left on device")

    monkeypatch.setattr("reid_core.model.checkpoint.save_file", full)
    with pytest.raises(OSError, match=r"state cannot be written: No space left on device"):
        next(fit(**training(), context=Context(state=tmp_path / "state")))


@pytest.mark.parametrize("content", [b"", b"no state", None])
def test_a_file_that_is_no_state_is_refused(content: bytes | None, tmp_path: Path) -> None:
    state = tmp_path / "state"
    if content is None:
        save_file({"a": torch.zeros(1)}, state)
    else:
        state.write_bytes(content)
    with pytest.raises(ValueError, match=r"state .* must be of this training, "):
        next(fit(**training(), context=Context(state=state)))

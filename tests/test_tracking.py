"""Trackers of experiments, of which none is installed where the tests run."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from reid_core.commands.tracking import logged, tracker
from reid_core.training import EpochLog


def epochs(*resumed: bool) -> Iterator[EpochLog]:
    for number, known in enumerate(resumed, 1):
        yield EpochLog(number, len(resumed), "head", 1 / number, 0.0, 0.5, 0.0, 10, 1.0, known)


@pytest.mark.parametrize("name", ["trackio", "wandb"])
def test_a_tracker_is_told_the_run_and_each_epoch_that_was_done(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    module = SimpleNamespace(
        init=lambda **about: said.append(about),
        log=lambda numbers, step: said.append((numbers, step)),
        finish=lambda: said.append("finished"),
    )
    monkeypatch.setitem(sys.modules, name, module)
    with tracker(name, tmp_path / "mine") as log:  # type: ignore[arg-type]
        passed = list(logged(lambda split, epochs, total: epochs, log)(3, epochs(True, False), 2))
    assert [one.epoch for one in passed] == [1, 2]
    costs = {"loss": 0.5, "verification": 0.0, "identification": 0.5, "contrastive": 0.0}
    told = {f"split 3/{cost}": value for cost, value in costs.items()}
    assert said == [{"project": "reid", "name": "mine"}, (told, 2), "finished"]


def test_fabric_s_logger_writes_for_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []

    class Logger:
        def __init__(self, *places: object) -> None:
            said.append(places)

        def log_metrics(self, numbers: dict[str, float], step: int) -> None:
            said.append((numbers, step))

        def finalize(self, status: str) -> None:
            said.append(status)

    monkeypatch.setattr("lightning_fabric.loggers.tensorboard.TensorBoardLogger", Logger)
    with tracker("tensorboard", tmp_path / "mine") as log:
        log({"loss": 1.0}, 7)
    assert said == [(tmp_path / ".tensorboard", "mine", ""), ({"loss": 1.0}, 7), "success"]


@pytest.mark.parametrize("name", ["tensorboard", "trackio", "wandb"])
def test_one_that_is_not_installed_is_one_sentence(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr("lightning_fabric.loggers.tensorboard.TensorBoardLogger", absent)
    with pytest.raises(ValueError, match=f"log {name} needs its package: pip install {name}"), tracker(name, tmp_path):  # type: ignore[arg-type]
        pass


def test_without_a_tracker_nothing_is_told(tmp_path: Path) -> None:
    with tracker(None, tmp_path / "mine") as log:
        log({"loss": 1.0}, 1)
    assert not list(tmp_path.iterdir())

"""How the encoder that ships is trained: that it can go on from another, and where it was stopped."""

import os
import shutil
import signal
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from assets import make_encoder
from assets.make_encoder import Recordings, varied, widened
from reid_core.model import load_checkpoint, load_trunk
from reid_core.model.encoders.mobile import MobileEncoder
from reid_core.training import RECIPES
from tests.training.trainings import equal


def encoder(stripes: int = 2) -> MobileEncoder:
    torch.manual_seed(0)
    built = MobileEncoder(replace(RECIPES["robust"].network("mean").encoder, stripes=stripes))
    load_trunk(built)
    return built


def drawn(*_: object, **__: object) -> Recordings:
    """Six persons whom nobody has to render."""
    pixels = np.random.default_rng(0).integers(0, 256, (24, 128, 64, 3), np.uint8)
    return Recordings(torch.from_numpy(pixels), torch.arange(24).reshape(6, 4), torch.ones(6, 4, dtype=torch.long))


@torch.inference_mode()
def test_more_stripes_begin_with_the_features_of_fewer() -> None:
    narrow = encoder()
    narrow.train()(torch.randn(8, 3, 128, 64))  # statistics of its own
    wide = widened(narrow, 4).eval()
    frames = torch.randn(3, 3, 128, 64)
    assert wide.linear.weight.shape[1] == 2 * narrow.linear.weight.shape[1]
    torch.testing.assert_close(wide(frames), narrow.eval()(frames), atol=1e-4, rtol=1e-4)


def test_stripes_that_are_no_parts_of_those_before_are_refused() -> None:
    with pytest.raises(ValueError, match="2 stripes: expected a multiple of the 4 that the encoder has"):
        widened(encoder(4), 2)


def work(out: Path, *options: str) -> dict[str, torch.Tensor]:
    """The weights that the command writes with five steps of three persons."""
    make_encoder.main([str(out), "--persons", "6", "--steps", "5", "--identities", "3", *options])
    return load_checkpoint(out / "split_0.safetensors").network.state_dict()


def work_until_killed(out: Path, steps: int) -> None:
    """Die without a word after so many steps; as a process of its own."""
    taken = []

    def count(*_: object) -> None:
        taken.append(1)
        if len(taken) == steps:
            os.kill(os.getpid(), signal.SIGKILL)

    make_encoder.rendered, make_encoder.KEPT_EVERY = drawn, 2
    register_optimizer_step_post_hook(count)
    work(out)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_encoder, "rendered", drawn)
    monkeypatch.setattr(make_encoder, "KEPT_EVERY", 2)


@pytest.fixture(scope="module")
def killed(processes: ForkServerContext, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was killed after its fourth step."""
    run = tmp_path_factory.mktemp("made") / "run"
    process = processes.Process(target=work_until_killed, args=(run, 4))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return run


@pytest.mark.usefixtures("small")
def test_killed_it_goes_on_to_the_same_weights(killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, steps = work(tmp_path / "whole"), []
    begun = Path(shutil.copytree(killed, tmp_path / "begun"))
    monkeypatch.setattr(make_encoder, "varied", lambda pictures: steps.append(1) or varied(pictures))
    assert equal(work(begun), expected)
    assert len(steps) == 3  # the third and fourth, which were not kept, and the last
    assert [path.name for path in begun.iterdir()] == ["split_0.safetensors"]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("options", ["--steps 6", "--rate 1e-4", "--identities 2", "--first 7", "--stripes 1"])
def test_with_other_options_it_does_not_go_on(options: str, killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(make_encoder, "rendered")  # refused before anybody is rendered
    with pytest.raises(ValueError, match=r"state .*state\.safetensors must be of this training, it has other data"):
        work(killed, *options.split())

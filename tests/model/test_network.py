"""The network: clips in, embeddings out, for every head; parts that do not fit are refused."""

import pytest
import torch

from reid_core.data.preprocessing import InputConfig
from reid_core.model import HEADS, NetworkConfig, ReIdNetwork, encoder_config, head_config
from tests.tiny import tiny_config


@pytest.mark.parametrize("name", HEADS)
def test_every_head_embeds_clips_and_sends_a_gradient_to_every_weight(name: str) -> None:
    torch.manual_seed(0)
    network = ReIdNetwork(tiny_config(name)).eval()
    clips = torch.randn(2, 9, 6, 14, 10)
    output = network(clips, torch.tensor([9, 6]))
    assert output.embedding.shape == (2, network.config.head.embedding_size)
    torch.testing.assert_close(network.embed_features(network.features(clips), torch.tensor([9, 6])), output)
    output.embedding.square().sum().backward()
    for parameter in network.parameters():
        assert not parameter.requires_grad or (parameter.grad is not None and parameter.grad.abs().max() > 0)


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="the input has"):
        NetworkConfig(input=InputConfig(channels=("yuv",)))
    with pytest.raises(ValueError, match=r"head.features is 64; the encoder makes 128"):
        NetworkConfig(head=head_config("utrcnn", features=64))
    with pytest.raises(ValueError, match="head 'tsc' needs an encoder of 2 streams; the encoder 'paper' has 1"):
        NetworkConfig(head=head_config("tsc", features=128))
    with pytest.raises(ValueError, match="head 'rcnn' needs an encoder of 1 streams; the encoder 'two-stream' has 2"):
        NetworkConfig(encoder=encoder_config("two-stream"), head=head_config("rcnn", features=256))


def test_clips_without_time_are_refused() -> None:
    with pytest.raises(ValueError, match=r"clips: expected shape \(B, T, C, H, W\)"):
        ReIdNetwork(tiny_config("mean"))(torch.zeros(2, 6, 14, 10))

"""The network: clips in, embeddings out, for every head; parts that do not fit are refused."""

import pytest
import torch

from reid_core.data.preprocessing import InputConfig
from reid_core.model import HEADS, EncoderConfig, HeadConfig, NetworkConfig, ReIdNetwork


def config_for(name: str) -> NetworkConfig:
    streams = (3, 2) if name == "tsc" else ()
    encoder = EncoderConfig(
        maps=(4, 4, 4), features=8, streams=streams, pooling="pyramid" if name == "astpn" else "flatten"
    )
    return NetworkConfig(encoder=encoder, head=HeadConfig(name=name, features=encoder.feature_count, hidden=8))


@pytest.mark.parametrize("name", HEADS)
def test_every_head_embeds_clips_and_sends_a_gradient_to_every_weight(name: str) -> None:
    torch.manual_seed(0)
    network = ReIdNetwork(config_for(name)).eval()
    clips = torch.randn(2, 9, 5, 56, 40)
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
        NetworkConfig(head=HeadConfig(features=64))
    with pytest.raises(ValueError, match="needs two streams"):
        NetworkConfig(head=HeadConfig(name="tsc"))


def test_clips_without_time_are_refused() -> None:
    with pytest.raises(ValueError, match=r"clips: expected shape \(B, T, C, H, W\)"):
        ReIdNetwork(config_for("mean"))(torch.zeros(2, 5, 56, 40))

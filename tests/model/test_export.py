"""The exported model gives what the network gives, for any length and any head."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from reid_core.model import HEADS, EncoderConfig, HeadConfig, NetworkConfig, ReIdNetwork, export_onnx, load_checkpoint


def check(network: ReIdNetwork, path: Path) -> None:
    export_onnx(network, path)
    session = onnxruntime.InferenceSession(path)
    for batch, length in ((1, 1), (2, 4), (2, 23)):
        generator = torch.Generator().manual_seed(length)
        clips = torch.randn(batch, length, 5, 56, 40, generator=generator)
        (found,) = session.run(None, {"clips": clips.numpy()})
        with torch.no_grad():
            expected = network(clips).embedding.numpy()
        assert np.abs(expected).max() > 0.01
        np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("name", ["utrcnn", "bptt"])
def test_a_checkpoint_that_ships_is_exported_for_long_clips(name: str, tmp_path: Path) -> None:
    network = load_checkpoint(name).network
    export_onnx(network, tmp_path / "net.onnx")
    shape = (network.config.input.channel_count, network.config.input.crop_height, network.config.input.crop_width)
    clips = torch.randn(1, 200, *shape, generator=torch.Generator().manual_seed(0))
    (found,) = onnxruntime.InferenceSession(tmp_path / "net.onnx").run(None, {"clips": clips.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(found, network(clips).embedding.numpy(), atol=1e-4)


@pytest.mark.parametrize("unit_length", [False, True])
@pytest.mark.parametrize("name", HEADS)
def test_every_head_is_exported_as_it_is(name: str, unit_length: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    pooling, streams = ("pyramid" if name == "astpn" else "flatten"), ((3, 2) if name == "tsc" else ())
    encoder = EncoderConfig(maps=(4, 4, 4), features=8, pooling=pooling, streams=streams)
    head = HeadConfig(name=name, features=encoder.feature_count, hidden=8, unit_length=unit_length)
    config = NetworkConfig(encoder=encoder, head=head)
    check(ReIdNetwork(config).eval(), tmp_path / "net.onnx")


@pytest.mark.parametrize("score", ["linear", "mlp"])
@pytest.mark.parametrize("normalise", ["topk", "softmax", "none"])
@pytest.mark.parametrize("combine", ["inside", "add"])
def test_every_rule_of_the_cell_is_exported_as_it_is(score: str, normalise: str, combine: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    head = HeadConfig(
        features=8, hidden=8, variant="custom", score=score, normalise=normalise, combine=combine, k_top=3, k_att=2
    )
    encoder = EncoderConfig(maps=(4, 4, 4), features=8, activation="relu")
    check(ReIdNetwork(NetworkConfig(encoder=encoder, head=head)).eval(), tmp_path / "net.onnx")

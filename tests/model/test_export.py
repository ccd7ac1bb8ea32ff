"""The exported model gives what the network gives, for any length and any head."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from reid_core.model import HEADS, ReIdNetwork, export_onnx, load_checkpoint
from tests.tiny import pictured_network, tiny_network


def check(network: ReIdNetwork, path: Path, lengths: tuple[int, ...] = (1, 4, 23)) -> None:
    export_onnx(network, path)
    session, seen = onnxruntime.InferenceSession(path), network.config.input
    for batch, length in enumerate(lengths, 1):
        generator = torch.Generator().manual_seed(length)
        shape = (seen.channel_count, seen.crop_height, seen.crop_width)
        clips = torch.randn(batch, length, *shape, generator=generator)
        (found,) = session.run(None, {"clips": clips.numpy()})
        with torch.no_grad():
            expected = network(clips).embedding.numpy()
        assert np.abs(expected).max() > 0.01
        np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("name", ["utrcnn", "bptt"])
def test_a_checkpoint_that_ships_is_exported_for_long_clips(name: str, tmp_path: Path) -> None:
    check(load_checkpoint(name).network, tmp_path / "net.onnx", (200,))


def test_the_encoder_on_mobilenet_is_exported_as_it_embeds(tmp_path: Path) -> None:
    check(pictured_network(), tmp_path / "net.onnx")


def test_what_fails_leaves_the_file_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise OSError("the disk is full")

    (tmp_path / "net.onnx").write_text("before")
    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(OSError, match="full"):
        export_onnx(tiny_network("mean"), tmp_path / "net.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]
    assert (tmp_path / "net.onnx").read_text() == "before"


@pytest.mark.parametrize("unit_length", [False, True])
@pytest.mark.parametrize("name", HEADS)
def test_every_head_is_exported_as_it_is(name: str, unit_length: bool, tmp_path: Path) -> None:
    check(tiny_network(name, unit_length=unit_length), tmp_path / "net.onnx")


@pytest.mark.parametrize("score", ["linear", "mlp", "dot"])
@pytest.mark.parametrize("normalise", ["topk", "softmax", "none"])
@pytest.mark.parametrize("combine", ["inside", "add", "none"])
@pytest.mark.parametrize(("memory", "closing"), [("state", 0), ("state", 2), ("frame", 0), ("frame", 2)])
def test_every_rule_of_the_cell_is_exported_as_it_is(
    score: str, normalise: str, combine: str, memory: str, closing: int, tmp_path: Path
) -> None:
    closing = closing or int(combine == "none")
    rule = {"score": score, "normalise": normalise, "combine": combine, "memory": memory, "closing": closing}
    network = tiny_network("utrcnn", variant="custom", k_top=3, k_att=2, **rule)
    if score == "dot" and normalise == "none":  # sums of sums with larger ones soon are no numbers
        torch.nn.init.constant_(network.head.cell.beta, 0.05)
        torch.nn.init.constant_(network.head.cell.w.weight, 0.02)
    check(network, tmp_path / "net.onnx")

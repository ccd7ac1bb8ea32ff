"""Checkpoints: what was saved comes back; what is no checkpoint is refused in one sentence."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from reid_core.model import (
    HEADS,
    Calibration,
    Checkpoint,
    CheckpointError,
    ShippedCohort,
    load_checkpoint,
    save_checkpoint,
)
from reid_core.model import checkpoint as module
from tests.tiny import pictured_network, tiny_network

CALIBRATION = Calibration(1.5, 0.25, 0.1, "nobody", (0.0, 1.0), (1,), (1,))


def rewritten(path: Path, **metadata: str) -> Path:
    with safe_open(path, framework="pt") as file:
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        old = file.metadata()
    changed = path.with_name("changed.safetensors")
    save_file(weights, changed, {**old, **metadata})
    return changed


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "net.safetensors"
    save_checkpoint(path, tiny_network(), {"trained on": "synthetic people"})
    return path


def test_a_checkpoint_says_what_it_was_trained_on_and_what_its_first_weights_had_seen() -> None:
    pictured = pictured_network()
    card = {"trained_on": "synthetic people"}
    assert Checkpoint("a", tiny_network(), card).trained_on == "synthetic people"
    assert Checkpoint("b", pictured, card).trained_on == "synthetic people, begun with weights of ImageNet"
    assert Checkpoint("c", pictured, {}).trained_on == ""


@pytest.mark.parametrize("name", HEADS)
def test_what_was_saved_comes_back(name: str, tmp_path: Path) -> None:
    network, clips = tiny_network(name), torch.randn(2, 8, 6, 14, 10)
    path = tmp_path / "net.safetensors"
    save_checkpoint(path, network, {"seed": 3}, CALIBRATION)
    checkpoint = load_checkpoint(path)
    assert checkpoint.card == {"seed": 3}
    assert checkpoint.calibration == CALIBRATION
    assert checkpoint.network.config == network.config
    assert not checkpoint.network.training
    assert torch.equal(checkpoint.network(clips).embedding, network(clips).embedding)


def test_a_checkpoint_is_found_by_its_name(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_FOLDER", saved.parent)
    assert load_checkpoint("net").calibration is None
    with pytest.raises(CheckpointError, match="there is no checkpoint 'other'; there are: net"):
        load_checkpoint("other")


def test_nothing_but_the_checkpoint_is_left_behind(saved: Path) -> None:
    assert list(saved.parent.iterdir()) == [saved]


def test_a_newer_format_is_refused(saved: Path) -> None:
    with pytest.raises(CheckpointError, match="has format version 5; this package reads up to 4"):
        load_checkpoint(rewritten(saved, format_version="5"))


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"format_version": "x"}, "no configuration"),
        ({"config": "{"}, "metadata of changed.safetensors is damaged"),
        ({"calibration": "[]"}, "calibration of changed.safetensors cannot be used"),
        ({"calibration": '{"threshold": 1.5}'}, "calibration of changed.safetensors cannot be used"),
        ({"config": "{}"}, "configuration of changed.safetensors cannot be used"),
        ({"config": '{"input": {"colour": 1}, "encoder": {}, "head": {}}'}, "cannot be used"),
        ({"config": '{"input": {}, "encoder": {"kernel": 0}, "head": {}}'}, "PaperConfig.kernel is 0"),
        ({"config": '{"input": {}, "encoder": {}, "head": {"name": "rcnn"}}'}, "do not fit its configuration"),
        ({"config": '{"input": {}, "encoder": {}, "head": {"name": "lstm"}}'}, "there is no head 'lstm'"),
        ({"config": '{"input": {}, "encoder": {"name": "vgg"}, "head": {}}'}, "there is no encoder 'vgg'"),
        ({"config": '{"input": {}, "encoder": {"name": "paper"}, "head": {"name": "mean", "hidden": 3}}'}, "no option"),
        ({"config": '{"input": {}, "encoder": {"streams": [3, 2], "pooling": "pyramid"}, "head": {}}'}, "has both"),
    ],
)
def test_metadata_that_cannot_be_used_is_refused(saved: Path, metadata: dict[str, str], message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(rewritten(saved, **metadata))


def test_a_missing_weight_is_named(saved: Path) -> None:
    with safe_open(saved, framework="pt") as file:
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    weights.pop("encoder.linear.bias")
    save_file(weights, saved, metadata)
    with pytest.raises(CheckpointError, match=r"encoder.linear.bias has shape none, expected \(8,\)"):
        load_checkpoint(saved)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint at all", b"\xff" * 100])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="is not a safetensors file that can be read"):
        load_checkpoint(path)


def test_foreign_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"weight": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="it was not written by this package"):
        load_checkpoint(path)


def test_a_cohort_comes_back_with_whose_it_is(tmp_path: Path) -> None:
    path, embeddings = tmp_path / "net.safetensors", torch.randn(4, 6)
    save_checkpoint(path, tiny_network(), {}, CALIBRATION, ShippedCohort("four strangers", embeddings))
    cohort = load_checkpoint(path).cohort
    assert cohort is not None and cohort.source == "four strangers"
    assert torch.equal(cohort.embeddings, embeddings)
    assert cohort.output.embedding.shape == (4, 6)


def test_a_checkpoint_without_a_cohort_is_read_as_in_earlier_versions(saved: Path) -> None:
    assert load_checkpoint(saved).cohort is None
    with safe_open(saved, framework="pt") as file:
        old = {key: value for key, value in file.metadata().items() if key != "cohort"}
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    save_file(weights, saved, {**old, "format_version": "2"})
    assert load_checkpoint(saved).cohort is None


@pytest.mark.parametrize("embeddings", [torch.ones(3), torch.full((2, 6), torch.nan)])
def test_a_cohort_that_is_none_is_refused(embeddings: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="embeddings must be finite numbers"):
        ShippedCohort("nobody", embeddings)

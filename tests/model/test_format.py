"""Networks that version 1 wrote are what they were: ``stored_networks.json`` holds what they embedded then."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from reid_core.model import (
    HEADS,
    ReIdNetwork,
    config_from_dict,
    config_to_dict,
    in_version_2,
    load_checkpoint,
    write_tensors,
)
from reid_core.model.checkpoint import CHECKPOINT_FOLDER
from reid_core.runs import read_run
from tests.tiny import tiny_config

STORED = json.loads(Path(__file__).with_name("stored_networks.json").read_text())
SHIPPED, FLAT = STORED["shipped"], STORED["version_1"]
RUNS = sorted(Path("assets").glob("*/*/run.json"))
FLAT_RUNS = [path for path in RUNS if len(json.loads(path.read_text())["network"].get("head", ())) == 15]


def embedded(network: ReIdNetwork) -> torch.Tensor:
    """Every eighth or so of the numbers of two pseudo-random clips, the second of which is padded."""
    seen = network.config.input
    shape = (2, 9, seen.channel_count, seen.crop_height, seen.crop_width)
    clips = torch.from_numpy(np.random.default_rng(0).standard_normal(shape, dtype=np.float32))
    with torch.no_grad():
        embedding = network(clips, torch.tensor([9, 6])).embedding
    return embedding[:, :: max(1, embedding.shape[1] // 8)]


def in_a_file(stored: dict[str, Any], path: Path) -> Path:
    """A checkpoint as version 1 wrote it, with weights that depend on their names alone."""
    weights = {}
    for name, shape in stored["shapes"].items():
        wave = np.sin(0.37 * np.arange(math.prod(shape)) + sum(name.encode())) / shape[-1] ** 0.5
        weights[name] = torch.from_numpy(wave.astype(np.float32).reshape(shape))
    content = {"config": json.dumps(stored["config"]), "card": "{}", "calibration": "null", "format_version": "1"}
    write_tensors(path, weights, content)
    return path


@pytest.mark.parametrize("name", SHIPPED)
def test_a_checkpoint_that_ships_embeds_what_it_did(name: str) -> None:
    found = embedded(load_checkpoint(name).network)
    torch.testing.assert_close(found, torch.tensor(SHIPPED[name]["embedding"]), atol=1e-5, rtol=0)


def test_no_checkpoint_that_ships_is_left_out() -> None:
    files = [*CHECKPOINT_FOLDER.glob("*.safetensors"), *CHECKPOINT_FOLDER.glob("small/*.safetensors")]
    assert {path.relative_to(CHECKPOINT_FOLDER).with_suffix("").as_posix() for path in files} == set(SHIPPED)


@pytest.mark.parametrize("name", FLAT)
def test_a_checkpoint_with_the_options_of_all_heads_embeds_what_it_did(name: str, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(in_a_file(FLAT[name], tmp_path / "net.safetensors"))
    assert checkpoint.network.config.head.name == name
    torch.testing.assert_close(embedded(checkpoint.network), torch.tensor(FLAT[name]["embedding"]), atol=1e-5, rtol=0)


@pytest.mark.parametrize("path", FLAT_RUNS, ids=lambda path: path.parent.name)
def test_the_network_of_a_stored_run_is_read_without_the_options_of_other_heads(path: Path) -> None:
    flat, run = json.loads(path.read_text()), read_run(path.parent)
    network = config_from_dict(run.info.network)
    assert network == config_from_dict(flat["network"])
    written = json.loads(json.dumps(config_to_dict(network)))
    known = {key: written["head"][key] for key in run.info.network["head"]}  # options that are newer than the run apart
    assert written | {"head": known} == run.info.network
    assert {key: flat["network"]["head"][key] for key in run.info.network["head"]} == run.info.network["head"]


def test_all_stored_runs_are_looked_at() -> None:
    assert (len(RUNS), len(FLAT_RUNS)) == (55, 42)


@pytest.mark.parametrize("name", HEADS)
def test_a_configuration_is_read_as_it_was_written(name: str) -> None:
    config = tiny_config(name)
    written = json.loads(json.dumps(config_to_dict(config)))
    assert in_version_2(written) == written
    assert config_from_dict(written) == config


def test_what_was_not_written_is_not_made_up() -> None:
    assert in_version_2({"head": {"name": "bptt", "k_top": 5}}) == {"head": {"name": "bptt"}}
    assert in_version_2({"input": {"height": 64}}) == {"input": {"height": 64}}
    assert in_version_2({"head": {"name": "lstm", "depth": 2}}) == {"head": {"name": "lstm", "depth": 2}}

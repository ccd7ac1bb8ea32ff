"""Checkpoints: the weights as safetensors, with configuration, model card and calibration in the file's metadata."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from reid_core.files import written
from reid_core.model.calibration import Calibration
from reid_core.model.cohort import ShippedCohort
from reid_core.model.format import FORMAT_VERSION, config_from_dict, config_to_dict
from reid_core.model.network import ReIdNetwork
from reid_core.shipped import checkpoint_folder

CHECKPOINT_FOLDER = checkpoint_folder()
TRUNK_FOLDER = CHECKPOINT_FOLDER / "trunk"
COHORT = "cohort"  # of the tensors the one that is no weight


class CheckpointError(ValueError):
    """A checkpoint cannot be found, read or used; the message is one sentence that says why."""


@dataclass(frozen=True)
class Checkpoint:
    """A network ready for use (eval mode), its model card, its file's name; calibration and cohort if it has any."""

    name: str
    network: ReIdNetwork
    card: dict[str, Any]
    calibration: Calibration | None = None
    cohort: ShippedCohort | None = None

    @property
    def trained_on(self) -> str:
        """The data that its card names, with what its encoder's first weights had seen; "" where it names none."""
        named, before = str(self.card.get("trained_on", "")), self.network.config.encoder.trunk_saw
        return f"{named}, begun with weights of {before}" if named and before else named


def save_checkpoint(
    path: Path,
    network: ReIdNetwork,
    card: dict[str, Any],
    calibration: Calibration | None = None,
    cohort: ShippedCohort | None = None,
) -> None:
    """Write the network to ``path``, complete or not at all.

    Args: path: ends in .safetensors. card: anything that JSON can hold.
    """
    content = {
        "config": config_to_dict(network.config),
        "card": card,
        "calibration": calibration and calibration.to_dict(),
        "cohort": None if cohort is None else cohort.source,
    }
    metadata = {"format_version": str(FORMAT_VERSION), **{key: json.dumps(value) for key, value in content.items()}}
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    write_tensors(path, weights if cohort is None else weights | {COHORT: cohort.embeddings.contiguous()}, metadata)


def write_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file, complete or not at all. Raises: OSError: it cannot be written, path named."""
    try:
        with written(path) as place:
            save_file(tensors, place, metadata)
    except SafetensorError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def load_checkpoint(name: str | Path) -> Checkpoint:
    """Read a checkpoint by its path, or by the name of one in ``CHECKPOINT_FOLDER``.

    Returns: the network in eval mode on the CPU, with card, calibration and cohort.
    Raises: CheckpointError: no such checkpoint, not a checkpoint, a newer format, or weights that do not fit.
    """
    path = find_checkpoint(name)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path.name} is not a safetensors file that can be read ({error})") from error
    content = _read_metadata(metadata, path.name)
    network = _build(content["config"], path.name)
    cohort = _cohort(content["cohort"], weights.pop(COHORT, None), path.name)
    _check_weights(weights, network, path.name)
    network.load_state_dict(weights)
    calibration = _calibration(content["calibration"], path.name)
    return Checkpoint(path.stem, network.eval(), content["card"], calibration, cohort)


def load_trunk(encoder: Any) -> None:
    """Give the part ``trunk`` of an encoder the weights that its configuration names, out of ``TRUNK_FOLDER``.

    Raises: CheckpointError: they are not there or do not fit.
    """
    path = TRUNK_FOLDER / f"{encoder.config.trunk}.safetensors"
    try:
        encoder.trunk.load_state_dict(load_file(path))
    except (SafetensorError, OSError, RuntimeError) as error:
        raise CheckpointError(
            f"{path.name} does not hold the weights of encoder {encoder.config.name!r}: {error}"
        ) from error


def find_checkpoint(name: str | Path) -> Path:
    """The file of a checkpoint, given as a path or as a name in ``CHECKPOINT_FOLDER``.

    Raises: CheckpointError: neither name nor path, or there is none; the message lists the names that there are.
    """
    if not isinstance(name, str | Path):
        raise CheckpointError(f"checkpoint must be a name or a path, got {name!r}")
    for path in (Path(name), CHECKPOINT_FOLDER / f"{name}.safetensors"):
        if path.is_file():
            return path
    files = [path for path in CHECKPOINT_FOLDER.rglob("*.safetensors") if TRUNK_FOLDER not in path.parents]
    names = sorted(path.relative_to(CHECKPOINT_FOLDER).with_suffix("").as_posix() for path in files)
    known = ", ".join(names) or "none"
    raise CheckpointError(f"there is no checkpoint {str(name)!r}; there are: {known}")


def _read_metadata(metadata: dict[str, str], name: str) -> dict[str, Any]:
    version = metadata.get("format_version", "")
    if not version.isdecimal() or not {"config", "card", "calibration"} <= metadata.keys():
        raise CheckpointError(f"{name} holds weights but no configuration: it was not written by this package")
    if int(version) > FORMAT_VERSION:
        raise CheckpointError(f"{name} has format version {version}; this package reads up to {FORMAT_VERSION}")
    try:
        read = {key: json.loads(metadata[key]) for key in ("config", "card", "calibration")}
        return read | {"cohort": json.loads(metadata.get("cohort", "null"))}  # from version 3 on
    except json.JSONDecodeError as error:
        raise CheckpointError(f"the metadata of {name} is damaged ({error})") from error


def _build(config: Any, name: str) -> ReIdNetwork:
    try:
        return ReIdNetwork(config_from_dict(config))
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise CheckpointError(f"the configuration of {name} cannot be used: {error}") from error


def _calibration(values: Any, name: str) -> Calibration | None:
    try:
        return None if values is None else Calibration.from_dict(values)
    except (ValueError, AttributeError) as error:
        raise CheckpointError(f"the calibration of {name} cannot be used: {error}") from error


def _cohort(source: Any, embeddings: Tensor | None, name: str) -> ShippedCohort | None:
    try:
        return None if embeddings is None else ShippedCohort(source, embeddings)
    except ValueError as error:
        raise CheckpointError(f"the cohort of {name} cannot be used: {error}") from error


def _check_weights(weights: dict[str, Any], network: ReIdNetwork, name: str) -> None:
    expected = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    found = {key: tuple(tensor.shape) for key, tensor in weights.items()}
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            raise CheckpointError(
                f"the weights of {name} do not fit its configuration: {key} has shape {found.get(key, 'none')}, "
                f"expected {expected.get(key, 'none')}"
            )

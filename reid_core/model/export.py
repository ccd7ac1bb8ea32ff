"""Export to ONNX, for use without PyTorch."""

from pathlib import Path

from reid_core.model.network import ReIdNetwork


def export_onnx(network: ReIdNetwork, path: Path) -> None:
    """Not written yet."""
    raise ValueError(f"{path}: export is not available for head {network.config.head.name!r}")

"""Where the weights are that ship with the package."""

from pathlib import Path


def checkpoint_folder() -> Path:
    """The folder ``checkpoints``: inside the package where it was installed, beside it in its repository."""
    package = Path(__file__).resolve().parent
    inside = package / "checkpoints"
    return inside if inside.is_dir() else package.parent / "checkpoints"

"""What the command line can do: each command is a frozen dataclass of its options with a ``run`` method.

Only the module of the command that was asked for is imported: the list of all of them must not wait for PyTorch.
"""

from importlib import import_module
from typing import Any

COMMANDS = {  # module, class, and how its docstring begins
    "compare": ("videos", "Compare", "Are two videos of the same person?"),
    "embed": ("videos", "Embed", "Write the embeddings of videos to a file"),
    "calibrate": (
        "calibrate",
        "Calibrate",
        "Find the threshold between same and different on your own pairs of videos",
    ),
    "explain": ("explain", "Explain", "Which frames of a video count"),
    "synthesize": ("datasets", "Synthesize", "Render synthetic people seen by two cameras"),
    "check-data": ("datasets", "CheckData", "Compare a data set's folder with what its publishers describe"),
    "train": ("training", "Train", "Train on a data set's training identities and evaluate on its test identities"),
    "evaluate": ("training", "Evaluate", "Evaluate runs again on the test identities of their splits"),
    "cross": ("training", "Cross", "Test a run's checkpoints on another data set"),
    "bias": ("explain", "Bias", "Does it matter where in a clip somebody steps in front?"),
    "export": ("training", "Export", "Write a checkpoint as ONNX"),
}


def load_command(name: str) -> Any:
    """The class of a command, one of ``COMMANDS``."""
    module, class_name, _ = COMMANDS[name]
    return getattr(import_module(f"reid_core.commands.{module}"), class_name)


__all__ = ["COMMANDS", "load_command"]

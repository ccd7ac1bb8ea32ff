"""What the command line can do: each command is a frozen dataclass of its options with a ``run`` method.

Only the module of the command that was asked for is imported: the list of all of them must not wait for PyTorch.
"""

import gc
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

COMMANDS = {  # module, class, and how its docstring begins
    "compare": ("videos", "Compare", "Are two videos of the same person?"),
    "embed": ("videos", "Embed", "Write the embeddings of videos to a file"),
    "calibrate": (
        "calibrate",
        "Calibrate",
        "Find the threshold between same and different on your own pairs of videos",
    ),
    "index": ("search", "MakeIndex", "Make an index of the people in videos, or add to it"),
    "search": ("search", "Search", "Where is this person? Look through one index or more"),
    "identities": ("search", "Identities", "Who was where when: put the tracklets of an index together by person"),
    "forget": ("search", "Forget", "Delete an index with all that is in it, or remove videos from it"),
    "explain": ("explain", "Explain", "Which frames of a video count"),
    "synthesize": ("datasets", "Synthesize", "Render synthetic people seen by two cameras"),
    "pack": ("datasets", "Pack", "Put a data set's files into one table"),
    "check-data": ("datasets", "CheckData", "Compare a data set's folder with what its publishers describe"),
    "train": ("training", "Train", "Train on a data set's training identities and evaluate on its test identities"),
    "tapr": ("tapr", "Tapr", "Test TAPR (walking cycle, hand-made features, metric learning) as the heads are tested"),
    "evaluate": ("training", "Evaluate", "Evaluate runs again on the test identities of their splits"),
    "cross": ("training", "Cross", "Test a run's checkpoints on another data set"),
    "rank": ("rank", "Rank", "Rank a gallery of any size for each probe"),
    "bias": ("explain", "Bias", "Does it matter where in a clip somebody steps in front?"),
    "report": ("report", "Report", "Write runs as a folder that opens without the app"),
    "export": ("training", "Export", "Write a checkpoint as ONNX"),
}


def load_command(name: str) -> Any:
    """The class of a command, one of ``COMMANDS``."""
    module, class_name, _ = COMMANDS[name]
    return getattr(_imported(f"reid_core.commands.{module}"), class_name)


def _imported(module: str) -> ModuleType:
    """Import out of sight of the garbage collector, which would look at all that PyTorch keeps again and again.

    Nor does it when the program ends, where it takes a quarter of the time of a small comparison.
    """
    if module not in sys.modules:
        gc.disable()
        try:
            import_module(module)
        finally:
            if "triton" not in sys.modules:  # its bindings complain of what is left at the end
                gc.freeze()
            gc.enable()
    return sys.modules[module]


__all__ = ["COMMANDS", "load_command"]

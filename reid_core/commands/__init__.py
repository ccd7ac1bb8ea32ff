"""What the command line can do: each command is a frozen dataclass of its options with a ``run`` method."""

from typing import Annotated

from tyro.conf import subcommand

from reid_core.commands.calibrate import Calibrate
from reid_core.commands.datasets import CheckData, Synthesize
from reid_core.commands.explain import Bias, Explain
from reid_core.commands.training import Cross, Evaluate, Export, Train
from reid_core.commands.videos import Compare, Embed

Command = (
    Annotated[Compare, subcommand("compare")]
    | Annotated[Embed, subcommand("embed")]
    | Annotated[Calibrate, subcommand("calibrate")]
    | Annotated[Synthesize, subcommand("synthesize")]
    | Annotated[CheckData, subcommand("check-data")]
    | Annotated[Train, subcommand("train")]
    | Annotated[Evaluate, subcommand("evaluate")]
    | Annotated[Cross, subcommand("cross")]
    | Annotated[Export, subcommand("export")]
    | Annotated[Explain, subcommand("explain")]
    | Annotated[Bias, subcommand("bias")]
)

__all__ = ["Command"]

"""Whom a command looks at, with which network, and against which others."""

import functools
from pathlib import Path
from typing import Annotated

from tyro.conf import arg

from reid_core.commands.progress import Bars
from reid_core.evaluation import Others, read_others
from reid_core.video import PersonDetector

BOX = "a box X,Y,W,H, in pixels once scaled to 960 a side"
CropText = Annotated[str, arg(help=f"auto: the person seen longest; full: the whole frame; or {BOX}.")]
CheckpointName = Annotated[str, arg(help="Name of a checkpoint that ships, or a path.")]
CohortFolder = Annotated[
    Path | None,
    arg(
        help="Folder of videos of other people from the same cameras, whom distances are held against; with two "
        "folders cam* in it where these are two. By default who else is in the two videos."
    ),
]


def others_in(folder: Path) -> Others:
    """The people of a folder. Raises: ValueError: no videos of people in it."""
    with Bars(f"cohort {folder.name}:") as bars:
        return read_others(folder, functools.cache(PersonDetector), bars)

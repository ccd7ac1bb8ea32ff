"""Whom a command looks at, and with which network."""

from typing import Annotated

from tyro.conf import arg

BOX = "a box X,Y,W,H, in pixels once scaled to 960 a side"
CropText = Annotated[str, arg(help=f"auto: the person seen longest; full: the whole frame; or {BOX}.")]
CheckpointName = Annotated[str, arg(help="Name of a checkpoint that ships, or a path.")]

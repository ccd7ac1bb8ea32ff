"""From the frames of a tracklet to the channels that the network reads (METHOD: colour, flow, standardising).

A frame takes two steps. `measure` is slow (optical flow), knows nothing of the network and is done once: its
result is what the cache keeps. `channels` is fast, works on whole batches of clips and is done at every use.
"""

import math
from dataclasses import dataclass
from functools import cache, partial

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.video.frame import FRAME_HEIGHT, FRAME_WIDTH

CHANNEL_COUNTS = {"yuv": 3, "flow": 2, "colour": 3, "rgb": 3}
NORMS = ("std", "rcnn")

MAX_FLOW_PX = 16.0
"""Longer flow is clipped as an outlier: a quarter of the width, and 99 % of a walker's at 10 frames a second less."""

COLOUR_FLOOR = 1 / 255
"""A colour channel that varies by less than one grey level counts as constant."""

FLOW_FLOOR_PX = 0.25
"""Flow that varies by less than this is camera noise and is not blown up to unit variance."""

YUV_FROM_RGB = ((0.299, 0.587, 0.114), (-0.14713, -0.28886, 0.436), (0.615, -0.51499, -0.10001))

COLOUR_MEAN = (0.45, 0.0, 0.0)
COLOUR_SCALE = (0.25, 0.05, 0.07)
"""Round numbers near mean and deviation of Y, U, V over pictures of walking people."""

RGB_MEAN = (0.485, 0.456, 0.406)
RGB_SCALE = (0.229, 0.224, 0.225)
"""Mean and deviation of R, G, B over ImageNet, at which networks trained there take their pictures."""


@dataclass(frozen=True)
class InputConfig:
    """What the network sees of a frame: its size, the crop of it, and its channels in order.

    Args: height, width: size in px that frames are brought to. crop_height, crop_width: size of the crop.
        channels: groups, in order: ``yuv`` (standardised for each frame, 3), ``flow`` (the same, horizontal and
        vertical, 2), ``colour`` (YUV at a fixed scale, so absolute colour stays, 3), ``rgb`` (RGB at ImageNet's scale,
        for encoders that begin with weights of its pictures, 3).
        norm: ``std`` divides by the standard deviation, ``rcnn`` by its root (what RCNN's code does).
    Raises: ValueError: a field is out of range; the message names it.
    """

    height: int = 64
    width: int = 48
    crop_height: int = 56
    crop_width: int = 40
    channels: tuple[str, ...] = ("yuv", "flow")
    norm: str = "std"

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        for size, crop in (("height", "crop_height"), ("width", "crop_width")):
            if not 1 <= getattr(self, crop) <= getattr(self, size):
                raise ValueError(
                    f"{crop} must be between 1 and {size} ({getattr(self, size)}), got {getattr(self, crop)}"
                )
        if (
            not self.channels
            or len(set(self.channels)) < len(self.channels)
            or set(self.channels) - set(CHANNEL_COUNTS)
        ):
            raise ValueError(
                f"channels must be different ones of {', '.join(CHANNEL_COUNTS)}, at least one, got {self.channels!r}"
            )
        if self.norm not in NORMS:
            raise ValueError(f"norm must be one of {', '.join(NORMS)}, got {self.norm!r}")

    @property
    def channel_count(self) -> int:
        """C, the number of channels of a frame."""
        return sum(CHANNEL_COUNTS[group] for group in self.channels)

    @property
    def sees_flow(self) -> bool:
        """Whether a channel needs the optical flow."""
        return "flow" in self.channels

    @property
    def horizontal_flow(self) -> int | None:
        """Index of the channel whose sign turns when a clip is mirrored; None without flow."""
        if not self.sees_flow:
            return None
        return sum(CHANNEL_COUNTS[group] for group in self.channels[: self.channels.index("flow")])


@dataclass(frozen=True)
class Measured:
    """What is computed once for a tracklet.

    Args: colour: uint8 (T, height, width, 3) RGB. flow: float16 (T, height, width, 2), px of the 128 x 64 frame; the
        last dimension is 0 where no channel needs it.
    """

    colour: NDArray[np.uint8]
    flow: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.colour)


def measure(frames: NDArray[np.uint8], config: InputConfig = InputConfig()) -> Measured:
    """Resize the frames of a tracklet and, where a channel needs it, compute the optical flow from each previous one.

    Flow is DIS (Kroeger et al., ECCV 2016), preset "medium": half the error of "fast", as good as Farneback. It is
    computed on the grey 128 x 64 frames: (horizontal, vertical) in px of that size whatever the output size is,
    clipped to +-MAX_FLOW_PX. The first frame's is zero.

    Args: frames: uint8 (T, 128, 64, 3) RGB. config: its height and width, and whether it sees flow, are read.
    Returns: colour (T, height, width, 3), flow (T, height, width, 2), without flow (T, height, width, 0).
    Raises: ValueError: frames of another shape or type, or none.
    """
    if frames.dtype != np.uint8 or frames.shape[1:] != (FRAME_HEIGHT, FRAME_WIDTH, 3) or not len(frames):
        raise ValueError(
            f"frames must be uint8 (T, {FRAME_HEIGHT}, {FRAME_WIDTH}, 3) with T >= 1, got {frames.dtype} {frames.shape}"
        )
    size = (config.width, config.height)
    colour = np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR) for frame in frames])
    flow = np.empty((*colour.shape[:3], 0))
    if config.sees_flow:
        flow = np.stack([cv2.resize(step, size, interpolation=cv2.INTER_LINEAR) for step in flow_px(frames)])
    return Measured(colour.astype(np.uint8, copy=False), flow.astype(np.float16))


def flow_px(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Optical flow previous -> current frame in px of the frames given, clipped; shape (T, H, W, 2), first zero."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = np.zeros((*frames.shape[:3], 2), np.float32)
    for t in range(1, len(grey)):
        dis.calc(grey[t - 1], grey[t], flow[t])  # in place, from no motion as the first guess
    return flow.clip(-MAX_FLOW_PX, MAX_FLOW_PX)


def channels(
    colour: Tensor | NDArray[np.uint8], flow: Tensor | NDArray[np.float16], config: InputConfig = InputConfig()
) -> Tensor:
    """The network's input channels, in the order that the configuration names them.

        yuv:    standardise(YUV(colour / 255))       Y = .299 R + .587 G + .114 B; U, V likewise
        flow:   standardise(flow)
        colour: (YUV(colour / 255) - COLOUR_MEAN) / COLOUR_SCALE
        rgb:    (colour / 255 - RGB_MEAN) / RGB_SCALE

    Args: colour: uint8 (..., H, W, 3) RGB. flow: (..., H, W, 2) in px, or (..., H, W, 0) where the configuration sees
        none. Any leading dimensions, such as (B, T).
    Returns: float32 (..., C, H, W).
    Raises: ValueError: shapes that do not fit each other or the configuration.
    """
    colour, flow = torch.as_tensor(colour), torch.as_tensor(flow)
    size = (config.height, config.width)
    flows = (2,) if config.sees_flow else (0, 2)
    if colour.shape[-3:] != (*size, 3) or flow.shape[:-1] != colour.shape[:-1] or flow.shape[-1] not in flows:
        raise ValueError(
            f"colour and flow must be (..., {size[0]}, {size[1]}, 3) and (..., {size[0]}, {size[1]}, 2), "
            f"got {tuple(colour.shape)} and {tuple(flow.shape)}"
        )
    yuv = cache(partial(_yuv, colour))
    groups = {
        "yuv": lambda: standardise(yuv(), COLOUR_FLOOR, config.norm),
        "flow": lambda: standardise(flow.movedim(-1, -3).float(), FLOW_FLOOR_PX, config.norm),
        "colour": lambda: (yuv() - _column(COLOUR_MEAN, colour)) / _column(COLOUR_SCALE, colour),
        "rgb": lambda: (colour.movedim(-1, -3) / 255 - _column(RGB_MEAN, colour)) / _column(RGB_SCALE, colour),
    }
    return torch.cat([groups[name]() for name in config.channels], dim=-3)


def standardise(x: Tensor, floor: float, norm: str = "std") -> Tensor:
    """Every channel of every frame to zero mean and unit variance.

        (x - mean) / max(std, floor)          norm = "std"
        (x - mean) / sqrt(max(std, floor))    norm = "rcnn"

    Args: x: (..., H, W); mean and (population) std are over the last two dimensions.
        floor: a channel that varies by less keeps its scale relative to the floor, so noise is not blown up.
    """
    centred = x - x.mean((-2, -1), keepdim=True)
    # the norm costs a twentieth of torch.std_mean, and this runs for every frame of every batch
    std = torch.linalg.vector_norm(centred, dim=(-2, -1), keepdim=True) / math.sqrt(x.shape[-2] * x.shape[-1])
    scale = std.clamp(min=floor)
    return centred.div_(scale.sqrt() if norm == "rcnn" else scale)


def _yuv(colour: Tensor) -> Tensor:
    planes = colour.movedim(-1, -3).float().flatten(-2)
    matrix = torch.tensor(YUV_FROM_RGB, device=colour.device) / 255
    return (matrix @ planes).reshape(*planes.shape[:-1], *colour.shape[-3:-1])


def _column(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, device=like.device)[:, None, None]

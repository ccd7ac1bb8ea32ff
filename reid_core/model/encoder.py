"""From one frame to its features: three convolutions and a linear layer (paper 3.1, Fig. 2)."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Activation = Literal["tanh", "relu"]
Pooling = Literal["flatten", "pyramid"]

PYRAMID_BINS = (8, 4, 2, 1)
# Enough frames to keep the cores busy, few enough for memory not to grow with the clip.
FRAMES_AT_ONCE = 64


@dataclass(frozen=True)
class EncoderConfig:
    """Size and kind of the frame encoder; the defaults are the paper's.

    ``streams`` splits the channels into groups, each with an encoder of its own whose features are joined
    (Chung et al., ICCV 2017: ``(3, 2)``, colour and flow); empty means one encoder for all channels.
    """

    channels: int = 5
    height: int = 56
    width: int = 40
    maps: tuple[int, ...] = (16, 32, 32)
    kernel: int = 5
    padding: int = 4
    features: int = 128
    dropout: float = 0.6
    activation: Activation = "tanh"
    pooling: Pooling = "flatten"
    streams: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("channels", "height", "width", "kernel", "features"):
            if getattr(self, name) < 1:
                raise ValueError(f"EncoderConfig.{name} is {getattr(self, name)}; it must be at least 1")
        if not self.maps or min(self.maps) < 1:
            raise ValueError(f"EncoderConfig.maps is {self.maps}; it must name at least one layer of at least 1 map")
        if self.padding < 0:
            raise ValueError(f"EncoderConfig.padding is {self.padding}; it must not be negative")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"EncoderConfig.dropout is {self.dropout}; it must be at least 0 and below 1")
        if self.activation not in get_args(Activation):
            raise ValueError(
                f"EncoderConfig.activation is {self.activation!r}; it must be one of {get_args(Activation)}"
            )
        if self.pooling not in get_args(Pooling):
            raise ValueError(f"EncoderConfig.pooling is {self.pooling!r}; it must be one of {get_args(Pooling)}")
        if self.streams and (sum(self.streams) != self.channels or min(self.streams) < 1):
            raise ValueError(f"EncoderConfig.streams is {self.streams}; its parts must sum to channels={self.channels}")
        if min(map_size(self)) < 1:
            raise ValueError(f"EncoderConfig.height and width are {self.height} and {self.width}; too small for "
                             f"{len(self.maps)} layers")  # fmt: skip

    @property
    def feature_count(self) -> int:
        """Features of a frame over all streams: q."""
        return self.features * max(1, len(self.streams))

    @property
    def flat_count(self) -> int:
        """Numbers that enter the linear layer: maps x height x width, or maps x bins of the pyramid."""
        if self.pooling == "pyramid":
            return self.maps[-1] * sum(bins * bins for bins in PYRAMID_BINS)
        height, width = map_size(self)
        return self.maps[-1] * height * width


def map_size(config: EncoderConfig) -> tuple[int, int]:
    """Height and width of the last layer's maps, after its pooling: s <- floor((s + 2 padding - kernel + 1) / 2)."""
    height, width = config.height, config.width
    for _ in config.maps:
        height = (height + 2 * config.padding - config.kernel + 1) // 2
        width = (width + 2 * config.padding - config.kernel + 1) // 2
    return height, width


class FrameEncoder(nn.Module):
    """Features of single frames: [conv 5x5, pad 4 -> tanh -> max pool 2] x 3 -> flatten -> dropout -> linear.

    With ``pooling="pyramid"`` the last max pool becomes spatial pyramid pooling (ASTPN, see ``pyramid_pool``).
    With 5 channels at 56 x 40: 40,480 parameters in the convolutions, 327,808 in the linear layer (paper, Fig. 2).
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        widths = (config.channels, *config.maps)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, config.kernel, padding=config.padding) for before, after in pairwise(widths)
        ).to(memory_format=torch.channels_last)
        self.dropout = nn.Dropout(config.dropout)
        self.linear = nn.Linear(config.flat_count, config.features)

    def forward(self, frames: Tensor) -> Tensor:
        """Encode each frame by itself.

        Args: frames: shape (N, C, H, W). Returns: features, shape (N, q).
        Raises: ValueError if the frames are not of the configured size.
        """
        expected = (self.config.channels, self.config.height, self.config.width)
        if frames.ndim != 4 or tuple(frames.shape[1:]) != expected:
            raise ValueError(f"frames: expected shape (N, {', '.join(map(str, expected))}), got {tuple(frames.shape)}")
        maps = torch.cat([self._maps(chunk) for chunk in torch.split(frames, FRAMES_AT_ONCE)])
        features: Tensor = self.linear(self.dropout(maps))
        return features

    def _maps(self, maps: Tensor) -> Tensor:
        """The convolutions' maps, flattened: (N, C, H, W) -> (N, flat_count)."""
        activation = torch.tanh if self.config.activation == "tanh" else torch.relu
        maps = maps.contiguous(memory_format=torch.channels_last)
        *first, last = self.convolutions
        for convolution in first:
            # The activation rises, so the largest is the same before and after it, and a quarter is left to compute.
            maps = activation(F.max_pool2d(convolution(maps), 2))
        pool = pyramid_pool if self.config.pooling == "pyramid" else _pool_and_flatten
        return activation(pool(last(maps)))


class StreamEncoder(nn.Module):
    """One ``FrameEncoder`` for each group of channels, features joined: (N, C, H, W) -> (N, q x streams)."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.encoders = nn.ModuleList(
            FrameEncoder(replace(config, channels=channels, streams=())) for channels in config.streams
        )

    def forward(self, frames: Tensor) -> Tensor:
        """Args: frames: shape (N, C, H, W). Returns: the streams' features side by side, (N, q x streams)."""
        if frames.ndim != 4 or frames.shape[1] != self.config.channels:
            raise ValueError(f"frames: expected shape (N, {self.config.channels}, H, W), got {tuple(frames.shape)}")
        groups = torch.split(frames, list(self.config.streams), dim=1)
        return torch.cat([encoder(group) for encoder, group in zip(self.encoders, groups, strict=True)], dim=1)


def build_encoder(config: EncoderConfig) -> FrameEncoder | StreamEncoder:
    """The encoder that ``config`` describes: one, or one for each stream."""
    return StreamEncoder(config) if config.streams else FrameEncoder(config)


def pyramid_pool(maps: Tensor) -> Tensor:
    """Spatial pyramid pooling: the maximum over each bin of 8x8, 4x4, 2x2 and 1x1 grids.

    Args: maps: shape (N, D, h, w). Returns: shape (N, 85 D), finest grid first.
    Source: Xu et al., "Jointly Attentive Spatial-Temporal Pooling Networks", ICCV 2017, section 3.2.
    """
    return torch.cat([F.adaptive_max_pool2d(maps, bins).flatten(1) for bins in PYRAMID_BINS], dim=1)


def _pool_and_flatten(maps: Tensor) -> Tensor:
    return F.max_pool2d(maps, 2).flatten(1)

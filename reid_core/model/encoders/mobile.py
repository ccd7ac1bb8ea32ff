"""A frame encoder that begins with weights of real pictures: the first blocks of MobileNetV2, then two stripes."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from reid_core.data.preprocessing import InputConfig
from reid_core.model.encoders.encoder import EncoderConfig
from reid_core.model.graph import Graph
from reid_core.model.named import check_least

# Expansion, maps, blocks and stride of the first; of MobileNetV2's seven stages the five up to stride 16.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1))
FIRST_MAPS, LAST_MAPS = 32, STAGES[-1][1]

# Maps of a step of training are seen whole, since their statistics are the batch's; others a few at a time.
FRAMES_AT_ONCE = 16

# Blocks of the trunk after which pictures may exchange their style, and the alpha of the Beta that says how much.
STYLED_AFTER, STYLE_ALPHA = (1, 3), 0.1
VARIANCE = 1e-6  # is added to that of a map, which may be even


@dataclass(frozen=True)
class MobileConfig(EncoderConfig):
    """Size of the encoder on MobileNetV2's first blocks."""

    name, trunk, trunk_saw, mixes_styles = "mobile", "mobilenet_v2", "ImageNet", True

    channels: int = 3
    height: int = 128
    width: int = 64
    stripes: int = 2
    """Horizontal parts of the maps, each averaged by itself."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_least(self, 1, "stripes")
        if self.map_size[0] % self.stripes:
            raise ValueError(
                f"MobileConfig.stripes is {self.stripes}; it must divide the {self.map_size[0]} rows of the last maps"
            )

    @classmethod
    def seeing(cls, seen: InputConfig, **options: Any) -> Self:
        """The configuration for frames of that input. Raises: ValueError: it is not RGB, as of the trunk's pictures."""
        if seen.channels != ("rgb",):
            raise ValueError(f"encoder 'mobile' needs rgb as the only channels of its input, got {seen.channels}")
        return super().seeing(seen, **options)

    @property
    def map_size(self) -> tuple[int, int]:
        """Height and width of the last maps: of the frame at stride 16, rounded up."""
        return -(-self.height // 16), -(-self.width // 16)

    def build(self) -> nn.Module:
        """The encoder, with fresh weights."""
        return MobileEncoder(self)


class InvertedResidual(nn.Module):
    """y = x + conv(x), without x where maps or size change.

    The names of the weights are those of torchvision, which would take longer to import than PyTorch.
    """

    def __init__(self, conv: nn.Sequential, adds: bool) -> None:
        super().__init__()
        self.conv, self.adds = conv, adds

    def forward(self, maps: Tensor) -> Tensor:
        """Args: maps: (N, before, H, W). Returns: (N, after, H / stride, W / stride)."""
        changed: Tensor = self.conv(maps)
        return maps + changed if self.adds else changed


def _block(before: int, after: int, stride: int, expansion: int) -> InvertedResidual:
    """project(depthwise(expand(x))), without expand where it is 1 (Sandler et al., "MobileNetV2", CVPR 2018, 3.3)."""
    wide = before * expansion
    layers = [_convolution(before, wide, 1)] if expansion > 1 else []
    layers.append(_convolution(wide, wide, 3, stride, groups=wide))
    conv = nn.Sequential(*layers, nn.Conv2d(wide, after, 1, bias=False), nn.BatchNorm2d(after))
    return InvertedResidual(conv, stride == 1 and before == after)


def _convolution(before: int, after: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, BatchNorm and ReLU6."""
    convolution = nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU6(inplace=True))


def trunk(channels: int = 3) -> nn.Sequential:
    """MobileNetV2 up to its 96 maps at stride 16: ``torchvision.models.mobilenet_v2().features[:14]``."""
    layers: list[nn.Module] = [_convolution(channels, FIRST_MAPS, 3, stride=2)]
    before = FIRST_MAPS
    for expansion, maps, blocks, stride in STAGES:
        for block in range(blocks):
            layers.append(_block(before, maps, 1 if block else stride, expansion))
            before = maps
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def folded(layers: nn.Sequential) -> nn.Sequential:
    """The same in evaluation mode, each BatchNorm made part of the convolution before it: half the time.

    norm(w * x) = (g w / s) * x + b - g m / s      mean m, deviation s, scale g, shift b
    """
    found: list[nn.Module] = []
    for layer, norm in pairwise([*layers, None]):
        if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            found.append(fuse_conv_bn_eval(layer, norm))
        elif isinstance(layer, InvertedResidual):
            found.append(InvertedResidual(folded(layer.conv), layer.adds))
        elif isinstance(layer, nn.Sequential):
            found.append(folded(layer))
        elif not isinstance(layer, nn.BatchNorm2d):
            found.append(cast(nn.Module, layer))
    return nn.Sequential(*found)


def with_mixed_styles(maps: Tensor) -> Tensor:
    """Pictures with part of the style of another picture of the batch: what light and camera make of them.

        gamma (x - mu) / sigma + beta,  gamma = l sigma + (1 - l) sigma',  beta = l mu + (1 - l) mu',  l ~ Beta(.1, .1)

    mu and sigma are mean and deviation of each map of a picture, without a gradient; mu' and sigma' another picture's.

    Args: maps: (N, C, H, W). Returns: as ``maps``.
    Source: Zhou et al., "Domain Generalization with MixStyle", ICLR 2021, eq. 2 to 4.
    """
    mean = maps.mean((2, 3), keepdim=True).detach()
    deviation = (maps.var((2, 3), keepdim=True) + VARIANCE).sqrt().detach()
    share = torch.distributions.Beta(STYLE_ALPHA, STYLE_ALPHA).sample((len(maps), 1, 1, 1)).to(maps.device)
    others = torch.randperm(len(maps)).to(maps.device)
    scale = (share * deviation + (1 - share) * deviation[others]) / deviation
    return torch.addcmul(share * mean + (1 - share) * mean[others], maps - mean, scale)


class MobileEncoder(nn.Module):
    """Features of single frames: trunk -> mean of each stripe -> BatchNorm -> linear -> length sqrt(q).

    Of such features each number is about 1 large, as heads expect it.

    With 3 channels: 526,400 weights in the trunk's convolutions, 24,704 in the linear layer.
    """

    def __init__(self, config: MobileConfig) -> None:
        super().__init__()
        self.config = config
        self.styles = 0.0
        self.trunk = trunk(config.channels)
        self.norm = nn.BatchNorm1d(LAST_MAPS * config.stripes)
        self.linear = nn.Linear(LAST_MAPS * config.stripes, config.features)
        self._kept: dict[
            object, nn.Sequential
        ] = {}  # the trunk folded, by where it lies; in a dict, it is no part of it

    def train(self, mode: bool = True) -> Self:
        """Set the mode of all parts."""
        self._kept.clear()
        return super().train(mode)

    def forward(self, frames: Tensor) -> Tensor:
        """Encode each frame by itself; in training mode BatchNorm has the batch's statistics.

        Args: frames: shape (N, C, H, W). Returns: features of length sqrt(q), shape (N, q).
        Raises: ValueError if the frames are not of the configured size.
        """
        expected = (self.config.channels, self.config.height, self.config.width)
        if frames.ndim != 4 or tuple(frames.shape[1:]) != expected:
            raise ValueError(f"frames: expected shape (N, {', '.join(map(str, expected))}), got {tuple(frames.shape)}")
        parts = [frames] if self.training else torch.split(frames, FRAMES_AT_ONCE)
        layers = self.trunk if self.training or torch.is_grad_enabled() else self._folded()
        stripes = torch.cat([self._stripes(layers, part) for part in parts])
        return F.normalize(self.linear(self.norm(stripes))) * math.sqrt(self.config.features)

    def _folded(self) -> nn.Sequential:
        """The trunk as ``folded`` makes it, once where the encoder is frozen."""
        weight = self.linear.weight
        if weight.requires_grad:
            return folded(self.trunk)
        place = weight.device, weight.dtype
        if place not in self._kept:
            self._kept[place] = folded(self.trunk)
        return self._kept[place]

    def _stripes(self, layers: nn.Sequential, frames: Tensor) -> Tensor:
        """Means of the trunk's maps over each stripe: (N, C, H, W) -> (N, stripes x 96), a map's stripes together."""
        maps = frames.contiguous(memory_format=torch.channels_last)
        for number, block in enumerate(layers):
            maps = block(maps)
            if self.training and self.styles and number in STYLED_AFTER and torch.rand(()) < self.styles:
                maps = with_mixed_styles(maps)
        return F.adaptive_avg_pool2d(maps, (self.config.stripes, 1)).flatten(1)

    def export(self, graph: Graph, frames: str) -> str:
        """The same in ONNX, BatchNorm as it is in evaluation mode: (N, C, H, W) -> (N, q)."""
        rows, (height, width) = self.config.stripes, self.config.map_size
        maps = _export_layers(graph, self.trunk, frames)
        shape = graph.constant([-1, LAST_MAPS * rows, height // rows * width])
        stripes = graph("ReduceMean", graph("Reshape", maps, shape), graph.constant([2]), keepdims=0)
        features = graph.linear(_export_norm(graph, self.norm, stripes), self.linear.weight, self.linear.bias)
        length = graph.constant(math.sqrt(self.config.features), np.float32)
        return str(graph("Mul", graph.scaled(features, unit_length=True), length))


def _export_layers(graph: Graph, layers: nn.Module, x: str) -> str:
    """Layers of the trunk one after the other."""
    for layer in layers.children():
        if isinstance(layer, InvertedResidual):
            changed = _export_layers(graph, layer.conv, x)
            x = graph("Add", x, changed) if layer.adds else changed
        elif isinstance(layer, nn.Sequential):
            x = _export_layers(graph, layer, x)
        elif isinstance(layer, nn.Conv2d):
            around: dict[str, Any] = {"strides": [*layer.stride], "pads": [*layer.padding] * 2, "group": layer.groups}
            x = graph("Conv", x, graph.constant(layer.weight), **around)
        elif isinstance(layer, nn.BatchNorm2d):
            x = _export_norm(graph, layer, x)
        else:
            x = graph("Clip", x, graph.constant(0, np.float32), graph.constant(6, np.float32))
    return x


def _export_norm(graph: Graph, norm: Any, x: str) -> str:
    numbers = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
    return str(graph("BatchNormalization", x, *map(graph.constant, numbers), epsilon=norm.eps))

"""From one frame to its features: three convolutions and a linear layer (paper 3.1, Fig. 2)."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reid_core.model.encoders.encoder import EncoderConfig
from reid_core.model.graph import Graph
from reid_core.model.named import check_choice, check_dropout, check_least

Activation = Literal["tanh", "relu"]

# Enough frames to keep the cores busy, few enough for memory not to grow with the clip.
FRAMES_AT_ONCE = 64


@dataclass(frozen=True)
class PaperConfig(EncoderConfig):
    """Size and kind of the paper's frame encoder; the defaults are the paper's."""

    name = "paper"

    maps: tuple[int, ...] = (16, 32, 32)
    kernel: int = 5
    padding: int = 4
    dropout: float = 0.6
    activation: Activation = "tanh"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_least(self, 1, "kernel")
        check_least(self, 0, "padding")
        check_dropout(self)
        check_choice(self, "activation", get_args(Activation))
        name = type(self).__name__
        if not self.maps or min(self.maps) < 1:
            raise ValueError(f"{name}.maps is {self.maps}; it must name at least one layer of at least 1 map")
        if min(self.map_size) < 1:
            raise ValueError(
                f"{name}.height and width are {self.height} and {self.width}; too small for {len(self.maps)} layers"
            )

    @property
    def last_size(self) -> tuple[int, int]:
        """Height and width of the last layer's maps before its pooling.

        A layer gives s + 2 padding - kernel + 1, a pooling the half, rounded down.
        """
        height, width = self.height, self.width
        for layer in range(len(self.maps)):
            height, width = (s // 2 if layer else s for s in (height, width))
            height, width = (s + 2 * self.padding - self.kernel + 1 for s in (height, width))
        return height, width

    @property
    def map_size(self) -> tuple[int, int]:
        """Height and width of the last layer's maps, after its pooling."""
        height, width = self.last_size
        return height // 2, width // 2

    @property
    def flat_count(self) -> int:
        """Numbers that enter the linear layer: maps x height x width."""
        height, width = self.map_size
        return self.maps[-1] * height * width

    def build(self) -> nn.Module:
        """The encoder, with fresh weights."""
        return PaperEncoder(self)


class PaperEncoder(nn.Module):
    """Features of single frames: [conv 5x5, pad 4 -> tanh -> max pool 2] x 3 -> flatten -> dropout -> linear.

    With 5 channels at 56 x 40: 40,480 parameters in the convolutions, 327,808 in the linear layer (paper, Fig. 2).
    """

    def __init__(self, config: PaperConfig) -> None:
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
        return activation(self.pool(last(maps)))

    def pool(self, maps: Tensor) -> Tensor:
        """The last pooling, flattened: (N, D, h, w) -> (N, flat_count)."""
        return F.max_pool2d(maps, 2).flatten(1)

    def export(self, graph: Graph, frames: str) -> str:
        """The same in ONNX: (N, C, H, W) -> (N, q)."""
        activation, x = ("Tanh" if self.config.activation == "tanh" else "Relu"), frames
        for i, layer in enumerate(self.convolutions):
            if i:
                x = graph("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
            weights = graph.constant(layer.weight), graph.constant(layer.bias)
            x = graph(activation, graph("Conv", x, *weights, pads=[self.config.padding] * 4))
        flat = graph("Reshape", self.export_pool(graph, x), graph.constant([-1, self.config.flat_count]))
        return graph.linear(flat, self.linear.weight, self.linear.bias)

    def export_pool(self, graph: Graph, maps: str) -> str:
        """The last pooling in ONNX, in the order of ``pool``."""
        return str(graph("MaxPool", maps, kernel_shape=[2, 2], strides=[2, 2]))

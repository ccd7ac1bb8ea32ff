"""An encoder for the looks and one for the motion (Chung et al., ICCV 2017)."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn

from reid_core.data.preprocessing import InputConfig
from reid_core.model.encoders.paper import PaperConfig, PaperEncoder
from reid_core.model.graph import Graph


@dataclass(frozen=True)
class TwoStreamConfig(PaperConfig):
    """The paper's encoder for each of some groups of channels; by default for colour and for flow."""

    name = "two-stream"

    streams: tuple[int, ...] = (3, 2)
    """Channels of each."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.streams or min(self.streams) < 1 or sum(self.streams) != self.channels:
            raise ValueError(
                f"TwoStreamConfig.streams is {self.streams}; its parts must sum to channels={self.channels}"
            )

    @classmethod
    def seeing(cls, seen: InputConfig, **options: Any) -> Self:
        """The configuration for frames of that input. Raises: ValueError: flow is not its last channels."""
        if seen.channels[-1] != "flow":
            raise ValueError(f"encoder 'two-stream' needs flow as the last channels of its input, got {seen.channels}")
        return super().seeing(seen, streams=(seen.channel_count - 2, 2), **options)

    @property
    def stream_count(self) -> int:
        """One for each group of channels."""
        return len(self.streams)

    def build(self) -> nn.Module:
        """The encoders, with fresh weights."""
        return TwoStreamEncoder(self)


class TwoStreamEncoder(nn.Module):
    """A ``PaperEncoder`` for each group of channels, features joined: (N, C, H, W) -> (N, q x streams)."""

    def __init__(self, config: TwoStreamConfig) -> None:
        super().__init__()
        self.config = config
        shared = {key: value for key, value in asdict(config).items() if key not in ("channels", "streams")}
        self.encoders: Any = nn.ModuleList(PaperEncoder(PaperConfig(channels, **shared)) for channels in config.streams)

    def forward(self, frames: Tensor) -> Tensor:
        """Args: frames: shape (N, C, H, W). Returns: the streams' features side by side, (N, q x streams)."""
        if frames.ndim != 4 or frames.shape[1] != self.config.channels:
            raise ValueError(f"frames: expected shape (N, {self.config.channels}, H, W), got {tuple(frames.shape)}")
        groups = torch.split(frames, list(self.config.streams), dim=1)
        return torch.cat([encoder(group) for encoder, group in zip(self.encoders, groups, strict=True)], dim=1)

    def export(self, graph: Graph, frames: str) -> str:
        """The same in ONNX: (N, C, H, W) -> (N, q x streams)."""
        sizes = graph.constant(list(self.config.streams))
        groups = graph("Split", frames, sizes, axis=1, outputs=len(self.encoders))
        parts = [encoder.export(graph, x) for encoder, x in zip(self.encoders, groups, strict=True)]
        return str(graph("Concat", *parts, axis=1))

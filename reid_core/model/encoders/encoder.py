"""What the configurations of all encoders have in common."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from torch import nn

from reid_core.data.preprocessing import InputConfig
from reid_core.model.named import check_least


@dataclass(frozen=True)
class EncoderConfig:
    """What the configuration of every encoder has; each encoder's own adds its options."""

    name: ClassVar[str]
    trunk: ClassVar[str] = ""
    """Name of the weights, trained on other pictures, that its part ``trunk`` begins with; "" for none."""
    trunk_saw: ClassVar[str] = ""
    """Those other pictures."""
    mixes_styles: ClassVar[bool] = False
    """Whether it has a number ``styles``, the share of the steps in training that exchange its pictures' styles."""

    channels: int = 5
    """Of a frame."""
    height: int = 56
    """Of a frame, in pixels."""
    width: int = 40
    """Of a frame, in pixels."""
    features: int = 128
    """Of a frame, of each stream."""

    def __post_init__(self) -> None:
        check_least(self, 1, "channels", "height", "width", "features")

    @classmethod
    def seeing(cls, seen: InputConfig, **options: Any) -> Self:
        """The configuration for frames of that input. Raises: ValueError: it needs others."""
        return cls(seen.channel_count, seen.crop_height, seen.crop_width, **options)

    @property
    def stream_count(self) -> int:
        """In how many equal parts the features come, each of channels of its own."""
        return 1

    @property
    def feature_count(self) -> int:
        """Features of a frame over all streams: q."""
        return self.features * self.stream_count

    def build(self) -> nn.Module:
        """The encoder, with fresh weights: frames (N, C, H, W) -> features (N, q), each frame by itself.

        Its method ``export`` adds the same to a graph of ONNX and returns the name of the features.
        """
        raise NotImplementedError

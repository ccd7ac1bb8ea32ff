"""The siamese network: one encoder, one head, called once for each clip of a pair."""

from dataclasses import dataclass, field
from functools import partial
from typing import Self

from torch import Tensor, nn

from reid_core.data.preprocessing import InputConfig
from reid_core.model.digest import weights_digest
from reid_core.model.encoders import EncoderConfig, encoder_config
from reid_core.model.heads import HeadConfig, head_config
from reid_core.model.known import KnownFeatures
from reid_core.model.pooling import HeadOutput


@dataclass(frozen=True)
class NetworkConfig:
    """What the network sees, its frame encoder and its head; the three must fit together."""

    input: InputConfig = field(default_factory=InputConfig)
    encoder: EncoderConfig = field(default_factory=partial(encoder_config, "paper"))
    head: HeadConfig = field(default_factory=partial(head_config, "utrcnn"))

    def __post_init__(self) -> None:
        seen = (self.input.channel_count, self.input.crop_height, self.input.crop_width)
        encoded = (self.encoder.channels, self.encoder.height, self.encoder.width)
        if seen != encoded:
            raise ValueError(f"NetworkConfig.encoder takes (channels, height, width) {encoded}; the input has {seen}")
        if self.head.features != self.encoder.feature_count:
            raise ValueError(
                f"NetworkConfig.head.features is {self.head.features}; the encoder makes {self.encoder.feature_count}"
            )
        if len(self.head.stream_weights) != self.encoder.stream_count:
            raise ValueError(
                f"NetworkConfig.head {self.head.name!r} needs an encoder of {len(self.head.stream_weights)} streams; "
                f"the encoder {self.encoder.name!r} has {self.encoder.stream_count}"
            )


class ReIdNetwork(nn.Module):
    """From clips to embeddings: (B, T, C, H, W) -> features (B, T, q) -> embedding (B, n)."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = config.encoder.build()
        self.head = config.head.build()
        self.frozen: str | None = None
        self.known: KnownFeatures | None = None

    def freeze_encoder(self, known: KnownFeatures | None = None) -> None:
        """Keep the encoder as it is from now on, on every device: no gradient, no decay, no dropout.

        Args: known: where features are kept, and found, in evaluation mode, so that no clip is encoded twice.
        """
        self.frozen, self.known = self.encoder_digest, known
        self.encoder.requires_grad_(False).eval()

    @property
    def encoder_digest(self) -> str:
        """Tells encoders apart by configuration and weights; quick where the encoder is frozen."""
        return self.frozen or weights_digest(self.encoder, repr(self.config.encoder).encode())

    def train(self, mode: bool = True) -> Self:
        """Set the mode of all parts, but for a frozen encoder, which stays in evaluation mode."""
        super().train(mode)
        self.encoder.train(mode and not self.frozen)
        return self

    def features(self, clips: Tensor) -> Tensor:
        """Encode every frame by itself.

        Args: clips: shape (B, T, C, H, W). Returns: features, shape (B, T, q).
        """
        if clips.ndim != 5:
            raise ValueError(f"clips: expected shape (B, T, C, H, W), got {tuple(clips.shape)}")
        if self.frozen and self.known and not self.training:
            return self.known.of(self.frozen, clips, self._encoded)
        return self._encoded(clips)

    def _encoded(self, clips: Tensor) -> Tensor:
        features: Tensor = self.encoder(clips.flatten(0, 1))
        return features.view(*clips.shape[:2], -1)

    def forward(self, clips: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Embed clips. Args: clips (B, T, C, H, W); lengths: valid frames of each, (B,), None for all T."""
        return self.embed_features(self.features(clips), lengths)

    def embed_features(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """The head alone. Args: features (B, T, q); lengths (B,) or None."""
        output: HeadOutput = self.head(features, lengths)
        return output

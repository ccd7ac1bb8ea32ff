"""Networks and tracklets that are as small as they can be."""

from dataclasses import fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reid_core.data import InputConfig, PreparedTracklet
from reid_core.model import (
    HeadConfig,
    NetworkConfig,
    ReIdNetwork,
    encoder_config,
    encoder_seeing,
    head_class,
    head_config,
    load_trunk,
)
from reid_core.training import seeded_network

INPUT = InputConfig(height=16, width=12, crop_height=14, crop_width=10, channels=("yuv", "colour"))


def tiny_head(name: str, features: int = 8, hidden: int = 6, **options: Any) -> HeadConfig:
    """A head's configuration; ``hidden`` is for the heads that have it."""
    sizes = {"features": features, "hidden": hidden}
    has = {field.name for field in fields(head_class(name))}
    return head_config(name, **{size: number for size, number in sizes.items() if size in has} | options)


def tiny_config(head: str = "rcnn", dropout: float = 0.0, input_: InputConfig = INPUT, **options: Any) -> NetworkConfig:
    """A head under the encoder that suits it; options: of the head."""
    config = tiny_head(head, dropout=dropout, **options)
    encoder = head_class(head).encoder or "paper"
    own = {"streams": (3, input_.channel_count - 3)} if encoder == "two-stream" else {}
    size = {"channels": input_.channel_count, "height": input_.crop_height, "width": input_.crop_width}
    features = config.features // len(config.stream_weights)
    frames = encoder_config(encoder, **size, maps=(4, 4, 4), features=features, dropout=dropout, **own)
    return NetworkConfig(input_, frames, config)


def tiny_network(
    head: str = "rcnn", seed: int = 0, dropout: float = 0.0, input_: InputConfig = INPUT, **options: Any
) -> ReIdNetwork:
    """With random weights, in evaluation mode."""
    return seeded_network(tiny_config(head, dropout, input_, **options), seed).eval()


def pictured_network() -> ReIdNetwork:
    """The mean of features of the encoder that begins with weights of real pictures, in evaluation mode."""
    seen = InputConfig(64, 32, 64, 32, channels=("rgb",))
    config = NetworkConfig(seen, encoder_seeing("mobile", seen, features=8), tiny_head("mean", unit_length=True))
    network = seeded_network(config, 0).eval()
    load_trunk(network.encoder)
    return network


def tracklet(pid: int, camera: int, length: int, seed: int = 0, config: InputConfig = INPUT) -> PreparedTracklet:
    """A person is 4 x 3 patches of colour; cameras, frames and seeds put noise on them."""
    shape = (config.height, config.width)
    patches = np.random.default_rng((pid, 7)).integers(30, 226, (4, 3, 3))
    looks = patches.repeat(config.height // 4, 0).repeat(config.width // 3, 1)
    rng = np.random.default_rng((seed, pid, camera))
    colour = (looks + rng.normal(0, 12, (length, *shape, 3))).clip(0, 255).astype(np.uint8)
    flow = rng.normal(0, 2, (length, *shape, 2)).astype(np.float16)
    return PreparedTracklet(pid, camera, f"cam{camera}/person{pid:03d}", colour, flow)


def tracklets(persons: int, length: int = 9, seed: int = 0) -> list[PreparedTracklet]:
    """Two cameras, lengths from ``length`` up, pids with gaps."""
    return [tracklet(3 * pid + 1, camera, length + pid, seed) for camera in (1, 2) for pid in range(persons)]


def random_head(name: str, **options: Any) -> Any:
    """With random weights, in evaluation mode and float64: 6 features, 4 hidden units."""
    torch.manual_seed(0)
    head: Any = tiny_head(name, 6, 4, **options).build()
    return head.double().eval()


def random_clips(batch: int = 3, length: int = 9) -> Tensor:
    """Features, (B, T, 6), in float64."""
    return torch.randn(batch, length, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

"""Networks and tracklets that are as small as they can be."""

import numpy as np

from reid_core.data import InputConfig, PreparedTracklet
from reid_core.model import EncoderConfig, HeadConfig, NetworkConfig, ReIdNetwork
from reid_core.training import seeded_network

INPUT = InputConfig(height=16, width=12, crop_height=14, crop_width=10, channels=("yuv", "colour"))


def tiny_config(head: str = "rcnn", dropout: float = 0.0, input_: InputConfig = INPUT) -> NetworkConfig:
    streams = (3, input_.channel_count - 3) if head == "tsc" else ()
    encoder = EncoderConfig(
        channels=input_.channel_count,
        height=input_.crop_height,
        width=input_.crop_width,
        maps=(4, 4, 4),
        features=4 if streams else 8,
        dropout=dropout,
        streams=streams,
    )
    return NetworkConfig(input_, encoder, HeadConfig(head, features=8, hidden=6, dropout=dropout))


def tiny_network(head: str = "rcnn", seed: int = 0, dropout: float = 0.0, input_: InputConfig = INPUT) -> ReIdNetwork:
    """With random weights, in evaluation mode."""
    return seeded_network(tiny_config(head, dropout, input_), seed).eval()


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

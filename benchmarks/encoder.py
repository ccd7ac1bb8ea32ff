"""The frame encoder against the float32 matrix product, and the default head's share of an embedding."""

import time
from collections.abc import Callable
from statistics import median

import torch

from reid_core.model import EncoderConfig, FrameEncoder, HeadConfig, build_head

FRAMES = 128
MATRIX = 2048


def seconds(task: Callable[[], object]) -> float:
    """Time of one call."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def multiply_adds(config: EncoderConfig) -> int:
    """Multiply-adds of one frame: those of the convolutions over their padded maps, and of the linear layer."""
    height, width, channels, total = config.height, config.width, config.channels, 0
    for maps in config.maps:
        height, width = (size + 2 * config.padding - config.kernel + 1 for size in (height, width))
        total += height * width * maps * channels * config.kernel**2
        height, width, channels = height // 2, width // 2, maps
    return total + config.flat_count * config.features


def measure(repeats: int = 25) -> dict[str, float]:
    """Shares measured in this run, the three tasks in turn."""
    torch.manual_seed(0)
    encoder, head = FrameEncoder(EncoderConfig()).eval(), build_head(HeadConfig()).eval()
    frames, features = torch.randn(FRAMES, 5, 56, 40), torch.randn(1, FRAMES, 128)
    a, b = torch.randn(2, MATRIX, MATRIX)
    times: list[list[float]] = []
    with torch.inference_mode():
        for _ in range(repeats):
            tasks = (lambda: a @ b, lambda: encoder(frames), lambda: head(features))
            times.append([seconds(task) for task in tasks])
    product, encoding, heading = (median(column) for column in zip(*times[3:], strict=True))
    peak_rate = MATRIX**3 / product
    return {
        "encoder_share_of_peak": FRAMES * multiply_adds(encoder.config) / encoding / peak_rate,
        "head_share_of_embedding": heading / (encoding + heading),
        "encoder_frames_per_second": FRAMES / encoding,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:32s} {value:8.3f}")

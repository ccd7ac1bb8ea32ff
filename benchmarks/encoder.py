"""The frame encoders against the float32 matrix product, and the default head's share of an embedding."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

import torch

from reid_core.model import head_config
from reid_core.model.encoders.paper import PaperConfig
from reid_core.training import RECIPES

FRAMES = 128
MATRIX = 2048


def seconds(task: Callable[[], object]) -> float:
    """Time of one call."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def multiply_adds(config: PaperConfig) -> int:
    """Multiply-adds of one frame: those of the convolutions over their padded maps, and of the linear layer."""
    height, width, channels, total = config.height, config.width, config.channels, 0
    for maps in config.maps:
        height, width = (size + 2 * config.padding - config.kernel + 1 for size in (height, width))
        total += height * width * maps * channels * config.kernel**2
        height, width, channels = height // 2, width // 2, maps
    return total + config.flat_count * config.features


def measure(repeats: int = 40) -> dict[str, float]:
    """Shares measured in this run, the tasks in turn; each is the median over turns.

    encoder_ms_per_frame: of the robust recipe's encoder. encoder_share_of_peak: of the small recipe's; and of
    the paper's, with flow and tanh. Pooling and activations count as time, not as work.
    """
    torch.manual_seed(0)
    default, paper = (RECIPES[name].network("utrcnn").encoder.build().eval() for name in ("small", "paper"))
    robust = RECIPES["robust"].network("utrcnn").encoder.build().eval()
    head = head_config("utrcnn").build().eval()
    frames = {encoder: torch.randn(FRAMES, encoder.config.channels, 56, 40) for encoder in (default, paper)}
    pictures = torch.randn(FRAMES, 3, 128, 64)
    features, (a, b) = torch.randn(1, FRAMES, 128), torch.randn(2, MATRIX, MATRIX)
    turns: list[tuple[float, ...]] = []
    with torch.inference_mode():
        for _ in range(repeats):
            rate = MATRIX**3 / seconds(lambda: a @ b)
            encoding, papers = (seconds(partial(encoder, frames[encoder])) for encoder in (default, paper))
            heading = seconds(lambda: head(features))
            picturing = seconds(lambda: robust(pictures))
            work = [FRAMES * multiply_adds(encoder.config) / rate for encoder in (default, paper)]
            shares = work[0] / encoding, work[1] / papers, heading / (encoding + heading)
            turns.append((*shares, FRAMES / encoding, 1e3 * picturing / FRAMES))
    names = (
        "encoder_share_of_peak",
        "paper_encoder_share_of_peak",
        "head_share_of_embedding",
        "encoder_frames_per_second",
        "encoder_ms_per_frame",
    )
    return dict(zip(names, map(median, zip(*turns[3:], strict=True)), strict=True))


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:32s} {value:8.3f}")

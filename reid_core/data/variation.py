"""Clips as another camera, another box and somebody in front would have shown them: one draw for a whole clip.

For encoders that are to hold on cameras nobody trained on. Sources: Krizhevsky et al., NeurIPS 2012 (colour); Zhong et
al., "Random Erasing Data Augmentation", AAAI 2020.
"""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

LUMA = (0.299, 0.587, 0.114)

CAST, EXPOSURE, GAMMA = 0.1, 0.1, 0.15
"""Deviations of the logarithms of each channel's gain, of the gain of all, and of gamma."""

SATURATION = 0.5, 1.4
GREY, BLURRED, HIDDEN = 0.05, 0.3, 0.5
"""Shares of the clips."""

SMALLEST_BOX = 0.8
HIDDEN_HEIGHT, HIDDEN_WIDTH = (0.1, 0.5), (0.2, 0.7)


def recoloured(colour: Tensor, generator: torch.Generator) -> Tensor:
    """Change each clip's colours as another camera does: x' = (gain x)^gamma, saturation, grey, and a blur.

    Args: colour: uint8 (B, T, H, W, 3) RGB. generator: on the CPU. Returns: as ``colour``.
    """
    batch = len(colour)
    gain = CAST * torch.randn(batch, 3, generator=generator) + EXPOSURE * torch.randn(batch, 1, generator=generator)
    gamma = GAMMA * torch.randn(batch, 1, generator=generator)
    low, high = SATURATION
    saturation = low + (high - low) * torch.rand(batch, 1, generator=generator)
    saturation = torch.where(torch.rand(batch, 1, generator=generator) < GREY, 0, saturation)
    blurred = torch.rand(batch, generator=generator) < BLURRED
    x = (colour / 255 * _clips(gain.exp())).clamp(0, 1) ** _clips(gamma.exp())
    grey = (x @ torch.tensor(LUMA))[..., None]
    x = torch.lerp(grey, x, _clips(saturation)).clamp(0, 1)
    x[blurred] = _box_blur(x[blurred])
    return (255 * x).round().to(torch.uint8)


def _clips(values: Tensor) -> Tensor:
    """(B, c) against (B, T, H, W, 3)."""
    return values[:, None, None, None]


def _box_blur(x: Tensor) -> Tensor:
    """The mean over 3 x 3 pixels: (..., H, W, 3)."""
    planes = x.movedim(-1, -3).flatten(0, -4)
    mean = F.avg_pool2d(planes, 3, stride=1, padding=1, count_include_pad=False)
    return mean.reshape(x.movedim(-1, -3).shape).movedim(-3, -1)


def reframed(clips: Tensor, generator: torch.Generator) -> Tensor:
    """Show a part of each clip at the size of the whole, and hide a rectangle of every second one behind zeros.

    Args: clips: (B, T, C, H, W). generator: on the CPU. Returns: as ``clips``.
    """
    from torchvision.transforms.v2.functional import resized_crop  # here: it takes longer to import than PyTorch

    batch, size = len(clips), torch.tensor(clips.shape[-2:])
    shown = (size * (SMALLEST_BOX + (1 - SMALLEST_BOX) * torch.rand(batch, 2, generator=generator))).round().int()
    corner = (torch.rand(batch, 2, generator=generator) * (size - shown + 1)).int()
    boxes = torch.cat([corner, shown], dim=1).tolist()
    changed = torch.stack([resized_crop(clip, *box, size.tolist()) for clip, box in zip(clips, boxes, strict=True)])
    return changed.masked_fill(rectangles(batch, size, generator)[:, None, None], 0)


def rectangles(batch: int, size: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Where a rectangle hides each picture: (B, H, W).

    Args: size: height and width, (2,), on the device that draws. generator: of that device, by default its own.
    """
    uniform = partial(torch.rand, generator=generator, device=size.device)
    low, high = torch.tensor([HIDDEN_HEIGHT, HIDDEN_WIDTH], device=size.device).T
    extent = size * (low + (high - low) * uniform(batch, 2))
    start = uniform(batch, 2) * (size - extent)
    places = (torch.arange(int(n), device=size.device) for n in size)
    rows, columns = ((place >= start[:, [i]]) & (place < (start + extent)[:, [i]]) for i, place in enumerate(places))
    hidden: Tensor = rows[:, :, None] & columns[:, None, :]
    return hidden & (uniform(batch, 1, 1) < HIDDEN)

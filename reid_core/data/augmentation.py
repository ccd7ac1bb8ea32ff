"""Crops and mirror images of clips: one draw for the whole clip, all its frames alike (METHOD 1.5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.data.preprocessing import InputConfig

SHIFTS = 8


def augment(clips: Tensor, config: InputConfig, generator: torch.Generator) -> Tensor:
    """Crop every clip at a place of its own and mirror every second one; its frames are all treated alike.

    Args: clips: (B, T, C, height, width). generator: on the CPU; three draws for each batch, whatever T is.
    Returns: (B, T, C, crop_height, crop_width).
    """
    from torchvision.transforms.v2.functional import crop  # here: it takes longer to import than PyTorch

    _check(clips, config)
    batch, size = len(clips), (config.crop_height, config.crop_width)
    tops = torch.randint(config.height - config.crop_height + 1, (batch,), generator=generator).tolist()
    lefts = torch.randint(config.width - config.crop_width + 1, (batch,), generator=generator).tolist()
    mirrored = (torch.rand(batch, generator=generator) < 0.5).tolist()
    crops = [crop(clip, top, left, *size) for clip, top, left in zip(clips, tops, lefts, strict=True)]
    return torch.stack([mirror(clip, config) if turn else clip for clip, turn in zip(crops, mirrored, strict=True)])


@dataclass(frozen=True)
class Gaps:
    """How much of a clip something else takes: in every second clip ``least`` to ``share`` of the frames, anywhere.

    stretches: half of these clips have so many short gaps instead of one, which may fall on each other.
    """

    share: float
    least: float = 0.0
    stretches: int = 1

    def drawn(self, batch: int, length: int, generator: torch.Generator) -> Tensor:
        """Which frames are taken, bool (batch, length). Args: generator: on the CPU."""
        chance = 2 * torch.rand(batch, 1, generator=generator) - 1
        shares = torch.where(chance > 0, self.least + chance * (self.share - self.least), 0)
        counts = (shares * length).round()
        if self.stretches > 1:
            pieces = torch.where(torch.rand(batch, 1, generator=generator) < 0.5, 1, self.stretches)
            counts = torch.where(torch.arange(self.stretches) < pieces, (counts / pieces).ceil(), 0)
        starts = (torch.rand(*counts.shape, generator=generator) * (length - counts + 1)).floor()
        frames = torch.arange(length)[:, None, None]
        return ((frames >= starts) & (frames < starts + counts)).any(2).T


def interrupt(clips: Tensor, together: int, gaps: Gaps, generator: torch.Generator) -> Tensor:
    """Let somebody else take the place of the person for a while, as happens to a tracker when people cross.

    The frames are those of a clip of another person of the batch, drawn for each clip by itself: two clips of a person
    must not be recognised by who interrupts them.

    Args: clips: (B, T, ...), frames or their features. together: how many clips side by side show one person.
        generator: on the CPU. Returns: as ``clips``.
    """
    batch = len(clips)
    if not gaps.share or batch // together < 2:
        return clips
    away = torch.randint(together, batch, (batch,), generator=generator)
    own = torch.arange(batch) // together * together  # the first clip of the same person
    others = clips[((own + away) % batch).to(clips.device)]
    return fill(clips, others, gaps, generator)


def fill(clips: Tensor, others: Tensor, gaps: Gaps, generator: torch.Generator) -> Tensor:
    """The clips, with frames of the others in their gaps; all (B, T, ...)."""
    lost = gaps.drawn(len(clips), clips.shape[1], generator)
    return torch.where(lost.view(*lost.shape, *[1] * (clips.ndim - 2)).to(clips.device), others, clips)


def spoil(
    colour: NDArray[np.uint8], flow: NDArray[np.float16], generator: torch.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Frames that say little of who is in them: every second is blurred, the others show what stands at their edge.

    The latter, a quarter of the width, stretched, is what a false detection beside the person would show.

    Args: colour: (T, H, W, 3), flow: (T, H, W, 2). generator: on the CPU. Returns: as given.
    """
    width = colour.shape[2]
    draws = torch.rand(len(colour), 2, generator=generator).tolist()
    edges = [slice(max(1, width // 4)) if kind < 0.25 else slice(-max(1, width // 4), None) for kind, _ in draws]
    blurs = [(0.08 + 0.12 * amount) * width if kind >= 0.5 else 0.0 for kind, amount in draws]
    how = list(zip(edges, blurs, strict=True))
    pictures = [_spoilt(frame.astype(np.float32), *one) for frame, one in zip(colour, how, strict=True)]
    motions = [
        _spoilt(frame.astype(np.float32), *one) if frame.size else frame for frame, one in zip(flow, how, strict=True)
    ]
    return np.stack(pictures).astype(np.uint8), np.stack(motions).astype(np.float16)


def _spoilt(frame: Any, edge: slice, blur: float) -> Any:
    """Blurred, or without that the edge alone, stretched."""
    if blur:
        return cv2.GaussianBlur(frame, (0, 0), blur)
    return cv2.resize(frame[:, edge], frame.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def centre(clips: Tensor, config: InputConfig) -> Tensor:
    """The crop in the middle, not mirrored: what is embedded outside training; shapes as in `augment`."""
    _check(clips, config)
    return _crop(clips, (config.height - config.crop_height) // 2, (config.width - config.crop_width) // 2, config)


def variants(clips: Tensor, config: InputConfig) -> Iterator[Tensor]:
    """The 16 variants of RCNN's test protocol, one after the other: 8 diagonal shifts, each as it is and mirrored.

        shift i = 0 .. 7:  top = i (height - crop_height) // 8,  left = i (width - crop_width) // 8

    Distances of the same variant of probe and gallery are averaged over the 16.
    """
    _check(clips, config)
    for shift in range(SHIFTS):
        top = shift * (config.height - config.crop_height) // SHIFTS
        left = shift * (config.width - config.crop_width) // SHIFTS
        crop = _crop(clips, top, left, config)
        yield crop
        yield mirror(crop, config)


def mirror(clips: Tensor, config: InputConfig) -> Tensor:
    """The clip as a mirror shows it: columns reversed, and the sign of horizontal flow, since right is left now."""
    mirrored = clips.flip(-1)
    if config.horizontal_flow is None:
        return mirrored
    sign = torch.ones(config.channel_count, 1, 1, dtype=clips.dtype, device=clips.device)
    sign[config.horizontal_flow] = -1
    return mirrored * sign


def _crop(clips: Tensor, top: int, left: int, config: InputConfig) -> Tensor:
    return clips[..., top : top + config.crop_height, left : left + config.crop_width]


def _check(clips: Tensor, config: InputConfig) -> None:
    expected = (config.channel_count, config.height, config.width)
    if clips.ndim != 5 or clips.shape[2:] != expected:
        raise ValueError(f"clips must be (B, T, {', '.join(map(str, expected))}), got {tuple(clips.shape)}")

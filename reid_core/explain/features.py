"""A clip as its frames' features: encoded once, then only heads run."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from reid_core.evaluation import embed_views
from reid_core.model import Head, HeadOutput

CLIPS_AT_ONCE = 16  # through a head; more are no faster, and their attention takes memory


@torch.no_grad()
def embed_many(head: Head, clips: Tensor, lengths: Tensor | None = None) -> HeadOutput:
    """``embed_views`` of any number of clips, a few at a time; without gradient and without attention.

    Clips of like lengths go together, so that little padding is computed.
    """
    everything = torch.full((len(clips),), clips.shape[2]) if lengths is None else lengths
    order = everything.argsort(stable=True)
    parts = []
    for some in torch.split(order, CLIPS_AT_ONCE):
        longest = int(everything[some[-1]])
        parts.append(embed_views(head, clips[some, :, :longest], everything[some]))
    back = order.argsort()
    states = torch.cat([F.pad(part.states, (0, 0, 0, clips.shape[2] - part.states.shape[1])) for part in parts])
    return HeadOutput(torch.cat([part.embedding for part in parts])[back], states[back], None, everything)


def stacked_clips(clips: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Clips of several lengths, (V, T, q) each, as one batch (N, V, T', q), padded at the end, and their lengths."""
    rows = torch.nn.utils.rnn.pad_sequence([clip.transpose(0, 1) for clip in clips], batch_first=True)
    return rows.transpose(1, 2), torch.tensor([clip.shape[1] for clip in clips])


def without_frames(features: Tensor, dropped: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Copies of a clip, each without some of its frames, padded at the end.

    Args: features: (V, T, q). dropped: for each copy the frames that go.
    Returns: clips (N, V, T', q) and how many frames each kept, (N,).
    Raises: ValueError when a copy would keep no frame.
    """
    gone = np.zeros((len(dropped), features.shape[1]), bool)
    for copy, frames in zip(gone, dropped, strict=True):
        copy[frames] = True
    lengths = (~gone).sum(1)
    if not len(lengths) or lengths.min() < 1:
        raise ValueError(f"dropped must leave a frame of {features.shape[1]} in each copy, got {dropped}")
    kept = gone.argsort(1, kind="stable")[:, : lengths.max()]
    kept[np.arange(kept.shape[1]) >= lengths[:, None]] = 0  # padding
    return features[:, torch.from_numpy(kept)].transpose(0, 1), torch.from_numpy(lengths)

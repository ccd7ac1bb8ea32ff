"""A clip as its frames' features: encoded once, then only heads run."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from reid_core.data import centre, mirror
from reid_core.evaluation import clip_of
from reid_core.evaluation.embedding import Choice, Frames
from reid_core.model import Head, HeadOutput, ReIdNetwork

CLIPS_AT_ONCE = 16  # through a head; more are no faster, and their attention takes memory


@torch.no_grad()
def frame_features(network: ReIdNetwork, frames: Frames, choice: Choice = "spread") -> Tensor:
    """Features of the chosen frames in the two views that are embedded: the centre crop, and that crop mirrored.

    Returns: (V, T, q) with V = 2.
    """
    plain = centre(clip_of(frames, network, choice), network.config.input)
    return network.features(torch.cat([plain, mirror(plain, network.config.input)]))


def embed_views(head: Head, clips: Tensor, lengths: Tensor | None = None) -> HeadOutput:
    """Embed clips that are given in several views; the embedding is the mean over the views, as in ``embed``.

    Args: head: in evaluation mode. clips: (N, V, T, q). lengths: valid frames of each clip, (N,), None for all T.
    Returns: embedding (N, n) and states (N, T, n), means over the views; attention and readings of the first view.
    Raises: ValueError for another shape, and for a head in training mode, where dropout would be explained.
    """
    if clips.ndim != 4:
        raise ValueError(f"clips: expected shape (N, V, T, q), got {tuple(clips.shape)}")
    if head.training:
        raise ValueError("head must be in evaluation mode, it is in training mode")
    count, views = clips.shape[:2]
    repeated = None if lengths is None else lengths.repeat_interleave(views)
    output: HeadOutput = head(clips.flatten(0, 1), repeated)
    if views == 1:
        return output
    embedding = output.embedding.view(count, views, -1).mean(1)
    states = output.states.view(count, views, *output.states.shape[1:]).mean(1)
    attention, readings = (None if x is None else x[::views] for x in (output.attention, output.readings))
    return HeadOutput(embedding, states, attention, output.lengths[::views], readings)


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

"""From measured frames to embeddings: one function for probes, galleries and users' videos."""

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from reid_core.data import centre, channels, mirror, variants
from reid_core.model import Head, HeadOutput, ReIdNetwork

CLIP_FRAMES = 128

Choice = Literal["first", "last", "spread"]


class Frames(Protocol):
    """Anything measured: colour uint8 (T, H, W, 3) and flow float16 (T, H, W, 2 or, where it is not needed, 0)."""

    @property
    def colour(self) -> NDArray[np.uint8]: ...

    @property
    def flow(self) -> NDArray[np.float16]: ...


def chosen_frames(length: int, choice: Choice, limit: int = CLIP_FRAMES) -> NDArray[np.int64]:
    """Which frames are embedded when a tracklet is longer than ``limit``.

    ``first`` and ``last``: consecutive ones, for probe and gallery (RCNN, section 4). ``spread``: evenly over all of
    it, for users' videos. The flow stays that of neighbouring frames of the video in every case.
    """
    taken = min(length, limit)
    if choice == "spread":
        return np.linspace(0, length - 1, taken).round().astype(np.int64)
    return np.arange(taken) if choice == "first" else np.arange(length - taken, length)


def clip_of(frames: Frames, network: ReIdNetwork, choice: Choice = "spread") -> torch.Tensor:
    """The chosen frames as the network's input before cropping, (1, T, C, H, W)."""
    chosen = chosen_frames(len(frames.colour), choice)
    return channels(frames.colour[chosen], frames.flow[chosen], network.config.input)[None]


@torch.no_grad()
def frame_features(network: ReIdNetwork, frames: Frames, choice: Choice = "spread") -> torch.Tensor:
    """Features of the chosen frames in the two views that are embedded: the centre crop, and that crop mirrored.

    Returns: (V, T, q) with V = 2.
    """
    plain = centre(clip_of(frames, network, choice), network.config.input)
    return torch.cat([network.features(view) for view in (plain, mirror(plain, network.config.input))])


@torch.inference_mode()
def embed(network: ReIdNetwork, frames: Frames, choice: Choice = "spread") -> HeadOutput:
    """The embedding of one tracklet: the mean over its centre crop and that crop mirrored.

    Returns: embedding (1, n), states (1, T, n); attention and readings of the crop that is not mirrored.
    """
    plain = centre(clip_of(frames, network, choice), network.config.input)
    a, b = network(plain), network(mirror(plain, network.config.input))
    return HeadOutput((a.embedding + b.embedding) / 2, (a.states + b.states) / 2, a.attention, a.lengths, a.readings)


def embed_views(head: Head, clips: torch.Tensor, lengths: torch.Tensor | None = None) -> HeadOutput:
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


@torch.inference_mode()
def embed_variants(network: ReIdNetwork, frames: Frames, choice: Choice) -> Iterator[HeadOutput]:
    """The 16 embeddings of RCNN's test protocol, one for each crop and its mirror image; shapes as in ``embed``."""
    for clip in variants(clip_of(frames, network, choice), network.config.input):
        yield network(clip)


def stacked(outputs: Sequence[HeadOutput]) -> HeadOutput:
    """Outputs of single clips as one batch; shorter ones are padded with zero states. Attention is dropped."""
    states = [output.states[0] for output in outputs]
    return HeadOutput(
        torch.cat([output.embedding for output in outputs]),
        torch.nn.utils.rnn.pad_sequence(states, batch_first=True),
        None,
        torch.cat([output.lengths for output in outputs]),
    )

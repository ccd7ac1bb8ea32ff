"""What all heads share: their output, the handling of padding, and the poolings over time."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class HeadOutput:
    """What a head makes of a batch of clips.

    embedding: (B, n). states: one for each frame, (B, T, n), zero on padding. attention: (B, T, T), row t holds the
    weights of the frames i < t in state t; None for heads without. lengths: valid frames of each clip, (B,). readings:
    (B, C, T), the weights of all frames in each of the steps that close a clip; None for heads without.
    """

    embedding: Tensor
    states: Tensor
    attention: Tensor | None
    lengths: Tensor
    readings: Tensor | None = None

    @property
    def alpha(self) -> Tensor | None:
        """Attention of the step that makes the embedding, the last reading if there is any: (B, T)."""
        if self.readings is not None:
            return self.readings[:, -1]
        return None if self.attention is None else last_state(self.attention, self.lengths)


def of_embeddings(embeddings: Tensor) -> HeadOutput:
    """What a distance is taken of, (B, n); a head that pools pairs needs states, which are not there."""
    return HeadOutput(embeddings, embeddings[:, None, :][:, :0], None, torch.ones(len(embeddings), dtype=torch.int64))


def without_padding(features: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
    """Features with zeros on padding, out of mixed precision, and the lengths (all T if None).

    Raises: ValueError if features are not (B, T, q) with B, T >= 1, or lengths not (B,) integers between 1 and T.
    """
    if features.ndim != 3 or min(features.shape[:2]) < 1:
        raise ValueError(f"features: expected shape (B, T, q) with B, T >= 1, got {tuple(features.shape)}")
    batch, length, _ = features.shape
    if torch.is_autocast_enabled(features.device.type):
        features = features.float()
    if lengths is None:
        return features, torch.full((batch,), length, device=features.device)
    whole = lengths.shape == (batch,) and not (lengths.is_floating_point() or lengths.dtype == torch.bool)
    if not whole or bool((lengths < 1).any()) or bool((lengths > length).any()):
        raise ValueError(f"lengths: expected {batch} integers between 1 and {length}, got {lengths.tolist()}")
    lengths = lengths.to(features.device)
    return zero_padding(features, lengths), lengths


def zero_padding(x: Tensor, lengths: Tensor) -> Tensor:
    """x, shape (B, T, ...), with zeros from each clip's length on; what stood there, even NaN, has no effect."""
    if x.device.type == "cpu" and int(lengths.min()) == x.shape[1]:
        return x
    return x.masked_fill(~valid_frames(x, lengths)[..., None], 0)


def valid_frames(x: Tensor, lengths: Tensor) -> Tensor:
    """Which frames of x, shape (B, T, ...), are no padding: bool, (B, T)."""
    return torch.arange(x.shape[1], device=x.device) < lengths[:, None]


def reversed_in_time(x: Tensor, lengths: Tensor) -> Tensor:
    """x, shape (B, T, n), with each clip's valid frames in reverse order and its padding where it was."""
    frames = torch.arange(x.shape[1], device=x.device).expand(len(x), -1)
    order = torch.where(frames < lengths[:, None], lengths[:, None] - 1 - frames, frames)
    return x.gather(1, order[..., None].expand_as(x))


def last_state(states: Tensor, lengths: Tensor) -> Tensor:
    """f = h_T at each clip's last valid frame: (B, T, n) -> (B, n)."""
    return states[torch.arange(len(states), device=states.device), lengths - 1]


def mean_state(states: Tensor, lengths: Tensor) -> Tensor:
    """f = (1/T) sum_t h_t over each clip's valid frames; the padding is zero: (B, T, n) -> (B, n)."""
    return states.sum(1) / lengths[:, None].to(states.dtype)


def euclidean(probe: Tensor, gallery: Tensor) -> Tensor:
    """d(p, g) = ||f_p - f_g||_2 by differences, so that equal ones are exactly 0 apart: (P, n), (G, n) -> (P, G)."""
    return torch.cdist(probe, gallery, compute_mode="donot_use_mm_for_euclid_dist")


def scaled(embedding: Tensor, unit_length: bool) -> Tensor:
    """f, or f / ||f|| with ``unit_length``: (B, n)."""
    return F.normalize(embedding) if unit_length else embedding


def own_embeddings(a: HeadOutput, b: HeadOutput) -> tuple[Tensor, Tensor]:
    """How most heads pair clips: the embedding of each is its own, whoever the partner."""
    return a.embedding, b.embedding


def embedding_distance(probe: HeadOutput, gallery: HeadOutput) -> Tensor:
    """How most heads measure: the Euclidean distance of each probe to each gallery embedding, shape (P, G)."""
    return euclidean(probe.embedding, gallery.embedding)

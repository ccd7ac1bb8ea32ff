"""From the features of a clip's frames to its embedding: the recurrent heads and their controls (paper 3.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from reid_core.model.backtracking import BacktrackingCell
from reid_core.model.variants import VARIANTS, CellConfig, Combine, Normalise, Score

HeadName = Literal["utrcnn", "bptt", "rcnn", "mean", "brcnn", "astpn", "tsc"]
HEADS: tuple[HeadName, ...] = get_args(HeadName)
Variant = Literal["sab", "paper", "paper-raw", "custom"]


@dataclass(frozen=True)
class HeadConfig:
    """Kind and size of the head.

    The backtracking cell of ``utrcnn``: ``variant`` names its rule; ``score``, ``normalise`` and ``combine`` are given
    with ``variant="custom"`` only. ``dropout`` acts on the features that enter the head. ``pair`` lets ``astpn`` pool a
    clip with its partner's help; ``False`` pools it with itself. ``colour_weight`` is the share of the first stream in
    the losses and the distance of ``tsc``.
    """

    name: HeadName = "utrcnn"
    features: int = 128
    hidden: int = 128
    variant: Variant = "sab"
    score: Score | None = None
    normalise: Normalise | None = None
    combine: Combine | None = None
    k_top: int = 5
    k_att: int = 1
    k_trunc: int | None = None
    dropout: float = 0.6
    pair: bool = True
    colour_weight: float = 0.5

    def __post_init__(self) -> None:
        for name, allowed in (("name", HEADS), ("variant", get_args(Variant))):
            if getattr(self, name) not in allowed:
                raise ValueError(f"HeadConfig.{name} is {getattr(self, name)!r}; it must be one of {allowed}")
        for name in ("features", "hidden"):
            if getattr(self, name) < 1:
                raise ValueError(f"HeadConfig.{name} is {getattr(self, name)}; it must be at least 1")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"HeadConfig.dropout is {self.dropout}; it must be at least 0 and below 1")
        if not 0 <= self.colour_weight <= 1:
            raise ValueError(f"HeadConfig.colour_weight is {self.colour_weight}; it must be between 0 and 1")
        if self.name == "tsc" and self.features % 2:
            raise ValueError(f"HeadConfig.features is {self.features}; two streams need an even number")
        rule = (self.score, self.normalise, self.combine)
        if self.variant == "custom" and None in rule:
            raise ValueError(f"HeadConfig.score, normalise and combine are {rule}; variant='custom' needs all three")
        if self.variant != "custom" and rule != (None, None, None):
            raise ValueError(f"HeadConfig.score, normalise and combine are {rule}; only variant='custom' takes them")
        _ = self.cell

    @property
    def cell(self) -> CellConfig:
        """The rule of the backtracking cell, with the variant spelled out."""
        score, normalise, combine = VARIANTS.get(self.variant, (self.score, self.normalise, self.combine))
        assert score is not None and normalise is not None and combine is not None
        return CellConfig(score, normalise, combine, self.k_top, self.k_att, self.k_trunc)


@dataclass(frozen=True)
class HeadOutput:
    """What a head makes of a batch of clips.

    embedding: (B, n). states: one for each frame, (B, T, n), zero on padding. attention: (B, T, T), row t holds the
    weights of the frames i < t in state t; None for heads without. lengths: valid frames of each clip, (B,).
    """

    embedding: Tensor
    states: Tensor
    attention: Tensor | None
    lengths: Tensor


class MeanHead(nn.Module):
    """The control without recurrence: the embedding is the mean of the features, f = (1/T) sum_t v_t."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, q), states: the features (B, T, q)."""
        features, lengths = without_padding(features, lengths)
        states = self.dropout(features)
        return HeadOutput(mean_state(states, lengths), states, None, lengths)

    def pair(self, a: HeadOutput, b: HeadOutput) -> tuple[Tensor, Tensor]:
        """The embeddings of two batches of clips, compared one by one; each is its own, whoever the partner."""
        return a.embedding, b.embedding

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> Tensor:
        """Euclidean distance of each probe to each gallery embedding, shape (P, G)."""
        return euclidean(probe.embedding, gallery.embedding)


class RecurrentHead(nn.Module):
    """The plain recurrence, eq. 1, and its poolings: what attentive backtracking is compared with.

        h_t = tanh(W_v v_t + W_h h_{t-1} + b)
        f = h_T                        bptt: what the paper argues against
        f = (1/T) sum_t h_t            rcnn: McLaughlin et al., CVPR 2016
        f = (1/T) sum_t [h_t ; k_t]    brcnn: k_t runs from the last frame to the first; Zhang et al., "Learning
                                       Bidirectional Temporal Cues for Video-Based Person Re-Identification", 2018

    Eq. 1 is the paper's and serves all three. RCNN's released code differs: it averages the sum before the tanh and
    drops out h_{t-1}; here the features that enter are dropped out, as in every other head.
    """

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)
        self.forwards = plain_recurrence(config.features, config.hidden)
        if config.name == "brcnn":
            self.backwards = plain_recurrence(config.features, config.hidden)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, n) or, brcnn, (B, 2n)."""
        features, lengths = without_padding(features, lengths)
        features = self.dropout(features)
        states = self.forwards(features)[0]
        if self.config.name == "brcnn":
            reverse = self.backwards(reversed_in_time(features, lengths))[0]
            states = torch.cat([states, reversed_in_time(reverse, lengths)], dim=2)
        states = zero_padding(states, lengths)
        pool = last_state if self.config.name == "bptt" else mean_state
        return HeadOutput(pool(states, lengths), states, None, lengths)

    def pair(self, a: HeadOutput, b: HeadOutput) -> tuple[Tensor, Tensor]:
        """The embeddings of two batches of clips, compared one by one."""
        return a.embedding, b.embedding

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> Tensor:
        """Euclidean distance of each probe to each gallery embedding, shape (P, G)."""
        return euclidean(probe.embedding, gallery.embedding)


class BacktrackingHead(nn.Module):
    """The paper's head: eq. 2 with sparse attentive backtracking, the last state is the embedding, f = h_T."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)
        self.cell = BacktrackingCell(config.features, config.hidden, config.cell)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, n), with attention (B, T, T)."""
        features, lengths = without_padding(features, lengths)
        states, attention = self.cell(self.dropout(features))
        states, attention = zero_padding(states, lengths), zero_padding(attention, lengths)
        return HeadOutput(last_state(states, lengths), states, attention, lengths)

    def pair(self, a: HeadOutput, b: HeadOutput) -> tuple[Tensor, Tensor]:
        """The embeddings of two batches of clips, compared one by one."""
        return a.embedding, b.embedding

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> Tensor:
        """Euclidean distance of each probe to each gallery embedding, shape (P, G)."""
        return euclidean(probe.embedding, gallery.embedding)


def build_head(config: HeadConfig) -> nn.Module:
    if config.name == "mean":
        return MeanHead(config)
    if config.name == "utrcnn":
        return BacktrackingHead(config)
    if config.name in ("astpn", "tsc"):
        raise ValueError(f"HeadConfig.name is {config.name!r}; not there yet")
    return RecurrentHead(config)


def plain_recurrence(features: int, hidden: int) -> nn.RNN:
    """Eq. 1 as torch's RNN: one bias (the second is fixed at zero), W_h orthogonal so that gradients start unscaled."""
    rnn = nn.RNN(features, hidden, batch_first=True)
    nn.init.orthogonal_(rnn.weight_hh_l0)
    nn.init.zeros_(rnn.bias_hh_l0).requires_grad_(False)
    return rnn


def without_padding(features: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
    """Features with zeros on padding, and the lengths (all T if None).

    Raises: ValueError if features are not (B, T, q) with T >= 1, or lengths not (B,) between 1 and T.
    """
    if features.ndim != 3 or features.shape[1] < 1:
        raise ValueError(f"features: expected shape (B, T, q) with T >= 1, got {tuple(features.shape)}")
    batch, length, _ = features.shape
    if lengths is None:
        return features, torch.full((batch,), length, device=features.device)
    if lengths.shape != (batch,) or bool((lengths < 1).any()) or bool((lengths > length).any()):
        raise ValueError(f"lengths: expected {batch} integers between 1 and {length}, got {lengths.tolist()}")
    lengths = lengths.to(features.device)
    return zero_padding(features, lengths), lengths


def zero_padding(x: Tensor, lengths: Tensor) -> Tensor:
    """x, shape (B, T, ...), with zeros from each clip's length on; what stood there, even NaN, has no effect."""
    frames = torch.arange(x.shape[1], device=x.device)
    return x.masked_fill((frames >= lengths[:, None])[..., None], 0)


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
    """d(p, g) = ||f_p - f_g||_2 by differences, so that equal embeddings are exactly 0 apart: (P, n), (G, n) -> (P, G)."""
    return torch.cdist(probe, gallery, compute_mode="donot_use_mm_for_euclid_dist")

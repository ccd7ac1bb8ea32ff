"""From the features of a clip's frames to its embedding: the recurrent heads and their controls (paper 3.2)."""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reid_core.model.backtracking import (
    GAIN,
    VARIANTS,
    BacktrackingCell,
    CellRule,
    Combine,
    Normalise,
    Score,
    StreamState,
    applies_to,
    plain_without_gradient,
)
from reid_core.model.pooling import (
    HeadOutput,
    euclidean,
    last_state,
    mean_state,
    reversed_in_time,
    valid_frames,
    without_padding,
    zero_padding,
)

HeadName = Literal["utrcnn", "bptt", "rcnn", "mean", "brcnn", "astpn", "tsc"]
HEADS: tuple[HeadName, ...] = get_args(HeadName)
Variant = Literal["sab", "paper", "paper-raw", "custom"]
Start = Literal["orthogonal", "average"]


@dataclass(frozen=True)
class HeadConfig:
    """Kind and size of the head.

    The backtracking cell of ``utrcnn``: ``variant`` names its rule; ``score``, ``normalise`` and ``combine`` are given
    with ``variant="custom"`` only. ``dropout`` acts on the features that enter the head. ``pair`` lets ``astpn`` pool a
    clip with its partner's help; ``False`` pools it with itself. ``colour_weight`` is the share of the first stream in
    the losses and the distance of ``tsc``. ``unit_length`` divides an embedding (``tsc``: each stream's) by its length:
    then only directions are compared, as by the contrastive cost, and embeddings of long clips are no longer ones.
    ``start``: recurrences start with an orthogonal W_h, which keeps the gradient's length, or pass the features on, as
    the head ``mean`` does: ``average`` sets W_v = GAIN I, W_h = 0, and see ``BacktrackingCell.start_as_average``.
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
    unit_length: bool = False
    start: Start = "orthogonal"

    def __post_init__(self) -> None:
        for name, allowed in (("name", HEADS), ("variant", get_args(Variant)), ("start", get_args(Start))):
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
    def cell(self) -> CellRule:
        """The rule of the backtracking cell, with the variant spelled out."""
        score, normalise, combine = VARIANTS.get(self.variant, (self.score, self.normalise, self.combine))
        assert score is not None and normalise is not None and combine is not None
        return CellRule(score, normalise, combine, self.k_top, self.k_att, self.k_trunc)

    @property
    def embedding_size(self) -> int:
        """Numbers in an embedding."""
        if self.name == "mean":
            return self.features
        return 2 * self.hidden if self.name in ("brcnn", "tsc") else self.hidden

    @property
    def pools_pairs(self) -> bool:
        """Whether a distance depends on the states of both clips, and not on their embeddings alone."""
        return self.name == "astpn" and self.pair

    @property
    def stream_weights(self) -> tuple[float, ...]:
        """Weight of each equal part of the embedding in losses and distance: one part of weight 1, but for ``tsc``."""
        return (self.colour_weight, 1 - self.colour_weight) if self.name == "tsc" else (1.0,)


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
        return HeadOutput(scaled(mean_state(states, lengths), self.config), states, None, lengths)

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
        self.forwards = plain_recurrence(config.features, config.hidden, config.start)
        if config.name == "brcnn":
            self.backwards = plain_recurrence(config.features, config.hidden, config.start)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, n) or, brcnn, (B, 2n)."""
        features, lengths = without_padding(features, lengths)
        features = self.dropout(features)
        states = plain_states(self.forwards, features)
        if self.config.name == "brcnn":
            reverse = plain_states(self.backwards, reversed_in_time(features, lengths))
            states = torch.cat([states, reversed_in_time(reverse, lengths)], dim=2)
        states = zero_padding(states, lengths)
        pool = last_state if self.config.name == "bptt" else mean_state
        return HeadOutput(scaled(pool(states, lengths), self.config), states, None, lengths)

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
        if config.start == "average":
            self.cell.start_as_average()

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, n), with attention (B, T, T)."""
        features, lengths = without_padding(features, lengths)
        states, attention = self.cell(self.dropout(features))
        states, attention = zero_padding(states, lengths), zero_padding(attention, lengths)
        return HeadOutput(scaled(last_state(states, lengths), self.config), states, attention, lengths)

    def start(self, batch: int) -> StreamState:
        """The state of ``batch`` streams before their first frame."""
        return self.cell.start(batch)

    @torch.no_grad()
    def push(self, state: StreamState, features: Tensor) -> tuple[StreamState, Tensor]:
        """Read one more frame of each stream, as ``BacktrackingCell.push``, without dropout.

        Args: state: from ``start`` or the last ``push``. features: v_t, shape (B, q).
        Returns: the next state, and the embedding of the stream so far, (B, n), which is that of a clip of its frames.
        """
        state, h = self.cell.push(state, features)
        return state, scaled(h, self.config)

    def pair(self, a: HeadOutput, b: HeadOutput) -> tuple[Tensor, Tensor]:
        """The embeddings of two batches of clips, compared one by one."""
        return a.embedding, b.embedding

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> Tensor:
        """Euclidean distance of each probe to each gallery embedding, shape (P, G)."""
        return euclidean(probe.embedding, gallery.embedding)


class TwoStreamHead(nn.Module):
    """Two streams, appearance and motion, each an RCNN of its own: ``tsc``.

        f = [f_colour ; f_flow],  f_k = (1/T) sum_t h_t of stream k (eq. 1)
        d(a, b) = w ||a_colour - b_colour|| + (1 - w) ||a_flow - b_flow||

    The features are those of a ``StreamEncoder`` with two streams, side by side. In training every loss is the same
    weighted sum over the two parts (``HeadConfig.stream_weights``).
    Source: Chung, Tahboub, Delp, "A Two Stream Siamese Convolutional Neural Network for Person Re-Identification",
    ICCV 2017. That w is one number for losses and distance, and its default of a half, are our guess.
    """

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)
        self.streams = nn.ModuleList(
            plain_recurrence(config.features // 2, config.hidden, config.start) for _ in range(2)
        )

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, 2q), lengths (B,) or None. Returns: embedding (B, 2n), states (B, T, 2n)."""
        features, lengths = without_padding(features, lengths)
        parts = self.dropout(features).chunk(2, dim=2)
        states = torch.cat([stream(part)[0] for stream, part in zip(self.streams, parts, strict=True)], dim=2)
        states = zero_padding(states, lengths)
        means = [scaled(part, self.config) for part in mean_state(states, lengths).chunk(2, dim=1)]
        return HeadOutput(torch.cat(means, dim=1), states, None, lengths)

    def pair(self, a: HeadOutput, b: HeadOutput) -> tuple[Tensor, Tensor]:
        """The embeddings of two batches of clips, compared one by one."""
        return a.embedding, b.embedding

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> Tensor:
        """Weighted sum of the streams' Euclidean distances, shape (P, G)."""
        parts = zip(probe.embedding.chunk(2, 1), gallery.embedding.chunk(2, 1), strict=True)
        colour, flow = (euclidean(a, b) for a, b in parts)
        weight, rest = self.config.stream_weights
        return weight * colour + rest * flow


class AttentivePoolingHead(nn.Module):
    """Attentive temporal pooling: the partner says which frames count, ``astpn``.

        P, Q = states of both clips (eq. 1), (T_p, n) and (T_q, n)
        A    = tanh(P U Q^T)                                      (T_p, T_q)
        t_p  = softmax_i max_j A_ij,  t_q = softmax_j max_i A_ij
        f_p  = t_p^T P,               f_q = t_q^T Q

    So an embedding depends on its partner and, U not being symmetric, a little on who is the probe: a clip is not
    quite 0 from itself. With ``pair=True`` the distance pools every probe with every gallery clip; with ``pair=False``
    each clip is pooled with itself, as the released test code does, and ``embedding`` always is.
    Source: Xu et al., "Jointly Attentive Spatial-Temporal Pooling Networks for Video-Based Person Re-Identification",
    ICCV 2017, section 3.3; its spatial half is ``EncoderConfig.pooling="pyramid"``. The released code pools the sums
    before the tanh of eq. 1; here, as in all heads, the states.
    """

    pairs_at_once = 64

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)
        self.forwards = plain_recurrence(config.features, config.hidden, config.start)
        self.U = nn.Parameter(torch.empty(config.hidden, config.hidden).uniform_(-1, 1) / config.hidden)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, n) pooled with itself, states."""
        features, lengths = without_padding(features, lengths)
        states = zero_padding(self.forwards(self.dropout(features))[0], lengths)
        embedding, _ = self._pool(states, lengths, states, lengths)
        return HeadOutput(embedding, states, None, lengths)

    def pair(self, a: HeadOutput, b: HeadOutput) -> tuple[Tensor, Tensor]:
        """The embeddings of two batches of clips, each pooled with its partner (with itself if ``pair=False``)."""
        if not self.config.pair:
            return a.embedding, b.embedding
        return self._pool(a.states, a.lengths, b.states, b.lengths)

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> Tensor:
        """Distance of each probe to each gallery clip, shape (P, G); P x G poolings in blocks with ``pair=True``."""
        if not self.config.pair:
            return euclidean(probe.embedding, gallery.embedding)
        blocks = list(
            zip(
                torch.split(gallery.states, self.pairs_at_once),
                torch.split(gallery.lengths, self.pairs_at_once),
                strict=True,
            )
        )
        rows = []
        for states, length in zip(torch.split(probe.states, 1), torch.split(probe.lengths, 1), strict=True):
            pooled = (self._pool(states.expand(len(q), -1, -1), length.expand(len(q)), q, n) for q, n in blocks)
            rows.append(torch.cat([torch.linalg.vector_norm(a - b, dim=1) for a, b in pooled]))
        return torch.stack(rows)

    def _pool(self, p: Tensor, p_lengths: Tensor, q: Tensor, q_lengths: Tensor) -> tuple[Tensor, Tensor]:
        """f_p and f_q, (B, n) each, of states (B, T_p, n) and (B, T_q, n), padding left out."""
        valid_p, valid_q = valid_frames(p, p_lengths)[:, :, None], valid_frames(q, q_lengths)[:, None]
        a = torch.tanh(p @ self.U @ q.mT).masked_fill(~(valid_p & valid_q), -torch.inf)
        t_p, t_q = a.amax(2).softmax(1), a.amax(1).softmax(1)
        f_p, f_q = torch.bmm(t_p[:, None], p).squeeze(1), torch.bmm(t_q[:, None], q).squeeze(1)
        return scaled(f_p, self.config), scaled(f_q, self.config)


Head = MeanHead | RecurrentHead | BacktrackingHead | TwoStreamHead | AttentivePoolingHead


def build_head(config: HeadConfig) -> Head:
    """The head that ``config`` names, with fresh weights."""
    if config.name == "mean":
        return MeanHead(config)
    if config.name == "utrcnn":
        return BacktrackingHead(config)
    if config.name == "tsc":
        return TwoStreamHead(config)
    return AttentivePoolingHead(config) if config.name == "astpn" else RecurrentHead(config)


def scaled(embedding: Tensor, config: HeadConfig) -> Tensor:
    """f, or f / ||f|| with ``unit_length``: (B, n)."""
    return F.normalize(embedding) if config.unit_length else embedding


def plain_recurrence(features: int, hidden: int, start: Start) -> nn.RNN:
    """Eq. 1 as torch's RNN: one bias (the second is fixed at zero), and the start that ``HeadConfig`` describes."""
    rnn = nn.RNN(features, hidden, batch_first=True)
    weights = dict(rnn.named_parameters())
    nn.init.zeros_(weights["bias_hh_l0"]).requires_grad_(False)
    nn.init.orthogonal_(weights["weight_hh_l0"])
    if start == "average":
        with torch.no_grad():
            nn.init.eye_(weights["weight_ih_l0"]).mul_(GAIN)
            nn.init.zeros_(weights["bias_ih_l0"])
            nn.init.zeros_(weights["weight_hh_l0"])
    return rnn


def plain_states(recurrence: nn.RNN, features: Tensor) -> Tensor:
    """The states of a plain recurrence (eq. 1), shape (B, T, n), in its precision; features (B, T, q)."""
    weights = dict(recurrence.named_parameters())
    with torch.autocast(features.device.type, enabled=False):
        features = features.to(weights["weight_hh_l0"].dtype)
        if not applies_to(features):
            states: Tensor = recurrence(features)[0]
            return states
        inputs = F.linear(features, weights["weight_ih_l0"], weights["bias_ih_l0"] + weights["bias_hh_l0"])
        return plain_without_gradient(features, inputs, weights["weight_hh_l0"])

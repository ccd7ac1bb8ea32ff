"""Attentive temporal pooling of a pair, ``astpn``."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reid_core.model.graph import Graph
from reid_core.model.heads.recurrent import RecurrentConfig, plain_recurrence, plain_states, states_in_graph
from reid_core.model.pooling import (
    HeadOutput,
    embedding_distance,
    scaled,
    valid_frames,
    without_padding,
    zero_padding,
)


@dataclass(frozen=True)
class AttentivePoolingConfig(RecurrentConfig):
    """States of the plain recurrence, pooled as the partner says (Xu et al., ICCV 2017)."""

    name = "astpn"
    encoder = "pyramid"
    margin = 3.0

    pair: bool = True
    """Pool a clip with its partner's help; without, with itself."""

    @property
    def pools_pairs(self) -> bool:
        """Whether a distance depends on the states of both clips."""
        return self.pair

    def build(self) -> "AttentivePoolingHead":
        """The head, with fresh weights."""
        return AttentivePoolingHead(self)


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
    ICCV 2017, section 3.3; its spatial half is the encoder ``pyramid``. The released code pools the sums before the
    tanh of eq. 1; here, as in all heads, the states.
    """

    pairs_at_once = 64

    def __init__(self, config: AttentivePoolingConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)
        self.forwards = plain_recurrence(config.features, config.hidden, config.start)
        self.U = nn.Parameter(torch.empty(config.hidden, config.hidden).uniform_(-1, 1) / config.hidden)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Args: features (B, T, q), lengths (B,) or None. Returns: embedding (B, n) pooled with itself, states."""
        features, lengths = without_padding(features, lengths)
        states = zero_padding(plain_states(self.forwards, self.dropout(features)), lengths)
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
            return embedding_distance(probe, gallery)
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
        """f_p and f_q, (B, n) each, of states (B, T_p, n) and (B, T_q, n), padding left out; in their precision."""
        valid_p, valid_q = valid_frames(p, p_lengths)[:, :, None], valid_frames(q, q_lengths)[:, None]
        with torch.autocast(p.device.type, enabled=False):
            a = torch.tanh(p @ self.U @ q.mT).masked_fill(~(valid_p & valid_q), -torch.inf)
            t_p, t_q = a.amax(2).softmax(1), a.amax(1).softmax(1)
            f_p, f_q = torch.bmm(t_p[:, None], p).squeeze(1), torch.bmm(t_q[:, None], q).squeeze(1)
        return scaled(f_p, self.config.unit_length), scaled(f_q, self.config.unit_length)

    def export(self, graph: Graph, features: str) -> str:
        """Pooling of P with itself in ONNX: t = softmax_i max_j tanh(P U P^T)_ij, f = t^T P; (T, B, q) -> (B, n)."""
        p = graph("Transpose", states_in_graph(graph, [self.forwards], features), perm=[1, 0, 2])
        a = graph("Tanh", graph("MatMul", graph.linear(p, self.U.T), graph("Transpose", p, perm=[0, 2, 1])))
        t = graph("Softmax", graph("ReduceMax", a, graph.constant([2]), keepdims=1), axis=1)
        pooled = graph("ReduceSum", graph("Mul", t, p), graph.constant([1]), keepdims=0)
        return graph.scaled(pooled, self.config.unit_length)

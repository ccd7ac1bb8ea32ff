"""How much each frame of a clip counts for its embedding, by one definition for every head (METHOD 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.evaluation import embed_views
from reid_core.explain.features import embed_many, without_frames
from reid_core.model import Head, HeadOutput

Floats = NDArray[np.float64]
MEASURES = ("attention", "visits", "gradient", "left_out")  # attention, and the walk back along it, first
MEASURE_WORDS = {
    "left_out": "leaving it out",
    "gradient": "gradient",
    "attention": "attention",
    "visits": "attention, walked back",
}


@dataclass(frozen=True)
class Importance:
    """How much each of T frames counts.

    gradient: ||d f / d v_t||, (T,), of the clip's first view. left_out: how far the embedding moves without frame t,
    (T,). distance_change: by how much the distance to the partner grows without frame t, (T,), None without partner.
    attention: alpha of every step on every frame, (T + C, T), C closing steps last, None for heads without, of the
    clip's first view.
    """

    gradient: Floats
    left_out: Floats
    distance_change: Floats | None
    attention: Floats | None

    @property
    def last_attention(self) -> Floats | None:
        """alpha of the last step, (T,); if it has a frame, it looks at those before it and its own entry is zero."""
        return None if self.attention is None else self.attention[-1]

    @property
    def measures(self) -> dict[str, Floats]:
        """The importances of ``MEASURES`` that there are, (T,) each, in their order."""
        walked = visits(self.attention) if self.attention is not None and walks(self.attention) else None
        found = (self.last_attention, walked, self.gradient, self.left_out)
        return {name: values for name, values in zip(MEASURES, found, strict=True) if values is not None}


@dataclass(frozen=True)
class Hop:
    """A jump from a step back to a memory; share: of all ways back from the last step, how many take it."""

    step: int
    memory: int
    share: float


def all_measures(found: Mapping[str, Importance]) -> dict[tuple[str, str], Floats]:
    """Every measure of every model: (model, measure) -> importance, (T,)."""
    return {(model, measure): values for model, one in found.items() for measure, values in one.measures.items()}


def main_measure(one: Importance) -> tuple[str, Floats]:
    """What is told first of a model, by name: alpha, (T,), or leaving out where there is none."""
    name = "attention" if one.attention is not None else "left_out"
    return name, one.measures[name]


def importance(head: Head, features: Tensor, partner: HeadOutput | None = None) -> Importance:
    """All importances of a clip's frames.

    Gradient and attention are those of the first view, the crop that is not mirrored; what is left out is left out of
    all views, so that embedding and distance are the ones that verdicts rest on.

    Args: head: in evaluation mode. features: (V, T, q). partner: the other clip of a pair, of one clip.
    Raises: ValueError for fewer than two frames: without its only frame a clip has no embedding.
    """
    moved, change = leave_one_out(head, features, partner)
    return Importance(gradient_norms(head, features[:1]), moved, change, attention_of(head, features))


def importance_by(measure: str, head: Head, features: Tensor) -> Floats | None:
    """One importance of a clip's frames, and no other: (T,), None for what the head does not have.

    There is no walk back where nothing but readings attend.

    Args: measure: one of ``MEASURES``. head: in evaluation mode. features: (V, T, q).
    Raises: ValueError for another measure, and for a single frame that would be left out.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure must be one of {MEASURES}, got {measure!r}")
    if measure == "gradient":
        return gradient_norms(head, features)
    if measure == "left_out":
        return leave_one_out(head, features)[0]
    attention = attention_of(head, features)
    if attention is None or (measure == "visits" and not walks(attention)):
        return None
    last: Floats = attention[-1]
    return last if measure == "attention" else visits(attention)


def gradient_norms(head: Head, features: Tensor) -> Floats:
    """Frobenius norm of the embedding's derivative with respect to each frame's features.

        I_t = ||d f / d v_t||_F = sqrt(sum_ij (d f_i / d v_tj)^2)

    Every output gets a copy of the clip in one batch, so one backward pass gives the whole Jacobian.

    Args: features: (V, T, q); with several views v_t is the features of all of them. Returns: (T,).
    """
    size = head.config.embedding_size
    copies = features.detach().expand(size, *features.shape).clone().requires_grad_()
    outputs = embed_views(head, copies).embedding
    (jacobian,) = torch.autograd.grad(outputs.diagonal().sum(), copies)
    return jacobian.square().sum((0, 1, 3)).sqrt().double().numpy()


@torch.no_grad()
def leave_one_out(head: Head, features: Tensor, partner: HeadOutput | None = None) -> tuple[Floats, Floats | None]:
    """What happens to a clip when one frame is left out, for each frame.

        L_t = ||f(v_1 ... v_T without v_t) - f||
        D_t = d(f without v_t, partner) - d(f, partner)     above 0: the frame speaks for the pair being one person

    Args: features: (V, T, q). partner: an output of one clip. Returns: L, (T,), and D, (T,) or None without partner.
    Raises: ValueError for fewer than two frames.
    """
    length = features.shape[1]
    if length < 2:
        raise ValueError(f"a clip must have at least 2 frames to leave one out, it has {length}")
    whole = embed_many(head, features[None])
    without = embed_many(head, *without_frames(features, [[t] for t in range(length)]))
    moved = torch.linalg.vector_norm(without.embedding - whole.embedding, dim=1)
    change = None if partner is None else (head.distance(without, partner) - head.distance(whole, partner))[:, 0]
    return moved.double().numpy(), None if change is None else change.double().numpy()


@torch.no_grad()
def attention_of(head: Head, features: Tensor) -> Floats | None:
    """alpha as one matrix, (T + C, T): row t holds the weights of the frames i < t, then come those of the C closing
    steps, so that the last row is ``HeadOutput.alpha``; None for heads without."""
    output = embed_views(head, features[None, :1])
    rows = [rows[0] for rows in (output.attention, output.readings) if rows is not None]
    return torch.cat(rows).double().numpy() if rows else None


def walks(attention: Floats) -> bool:
    """Whether a memory may lead back to another: not readings alone attend. Args: attention: (T + C, T)."""
    return bool(attention[: attention.shape[1]].any())


def visits(attention: Floats) -> Floats:
    """How likely a walk back through memory, from the last step on, comes by each frame.

        m_S = 1 for the last step S,    m_i = sum_t m_t alpha_ti

    The walk jumps from step t to memory i with probability alpha_ti and ends where there is no memory. The idea is
    that of attention rollout (Abnar and Zuidema, ACL 2020), for a recurrence.

    Args: attention: (T + C, T), rows that sum to one or are zero. Returns: (T,), at most 1 each.
    """
    return _walk(attention)[: attention.shape[1]]


def hops(attention: Floats, count: int) -> tuple[Hop, ...]:
    """The ``count`` jumps that the walk of ``visits`` takes most often: share = m_t alpha_ti; largest first."""
    shares = _walk(attention)[:, None] * attention
    order = np.argsort(-shares, axis=None, kind="stable")
    best = zip(*np.unravel_index(order, shares.shape), strict=True)
    return tuple(Hop(int(t), int(i), float(shares[t, i])) for t, i in islice(best, count) if shares[t, i] > 0)


def _walk(attention: Floats) -> Floats:
    """How likely the walk of ``visits`` comes by each step, (T + C,)."""
    mass, frames = np.zeros(len(attention)), attention.shape[1]
    mass[-1] = 1.0
    for t in range(len(attention) - 1, 0, -1):
        mass[:frames] += mass[t] * attention[t]
    return mass

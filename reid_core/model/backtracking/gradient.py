"""The backtracking recurrence over whole clips, forward and backward by hand; the equations are the cell's.

Autograd would record some twenty small tensors a step and would need a copy of all memories for each. Here a memory is
projected once, when it is written, and with ``topk`` the way back touches only the memories that were attended. No
tensor is larger than the attention itself, (B, T, T). Inside, time comes first, (T, B, n): the rows of a step lie
together in memory, where batch-first rows would be a power of two apart and share the same few lines of the cache.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from reid_core.model.backtracking.closing import SHORTEST, direction
from reid_core.model.backtracking.rule import CellRule
from reid_core.model.backtracking.sparsify import top_attention, top_attention_gradient


class Attended(NamedTuple):
    """What one step attended: ``where``, and with which weights.

    where: the memories, as places in the flattened (T B) states, (B, K); a slice of frames if it attended them all.
    alpha: their weights, (B, K). total: sum r of ``top_attention``, (B, 1).
    """

    where: Tensor | slice
    alpha: Tensor
    total: Tensor | None


class LinearScores:
    """a_ti = w_m . m_i + w_g . g_t: a term for each memory, computed when it is written, and one for the query."""

    def __init__(self, memories: Tensor, rule: CellRule, weights: tuple[Tensor, ...]) -> None:
        self.memories, self.query_matters = memories, rule.query_matters
        self.w_m, self.w_g = weights[0].view(2, -1)
        self.terms = memories.new_zeros(memories.shape[1::-1])
        self.columns = self.terms.unbind(1)

    def write(self, t: int) -> None:
        """Score the memory of frame t, once for all."""
        torch.mv(self.memories[t], self.w_m, out=self.columns[t])

    def read(self, g: Tensor, written: slice) -> Tensor:
        """The scores of the memories against g, (B, n): (B, M)."""
        terms = self.terms[:, written]
        return terms + (g @ self.w_g)[:, None] if self.query_matters else terms

    def start_backward(self, provisional: Tensor) -> None:
        """Make room for the gradients; provisional: g of all steps, (T, B, n)."""
        self.provisional = provisional
        self.d_terms = self.memories.new_zeros(*self.memories.shape[:2], 1)
        self.d_query = torch.zeros_like(self.d_terms)

    def backward(self, t: int, where: Tensor | slice, d_scores: Tensor) -> Tensor | None:
        """Take the gradient of step t's scores, (B, K); return that of g_t."""
        add_to(self.d_terms, where, d_scores[..., None])
        if not self.query_matters:
            return None
        self.d_query[t] = d_scores.sum(1, keepdim=True)
        d_g: Tensor = self.d_query[t] * self.w_g
        return d_g

    def d_memory(self, t: int) -> Tensor:
        """What all later scores ask of the memory written at t."""
        d_state: Tensor = self.d_terms[t] * self.w_m
        return d_state

    def d_weights(self) -> tuple[Tensor, ...]:
        """The gradient of w."""
        d_g = summed_outer(self.d_query, self.provisional) if self.query_matters else torch.zeros_like(self.w_g)[None]
        return (torch.cat([summed_outer(self.d_terms, self.memories), d_g], dim=1),)


class MlpScores:
    """a_ti = w_3 . tanh(u_i + q_t), u_i = W_1 m_i + b_1, q_t = W_2 g_t.

    With E_i = exp(2 u_i), computed when the memory is written, and F_t = exp(2 q_t), once a step,
    tanh(u_i + q_t) = 1 - 2 / (1 + E_i F_t): a multiplication and a division instead of a tanh for each pair. It holds
    while |u| and |q| stay below half the largest exponent (43 in float32); beyond, a sum of two that nearly cancel is
    wrong. The sum of w_3, which all memories share, is left out where a common shift changes nothing.
    """

    def __init__(self, memories: Tensor, rule: CellRule, weights: tuple[Tensor, ...]) -> None:
        self.memories, self.shift_matters = memories, rule.normalise == "none"
        self.W_1, self.b_1, self.W_2, self.w_3 = weights
        self.twice = (2 * self.b_1, 2 * self.W_1.T, 2 * self.W_2.T, -2 * self.w_3[0])
        self.exponentials, self.scratch = torch.empty_like(memories), torch.empty_like(memories)
        self.rows = self.exponentials.unbind()
        self.limit = torch.finfo(memories.dtype).max ** 0.98
        self.one, self.sum_w_3 = memories.new_ones(()), self.w_3.sum()

    def write(self, t: int) -> None:
        """Project the memory of frame t, once for all."""
        b_1, W_1, _, _ = self.twice
        torch.exp(torch.addmm(b_1, self.memories[t], W_1), out=self.rows[t])

    def read(self, g: Tensor, written: slice) -> Tensor:
        """The scores of the memories against g, (B, n): (B, M)."""
        _, _, W_2, w_3 = self.twice
        query = torch.mm(g, W_2).exp_().clamp_(1 / self.limit, self.limit)
        memories = self.exponentials[written]
        pairs = torch.addcmul(self.one, memories, query, out=self.scratch[: len(memories)]).reciprocal_()
        scores = torch.mv(pairs.view(-1, g.shape[1]), w_3).view(-1, len(g)).T
        return scores + self.sum_w_3 if self.shift_matters else scores

    def start_backward(self, provisional: Tensor) -> None:
        """Make room for the gradients; provisional: g of all steps, (T, B, n)."""
        self.provisional = provisional
        self.u, self.q = F.linear(self.memories, self.W_1, self.b_1), F.linear(provisional, self.W_2)
        self.d_u, self.d_q = torch.zeros_like(self.u), torch.zeros_like(self.q)
        self.d_w_3 = torch.zeros_like(self.w_3)

    def backward(self, t: int, where: Tensor | slice, d_scores: Tensor) -> Tensor:
        """Take the gradient of step t's scores, (B, K); return that of g_t."""
        z = (take_from(self.u, where) + self.q[t, :, None]).tanh_()
        self.d_w_3 += summed_outer(d_scores[..., None], z)
        d_z = torch.addcmul(self.w_3, z * z, self.w_3, value=-1).mul_(d_scores[..., None])
        add_to(self.d_u, where, d_z)
        self.d_q[t] = d_z.sum(1)
        return self.d_q[t] @ self.W_2

    def d_memory(self, t: int) -> Tensor:
        """What all later scores ask of the memory written at t."""
        return self.d_u[t] @ self.W_1

    def d_weights(self) -> tuple[Tensor, ...]:
        """The gradients of W_1, b_1, W_2 and w_3."""
        d_W_1, d_W_2 = summed_outer(self.d_u, self.memories), summed_outer(self.d_q, self.provisional)
        return d_W_1, self.d_u.sum((0, 1)), d_W_2, self.d_w_3


class DotScores:
    """a_ti = beta y_i . z_t + w . m_i: y_i and z_t are the directions of W_1 m_i and W_2 g_t."""

    def __init__(self, memories: Tensor, rule: CellRule, weights: tuple[Tensor, ...]) -> None:
        self.memories = memories
        self.W_1, self.W_2, self.w, self.beta = weights
        self.directions, self.terms = torch.empty_like(memories), memories.new_zeros(memories.shape[1::-1])

    def write(self, t: int) -> None:
        """The direction of frame t's memory, and its own term, once for all."""
        self.directions[t] = direction(self.memories[t] @ self.W_1.T)
        self.terms[:, t] = self.memories[t] @ self.w[0]

    def read(self, g: Tensor, written: slice) -> Tensor:
        """The scores of the memories against g, (B, n): (B, M)."""
        query = self.beta * direction(g @ self.W_2.T)
        pairs = torch.bmm(self.directions[written].transpose(0, 1), query[..., None]).squeeze(2)
        return self.terms[:, written] + pairs

    def start_backward(self, provisional: Tensor) -> None:
        """Make room for the gradients; provisional: g of all steps, (T, B, n)."""
        self.provisional = provisional
        self.projected, self.asked = self.memories @ self.W_1.T, provisional @ self.W_2.T
        self.directions, self.queries = direction(self.projected), direction(self.asked)
        self.d_directions, self.d_queries = torch.zeros_like(self.projected), torch.zeros_like(self.asked)
        self.d_projected = torch.zeros_like(self.projected)
        self.d_terms, self.d_beta = self.memories.new_zeros(*self.memories.shape[:2], 1), torch.zeros_like(self.beta)

    def backward(self, t: int, where: Tensor | slice, d_scores: Tensor) -> Tensor:
        """Take the gradient of step t's scores, (B, K); return that of g_t."""
        add_to(self.d_terms, where, d_scores[..., None])
        add_to(self.d_directions, where, d_scores[..., None] * (self.beta * self.queries[t])[:, None])
        d_query = torch.bmm(d_scores[:, None], take_from(self.directions, where)).squeeze(1)
        self.d_beta += (d_query * self.queries[t]).sum()
        self.d_queries[t] = direction_gradient(self.beta * d_query, self.asked[t], self.queries[t])
        return self.d_queries[t] @ self.W_2

    def d_memory(self, t: int) -> Tensor:
        """What all later scores ask of the memory written at t."""
        self.d_projected[t] = direction_gradient(self.d_directions[t], self.projected[t], self.directions[t])
        return self.d_projected[t] @ self.W_1 + self.d_terms[t] * self.w

    def d_weights(self) -> tuple[Tensor, ...]:
        """The gradients of W_1, W_2, w and beta."""
        d_W_1, d_W_2 = summed_outer(self.d_projected, self.memories), summed_outer(self.d_queries, self.provisional)
        return d_W_1, d_W_2, summed_outer(self.d_terms, self.memories), self.d_beta


SCORES: dict[str, type[LinearScores | MlpScores | DotScores]] = {
    "linear": LinearScores,
    "mlp": MlpScores,
    "dot": DotScores,
}


class Recurrence(torch.autograd.Function):
    """(W_v v_t + b) for all t -> states and attention of all t.

    Args: inputs (T, B, n); rule; W_h (n, n); W_m (n, n), None but with "inside"; the score's weights: w (1, 2n), or
        W_1 (n, n), b_1 (n,), W_2 (n, n), w_3 (1, n), or W_1 (n, n), W_2 (n, n), w (1, n), beta ().
    Returns: states (T, B, n); what is remembered, (T, B, n), None if it is the states; attention (B, T, T), which
        carries no gradient.
    """

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, rule: CellRule, W_h: Tensor, W_m: Tensor | None, *weights: Tensor
    ) -> tuple[Tensor, Tensor | None, Tensor]:
        states, provisional, summaries, attended = run(inputs, rule, W_h, W_m, weights)
        if rule.normalise == "topk" and states[-1].isnan().any():
            states, provisional, summaries, attended = run(inputs, rule, W_h, W_m, weights, ties=True)
        attention = full_attention(attended, states)
        ctx.mark_non_differentiable(attention)
        if any(ctx.needs_input_grad):
            summary = None if W_m is None else torch.stack(summaries)
            ctx.save_for_backward(states, provisional, summary, W_h, W_m, *weights)
            ctx.rule, ctx.attended = rule, attended
        ctx.set_materialize_grads(False)
        return states, provisional if rule.apart else None, attention

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_output: Tensor | None, d_apart: Tensor | None, _: Any) -> tuple[Tensor | None, ...]:
        states, provisional, summaries, W_h, W_m, *weights = ctx.saved_tensors
        rule: CellRule = ctx.rule
        memories = provisional if rule.apart else states
        scores = SCORES[rule.score](memories, rule, tuple(weights))
        scores.start_backward(provisional)
        d_states = own_gradient(d_output, states)
        d_memories = own_gradient(d_apart, states) if rule.apart else d_states
        d_inputs, d_inner = torch.empty_like(states), torch.empty_like(states)
        slope_g = 1 - provisional * provisional
        slope = slope_g if W_m is None else 1 - states * states
        for t in reversed(range(len(states))):
            d_h = d_states[t]
            if rule.writes(t):
                d_memories[t] += scores.d_memory(t)
            d_p = d_inner[t] = d_h * slope[t]
            if rule.apart:
                d_p = torch.addcmul(d_p, d_memories[t], slope_g[t])
            if t in ctx.attended:
                d_s = d_h if W_m is None else d_inner[t] @ W_m
                where, alpha, _ = ctx.attended[t]
                d_alpha = torch.bmm(take_from(memories, where), d_s[..., None]).squeeze(2)
                d_g = scores.backward(t, where, attention_gradient(d_alpha, ctx.attended[t], rule))
                add_to(d_memories, where, alpha[..., None] * d_s[:, None])
                d_p = d_p if d_g is None else torch.addcmul(d_p, d_g, slope_g[t])
            d_inputs[t] = d_p
            if t and not rule.cuts(t):
                d_states[t - 1].addmm_(d_p, W_h)
        d_W_h = summed_outer(d_inputs[1:], states[:-1])
        d_W_m = None if W_m is None else summed_outer(d_inner, summaries)
        return d_inputs, None, d_W_h, d_W_m, *scores.d_weights()


def run(
    inputs: Tensor, rule: CellRule, W_h: Tensor, W_m: Tensor | None, weights: tuple[Tensor, ...], ties: bool = False
) -> tuple[Tensor, Tensor, list[Tensor], dict[int, Attended]]:
    """The steps of ``Recurrence``: states and, where it matters, g, (T, B, n); s, (B, n), and what each step attended.

    Args: ties: of ``top_attention``. To look for them at every step would hold up all steps, and a GPU most; without,
        a tie turns the states from there on into NaN.
    """
    states = torch.zeros_like(inputs, memory_format=torch.contiguous_format)
    provisional = torch.zeros_like(states)
    memories = provisional if rule.apart else states
    scores = SCORES[rule.score](memories, rule, weights)
    summaries, attended = [], {}
    h = no_memory = torch.zeros_like(states[0])
    W_hT, W_mT = W_h.T, None if W_m is None else W_m.T
    flat, batch = memories.view(-1, states.shape[2]), torch.arange(len(h), device=h.device)
    for t, (x, g, h_t) in enumerate(zip(inputs.unbind(), provisional.unbind(), states.unbind(), strict=True)):
        p = torch.addmm(x, h, W_hT)
        if W_mT is None or rule.query_matters or rule.apart:
            torch.tanh(p, out=g)
        h, s = h_t, no_memory
        if t >= rule.k_att:
            attended[t] = attend(scores.read(g, rule.written(t)), rule, t, batch, ties)
            s = weighted_sum(memories, flat, attended[t], batch)
        if W_mT is None:
            torch.add(g, s, out=h_t)
        else:
            torch.tanh(torch.addmm(p, s, W_mT), out=h_t)
            summaries.append(s)
        if rule.writes(t):
            scores.write(t)
    return states, provisional, summaries, attended


def own_gradient(gradient: Tensor | None, like: Tensor) -> Tensor:
    """A copy to add to; zeros if nothing asked for what it is the gradient of."""
    return torch.zeros_like(like) if gradient is None else gradient.clone(memory_format=torch.contiguous_format)


def attend(scores: Tensor, rule: CellRule, t: int, batch: Tensor, ties: bool) -> Attended:
    """From step t's scores of the memories, (B, M), to what it attends; batch: 0, ..., B - 1."""
    if rule.normalise != "topk":
        return Attended(rule.written(t), scores.softmax(1) if rule.normalise == "softmax" else scores.clone(), None)
    index, alpha, total = top_attention(scores, rule.k_top, ties)
    frames = index if rule.k_att == 1 else index * rule.k_att + (rule.k_att - 1)
    return Attended(frames if len(batch) == 1 else torch.add(batch[:, None], frames, alpha=len(batch)), alpha, total)


def attention_gradient(d_alpha: Tensor, attended: Attended, rule: CellRule) -> Tensor:
    """The gradient of the scores, given that of the attention on the same memories, (B, K)."""
    if rule.normalise == "none":
        return d_alpha
    return top_attention_gradient(d_alpha, attended.alpha, attended.total)


def weighted_sum(memories: Tensor, flat: Tensor, attended: Attended, batch: Tensor) -> Tensor:
    """s = sum_i alpha_i m_i: memories (T, B, n), the same as flat (T B, n) -> (B, n); batch: 0, ..., B - 1."""
    where, alpha, _ = attended
    if isinstance(where, slice):
        return torch.bmm(alpha[:, None], memories[where].transpose(0, 1)).squeeze(1)
    if len(batch) == 1:  # one clip has no use for bags, which take twice as long
        return torch.mm(alpha, flat.index_select(0, where[0]))
    starts = batch * where.shape[1]
    bags: tuple[Tensor, ...] = torch.embedding_bag(
        flat, where.flatten(), starts, mode=0, per_sample_weights=alpha.flatten()
    )
    return bags[0]


def full_attention(attended: dict[int, Attended], states: Tensor) -> Tensor:
    """Every step's alpha as one matrix, (B, T, T): row t, columns i < t, zero elsewhere."""
    length, batch, _ = states.shape
    attention = states.new_zeros(batch, length, length)
    places, weights, steps, counts = [], [], [], []
    for t, (where, alpha, _) in attended.items():
        if isinstance(where, slice):
            attention[:, t, where] = alpha
        else:
            places.append(where.flatten())
            weights.append(alpha.flatten())
            steps.append(t)
            counts.append(alpha.numel())
    if places:
        place = torch.cat(places)  # i B + b: its clip is the remainder, its frame the quotient
        step = torch.tensor(steps, device=place.device).repeat_interleave(torch.tensor(counts, device=place.device))
        attention[place % batch, step, place // batch] = torch.cat(weights)
    return attention


def take_from(x: Tensor, where: Tensor | slice) -> Tensor:
    """The rows of x, (T, B, n), at frames (a slice) or at places in the flattened (T B): (B, K, n)."""
    return x[where].transpose(0, 1) if isinstance(where, slice) else F.embedding(where, x.flatten(0, 1))


def add_to(x: Tensor, where: Tensor | slice, values: Tensor) -> None:
    """Add values, (B, K, n), to the rows of x that ``take_from`` would take."""
    if isinstance(where, slice):
        x[where] += values.transpose(0, 1)
    else:
        x.view(-1, x.shape[2]).index_add_(0, where.flatten(), values.flatten(0, 1))


def direction_gradient(d_y: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The gradient of x, given that of its ``direction`` y: (d_y - y (y . d_y)) / ||x||, all (B, n)."""
    length: Tensor = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    across = d_y - (length > SHORTEST) * y * (y * d_y).sum(1, keepdim=True)
    return across / length.clamp_min(SHORTEST)


def summed_outer(left: Tensor, right: Tensor) -> Tensor:
    """The sum of left right^T over the first two dimensions: (., ., a), (., ., b) -> (a, b)."""
    return left.flatten(0, 1).T @ right.flatten(0, 1)

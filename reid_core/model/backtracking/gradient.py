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

    def __init__(self, states: Tensor, rule: CellRule, weights: tuple[Tensor, ...]) -> None:
        self.states, self.query_matters = states, rule.query_matters
        self.w_m, self.w_g = weights[0].view(2, -1)
        self.terms = states.new_zeros(states.shape[1::-1])
        self.columns = self.terms.unbind(1)

    def write(self, t: int) -> None:
        """Score the state of frame t, once for all."""
        torch.mv(self.states[t], self.w_m, out=self.columns[t])

    def read(self, g: Tensor, written: slice) -> Tensor:
        """The scores of the memories against g, (B, n): (B, M)."""
        terms = self.terms[:, written]
        return terms + (g @ self.w_g)[:, None] if self.query_matters else terms

    def start_backward(self, provisional: Tensor) -> None:
        """Make room for the gradients; provisional: g of all steps, (T, B, n)."""
        self.provisional = provisional
        self.d_terms = self.states.new_zeros(*self.states.shape[:2], 1)
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
        return (torch.cat([summed_outer(self.d_terms, self.states), d_g], dim=1),)


class MlpScores:
    """a_ti = w_3 . tanh(u_i + q_t), u_i = W_1 m_i + b_1, q_t = W_2 g_t.

    With E_i = exp(2 u_i), computed when the memory is written, and F_t = exp(2 q_t), once a step,
    tanh(u_i + q_t) = 1 - 2 / (1 + E_i F_t): a multiplication and a division instead of a tanh for each pair. It holds
    while |u| and |q| stay below half the largest exponent (43 in float32); beyond, a sum of two that nearly cancel is
    wrong. The sum of w_3, which all memories share, is left out where a common shift changes nothing.
    """

    def __init__(self, states: Tensor, rule: CellRule, weights: tuple[Tensor, ...]) -> None:
        self.states, self.shift_matters = states, rule.normalise == "none"
        self.W_1, self.b_1, self.W_2, self.w_3 = weights
        self.twice = (2 * self.b_1, 2 * self.W_1.T, 2 * self.W_2.T, -2 * self.w_3[0])
        self.exponentials, self.scratch = torch.empty_like(states), torch.empty_like(states)
        self.rows = self.exponentials.unbind()
        self.limit = torch.finfo(states.dtype).max ** 0.98
        self.one, self.sum_w_3 = states.new_ones(()), self.w_3.sum()

    def write(self, t: int) -> None:
        """Project the state of frame t, once for all."""
        b_1, W_1, _, _ = self.twice
        torch.exp(torch.addmm(b_1, self.states[t], W_1), out=self.rows[t])

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
        self.u, self.q = F.linear(self.states, self.W_1, self.b_1), F.linear(provisional, self.W_2)
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
        d_W_1, d_W_2 = summed_outer(self.d_u, self.states), summed_outer(self.d_q, self.provisional)
        return d_W_1, self.d_u.sum((0, 1)), d_W_2, self.d_w_3


class Recurrence(torch.autograd.Function):
    """(W_v v_t + b) for all t -> states and attention of all t.

    Args: inputs (T, B, n); rule; W_h (n, n); W_m (n, n), None with combine="add"; the score's weights: w (1, 2n), or
        W_1 (n, n), b_1 (n,), W_2 (n, n), w_3 (1, n).
    Returns: states (T, B, n); attention (B, T, T), which carries no gradient.
    """

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, rule: CellRule, W_h: Tensor, W_m: Tensor | None, *weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        states, provisional, summaries, attended = run(inputs, rule, W_h, W_m, weights)
        if rule.normalise == "topk" and states[-1].isnan().any():
            states, provisional, summaries, attended = run(inputs, rule, W_h, W_m, weights, ties=True)
        attention = full_attention(attended, states)
        ctx.mark_non_differentiable(attention)
        if any(ctx.needs_input_grad):
            ctx.save_for_backward(states, torch.stack(provisional), torch.stack(summaries), W_h, W_m, *weights)
            ctx.rule, ctx.attended = rule, attended
        return states, attention

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_output: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        states, provisional, summaries, W_h, W_m, *weights = ctx.saved_tensors
        rule: CellRule = ctx.rule
        scores = (LinearScores if rule.score == "linear" else MlpScores)(states, rule, tuple(weights))
        scores.start_backward(provisional)
        d_states = d_output.clone(memory_format=torch.contiguous_format)
        d_inputs, d_inner = torch.empty_like(states), torch.empty_like(states)
        slope_g = 1 - provisional * provisional
        slope = slope_g if W_m is None else 1 - states * states
        for t in reversed(range(len(states))):
            d_h = d_states[t]
            if rule.writes(t):
                d_h += scores.d_memory(t)
            d_p = d_inner[t] = d_h * slope[t]
            if t >= rule.k_att:
                d_s = d_h if W_m is None else d_p @ W_m
                where, alpha, _ = ctx.attended[t]
                d_alpha = torch.bmm(take_from(states, where), d_s[..., None]).squeeze(2)
                d_g = scores.backward(t, where, attention_gradient(d_alpha, ctx.attended[t], rule))
                add_to(d_states, where, alpha[..., None] * d_s[:, None])
                d_p = d_p if d_g is None else torch.addcmul(d_p, d_g, slope_g[t])
            d_inputs[t] = d_p
            if t and not rule.cuts(t):
                d_states[t - 1].addmm_(d_p, W_h)
        d_W_h = summed_outer(d_inputs[1:], states[:-1])
        d_W_m = None if W_m is None else summed_outer(d_inner, summaries)
        return d_inputs, None, d_W_h, d_W_m, *scores.d_weights()


def run(
    inputs: Tensor, rule: CellRule, W_h: Tensor, W_m: Tensor | None, weights: tuple[Tensor, ...], ties: bool = False
) -> tuple[Tensor, list[Tensor], list[Tensor], dict[int, Attended]]:
    """The steps of ``Recurrence``: states (T, B, n); g and s of each step, (B, n); what each attended.

    Args: ties: of ``top_attention``. To look for them at every step would hold up all steps, and a GPU most; without,
        a tie turns the states from there on into NaN.
    """
    states = torch.zeros_like(inputs, memory_format=torch.contiguous_format)
    scores = (LinearScores if rule.score == "linear" else MlpScores)(states, rule, weights)
    provisional, summaries, attended = [], [], {}
    h = no_memory = torch.zeros_like(states[0])
    W_hT, W_mT = W_h.T, None if W_m is None else W_m.T
    flat, batch = states.view(-1, states.shape[2]), torch.arange(len(h), device=h.device)
    for t, (x, h_t) in enumerate(zip(inputs.unbind(), states.unbind(), strict=True)):
        p = torch.addmm(x, h, W_hT)
        g = torch.tanh(p) if W_m is None or rule.query_matters else p
        s = no_memory
        if t >= rule.k_att:
            attended[t] = attend(scores.read(g, rule.written(t)), rule, t, batch, ties)
            s = weighted_sum(states, flat, attended[t], batch)
        h = torch.add(g, s, out=h_t) if W_mT is None else torch.tanh(torch.addmm(p, s, W_mT), out=h_t)
        if rule.writes(t):
            scores.write(t)
        provisional.append(g)
        summaries.append(s)
    return states, provisional, summaries, attended


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


def weighted_sum(states: Tensor, flat: Tensor, attended: Attended, batch: Tensor) -> Tensor:
    """s = sum_i alpha_i m_i: states (T, B, n), the same as flat (T B, n) -> (B, n); batch: 0, ..., B - 1."""
    where, alpha, _ = attended
    if isinstance(where, slice):
        return torch.bmm(alpha[:, None], states[where].transpose(0, 1)).squeeze(1)
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


def summed_outer(left: Tensor, right: Tensor) -> Tensor:
    """The sum of left right^T over the first two dimensions: (., ., a), (., ., b) -> (a, b)."""
    return left.flatten(0, 1).T @ right.flatten(0, 1)

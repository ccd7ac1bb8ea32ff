"""The slow, obvious versions of what the package does fast; the tests compare with them."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from reid_core.model.backtracking import BacktrackingCell


def direct_attention(scores: Tensor, normalise: str, k_top: int) -> Tensor:
    """From scores (B, M) to attention (B, M), as METHOD prints it, ties left aside."""
    if normalise == "none":
        return scores
    if normalise == "softmax" or scores.shape[1] <= k_top:
        return torch.exp(scores) / torch.exp(scores).sum(1, keepdim=True)
    theta = scores.sort(dim=1, descending=True).values[:, k_top : k_top + 1]
    excess = torch.relu(scores - theta)
    return excess / excess.sum(1, keepdim=True)


def direct_scores(cell: BacktrackingCell, memories: Tensor, g: Tensor) -> Tensor:
    """Join [m_i ; g_t] for all memories and score them with one product: (B, M, n), (B, n) -> (B, M)."""
    joined = torch.cat([memories, g[:, None].expand_as(memories)], dim=2)
    if cell.config.score == "linear":
        return (joined @ cell.w.weight.T).squeeze(2)
    if cell.config.score == "dot":
        left, right = memories @ cell.W_1.weight.T, (g @ cell.W_2.weight.T)[:, None]
        lengths = left.norm(dim=2).clamp_min(1e-6) * right.norm(dim=2).clamp_min(1e-6)
        return cell.beta * (left * right).sum(2) / lengths + memories @ cell.w.weight[0]
    both = torch.cat([cell.W_1.weight, cell.W_2.weight], dim=1)
    return (torch.tanh(joined @ both.T + cell.W_1.bias) @ cell.w_3.weight.T).squeeze(2)


def direct_cell(cell: BacktrackingCell, features: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The backtracking cell step by step with the weights of ``cell``, closing steps and all.

    Returns: states (B, T, n), attention (B, T, T), the last of all states (B, n), attention when closing (B, C, T).
    Without a gradient the memories stay in one tensor, so that a benchmark does not time their being copied together.
    """
    rule, (batch, length, _) = cell.config, features.shape
    h = features.new_zeros(batch, cell.W_h.in_features)
    kept = None if torch.is_grad_enabled() else features.new_empty(batch, length, h.shape[1])
    states, memories, rows = [], [], []
    for t in range(length):
        previous = h.detach() if rule.k_trunc and t % rule.k_trunc == 0 else h
        p = cell.W_v(features[:, t]) + cell.W_h(previous)
        g = torch.tanh(p)
        s, row = torch.zeros_like(p), features.new_zeros(batch, length)
        if memories and rule.combine != "none":
            m = torch.stack(memories, dim=1) if kept is None else kept[:, : len(memories)]
            alpha = direct_attention(direct_scores(cell, m, g), rule.normalise, rule.k_top)
            s = torch.bmm(alpha[:, None], m).squeeze(1)
            row[:, rule.k_att - 1 : rule.k_att * len(memories) : rule.k_att] = alpha.detach()
        h = torch.tanh(p + cell.W_m(s)) if rule.combine == "inside" else g + s
        if (t + 1) % rule.k_att == 0:
            memories.append(g if rule.memory == "frame" else h)
            if kept is not None:
                kept[:, len(memories) - 1] = memories[-1]
        states.append(h)
        rows.append(row)
    s, looks = torch.zeros_like(h), features.new_zeros(batch, rule.closing, length)
    for c in range(rule.closing if memories else 0):
        m = torch.stack(memories, dim=1)
        alpha = direct_attention(direct_scores(cell, m, s), rule.normalise, rule.k_top)
        h = s = torch.bmm(alpha[:, None], m).squeeze(1)
        looks[:, c, rule.k_att - 1 : rule.k_att * len(memories) : rule.k_att] = alpha.detach()
    return torch.stack(states, dim=1), torch.stack(rows, dim=1), h, looks


def direct_recurrence(rnn: torch.nn.RNN, features: Tensor) -> Tensor:
    """Eq. 1, a loop over frames: h_t = tanh(W_v v_t + W_h h_{t-1} + b), (T, q) -> (T, n)."""
    w = dict(rnn.named_parameters())
    h, states = features.new_zeros(w["weight_hh_l0"].shape[0]), []
    for v in features:
        h = torch.tanh(w["weight_ih_l0"] @ v + w["weight_hh_l0"] @ h + w["bias_ih_l0"])
        states.append(h)
    return torch.stack(states)


def direct_attentive_pooling(p: Tensor, q: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """ASTPN's temporal pooling of one pair, a loop over pairs of frames: (T_p, n), (T_q, n) -> two of (n,)."""
    a = [[torch.tanh(x @ u @ y).item() for y in q] for x in p]
    best_p = torch.tensor([max(row) for row in a], dtype=p.dtype)
    best_q = torch.tensor([max(row[j] for row in a) for j in range(len(q))], dtype=p.dtype)
    t_p, t_q = best_p.exp() / best_p.exp().sum(), best_q.exp() / best_q.exp().sum()
    return sum(w * x for w, x in zip(t_p, p, strict=True)), sum(w * y for w, y in zip(t_q, q, strict=True))


def direct_pyramid(maps: Tensor) -> Tensor:
    """Spatial pyramid pooling of one frame, a loop over bins: (D, h, w) -> (85 D,)."""
    _, height, width = maps.shape
    pooled = []
    for bins in (8, 4, 2, 1):
        grid = torch.stack(
            [
                maps[
                    :,
                    i * height // bins : -(-(i + 1) * height // bins),
                    j * width // bins : -(-(j + 1) * width // bins),
                ]
                .flatten(1)
                .max(1)
                .values
                for i in range(bins)
                for j in range(bins)
            ],
            dim=1,
        )
        pooled.append(grid.flatten())
    return torch.cat(pooled)


def plain_encoder(weights: dict[str, Tensor], frames: Tensor) -> Tensor:
    """The paper's encoder in its printed order, conv -> tanh -> max pool, one frame at a time."""
    features = []
    for frame in frames:
        x = frame[None]
        for layer in range(3):
            kernel, bias = weights[f"convolutions.{layer}.weight"], weights[f"convolutions.{layer}.bias"]
            x = torch.nn.functional.max_pool2d(torch.tanh(torch.nn.functional.conv2d(x, kernel, bias, padding=4)), 2)
        features.append(weights["linear.weight"] @ x.reshape(-1) + weights["linear.bias"])
    return torch.stack(features)


def slow_ranking(
    distances: Sequence[Sequence[float]],
    probes: Sequence[tuple[int, int]],
    gallery: Sequence[tuple[int, int]],
) -> tuple[list[int], list[float], list[int]]:
    """First right rank, average precision and index of each probe that can be matched; people are (pid, camera).

    The whole gallery is sorted, of equal distances the wrong ones first; the probe's own person as its own camera saw
    it is taken out before.
    """
    first, precision, matched = [], [], []
    for number, (row, probe) in enumerate(zip(distances, probes, strict=True)):
        others = [(d, other[0] == probe[0]) for d, other in zip(row, gallery, strict=True) if other != probe]
        ranks = [rank for rank, (_, right) in enumerate(sorted(others), start=1) if right]
        if ranks:
            first.append(ranks[0])
            precision.append(sum(found / rank for found, rank in enumerate(ranks, start=1)) / len(ranks))
            matched.append(number)
    return first, precision, matched


def slow_equal_errors(same: Sequence[float], different: Sequence[float]) -> tuple[float, set[float]]:
    """The smallest gap between false acceptance and false rejection over all thresholds, and the mean rates there."""
    values = sorted({*same, *different})
    found = []
    for threshold in [values[0] - 1, *values]:
        far = sum(d <= threshold for d in different) / len(different)
        frr = sum(d > threshold for d in same) / len(same)
        found.append((abs(far - frr), (far + frr) / 2))
    gap = min(found)[0]
    return gap, {rate for other, rate in found if math.isclose(other, gap, abs_tol=1e-12)}


def slow_area_under_curve(same: Sequence[float], different: Sequence[float]) -> float:
    """How often a pair of one person is nearer than one of two; a tie is half a time."""
    wins = [1.0 if s < d else 0.5 if s == d else 0.0 for s in same for d in different]
    return sum(wins) / len(wins)


def slow_verification_loss(a: Tensor, b: Tensor, same: Tensor, margin: float) -> float:
    """Eq. 3, pair by pair."""
    costs = []
    for f, g, one_person in zip(a.tolist(), b.tolist(), same.tolist(), strict=True):
        d = math.dist(f, g)
        costs.append(d if one_person else max(0.0, margin - d))
    return sum(costs) / len(costs)


def slow_identification_loss(logits: Tensor, identity: Tensor) -> float:
    """The mean of -log softmax, clip by clip."""
    costs = []
    for row, k in zip(logits.tolist(), identity.tolist(), strict=True):
        costs.append(math.log(sum(math.exp(value) for value in row)) - row[k])
    return sum(costs) / len(costs)


def slow_contrastive_loss(embeddings: Tensor, identity: Tensor, temperature: float) -> float:
    """Khosla et al., eq. 2, clip by clip and partner by partner."""
    unit = [[value / math.hypot(*f) for value in f] for f in embeddings.tolist()]
    pids = identity.tolist()

    def alike(i: int, j: int) -> float:
        return math.exp(sum(x * y for x, y in zip(unit[i], unit[j], strict=True)) / temperature)

    costs = []
    for i in range(len(unit)):
        partners = [p for p in range(len(unit)) if p != i and pids[p] == pids[i]]
        everybody = sum(alike(i, j) for j in range(len(unit)) if j != i)
        if partners:
            costs.append(-sum(math.log(alike(i, p) / everybody) for p in partners) / len(partners))
    return sum(costs) / len(costs)


def slow_s_norm(a: np.ndarray, b: np.ndarray, first: np.ndarray, second: np.ndarray, usual: float) -> np.ndarray:
    """z by three views of a cohort, one pair and one number after the other.

    Args: a, b: embeddings of the clips of two cameras. first, second: of the cohort as these cameras saw it.
    """

    def distance(x: np.ndarray, y: np.ndarray) -> float:
        return sum((p - q) ** 2 for p, q in zip(x.tolist(), y.tolist(), strict=True)) ** 0.5

    def moved(x: np.ndarray, by: np.ndarray) -> np.ndarray:
        return (x + by) * sum(x**2) ** 0.5 / sum((x + by) ** 2) ** 0.5

    def drawn(squares: float, people: int) -> float:
        return ((squares + 10 * usual**2) / (people - 1 + 10)) ** 0.5

    people = 2 / (1 / len(first) + 1 / len(second))
    half = people / (people + 10) * (sum(second) / len(second) - sum(first) / len(first)) / 2
    a, first = ([moved(x, half) for x in side] for side in (a, first))
    b, second = ([moved(x, -half) for x in side] for side in (b, second))
    own = sorted(distance(x, y) for x in first for y in second)
    median = (own[(len(own) - 1) // 2] + own[len(own) // 2]) / 2
    fewer = min(len(first), len(second))
    spread = drawn((fewer - 1) * sum((d - median) ** 2 for d in own) / len(own), fewer)
    z = np.zeros((len(a), len(b)))
    for p, x in enumerate(a):
        for g, y in enumerate(b):
            z[p, g] = (distance(x, y) - median) / spread / 3
            for clip, cohort in ((x, second), (y, first)):
                theirs = [distance(clip, other) for other in cohort]
                mean = sum(theirs) / len(theirs)
                deviation = drawn(sum((d - mean) ** 2 for d in theirs), len(theirs))
                z[p, g] += (distance(x, y) - mean) / deviation / 3
    return z

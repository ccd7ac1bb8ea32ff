"""From the scores of the memories to attention on few of them (METHOD: sparsify), and its gradient."""

import torch
from torch import Tensor


def sparsify(scores: Tensor, k_top: int) -> Tensor:
    """Attention on at most ``k_top`` memories, in proportion to how far each exceeds the next best one.

        theta = the (k_top + 1)-th largest score
        alpha_i = r_i / sum r,  r_i = relu(a_i - theta)      M > k_top
        alpha   = softmax(a)                                 M <= k_top
        alpha_i = 1 / k_top on the earliest of the best      all r zero: more than k_top memories share the best score

    Args: scores: a, shape (B, M). Returns: alpha, shape (B, M): at least 0, sum 1, at most k_top non-zero.
    Source: Ke et al., "Sparse Attentive Backtracking", NeurIPS 2018, section 3.1.
    """
    index, alpha, _ = top_attention(scores, k_top)
    return torch.zeros_like(scores).scatter(1, index, alpha)


def top_attention(scores: Tensor, k_top: int, ties: bool = True) -> tuple[Tensor, Tensor, Tensor | None]:
    """``sparsify`` without its zeros.

    Args: scores: a, shape (B, M). ties: whether to see to them; if not, alpha is NaN where all r are zero.
    Returns: index of the best k_top + 1 memories, best first (all in order if M <= k_top), and their alpha, both
        (B, K); sum r, shape (B, 1), infinite where all r are zero, None if M <= k_top.
    """
    if scores.shape[1] <= k_top:
        return torch.arange(scores.shape[1], device=scores.device).expand_as(scores), scores.softmax(1), None
    top, index = scores.topk(k_top + 1, dim=1)
    excess = top - top[:, -1:]
    total = excess.sum(1, keepdim=True)
    if not ties or total.min().item() > 0:
        return index, excess / total, total
    # topk orders equal scores as it likes; a stable sort puts the earliest first.
    index = scores.sort(dim=1, descending=True, stable=True).indices[:, : k_top + 1]
    tied = total == 0
    shared = torch.full_like(top, 1 / k_top)
    shared[:, -1] = 0
    total = total.masked_fill(tied, torch.inf)
    return index, torch.where(tied, shared, excess / total), total


def top_attention_gradient(d_alpha: Tensor, alpha: Tensor, total: Tensor | None) -> Tensor:
    """The gradient of the scores that ``top_attention`` kept, given that of its alpha, all (B, K).

    da_i = (dalpha_i - sum_j alpha_j dalpha_j) / sum r   where r_i > 0
    da_theta = - sum_i da_i                              a common shift of all scores changes nothing
    da_i = alpha_i (dalpha_i - sum_j alpha_j dalpha_j)   softmax (``total`` is None)
    """
    centred = d_alpha - (alpha * d_alpha).sum(1, keepdim=True)
    if total is None:
        return alpha * centred
    d_scores = (alpha > 0) * centred / total
    d_scores[:, -1] = -d_scores.sum(1)
    return d_scores

"""The costs that a network is trained with (paper, section 3.3)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

Classifier = Callable[[Tensor], Tensor]

SMALLEST_SQUARE = 1e-12  # below it the slope of the square root is taken there: it is infinite at zero


def pair_distance(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean distance of each pair, d = ||a - b||, with a finite gradient where a equals b.

    Args: a, b: embeddings, shape (B, n). Returns: shape (B,).
    """
    return (a - b).square().sum(dim=1).clamp_min(SMALLEST_SQUARE).sqrt()


def verification_loss(a: Tensor, b: Tensor, same: Tensor, margin: float = 2.0) -> Tensor:
    """Pull pairs of one person together, push others ``margin`` apart (paper, eq. 3; the hinge is not squared).

        V = d             same person, d = ||a - b||
        V = max(0, m - d) two persons

    Args: a, b: embeddings, shape (B, n). same: bool, shape (B,). Returns: mean over pairs, a scalar.
    """
    distance = pair_distance(a, b)
    return torch.where(same, distance, (margin - distance).clamp_min(0)).mean()


def identification_loss(logits: Tensor, identity: Tensor) -> Tensor:
    """Cross-entropy of the softmax over the K training identities (paper, eq. 4 and the sentence before it).

        I = -log( exp(W_k f) / sum_p exp(W_p f) )

    The paper prints the probability; its text asks for the cross-entropy, which is what is minimised.

    Args: logits: W f, shape (B, K). identity: the index k of each person, shape (B,). Returns: mean, a scalar.
    """
    return F.cross_entropy(logits, identity)


def joint_costs(
    a: Tensor, b: Tensor, classifier: Classifier, identity_a: Tensor, identity_b: Tensor, margin: float = 2.0
) -> tuple[Tensor, Tensor]:
    """The two costs of the paper's objective for pairs of clips, which weighs them equally (paper, eq. 5).

        L = V(f_a, f_b) + I(f_a) + I(f_b)

    Args: a, b: embeddings, shape (B, n). classifier: from embeddings to logits (B, K). identity_a, identity_b: (B,).
    Returns: V, and I(f_a) + I(f_b); scalars.
    """
    verification = verification_loss(a, b, identity_a == identity_b, margin)
    return verification, identification_loss(classifier(a), identity_a) + identification_loss(classifier(b), identity_b)


def supervised_contrastive_loss(embeddings: Tensor, identity: Tensor, temperature: float = 0.1) -> Tensor:
    """Make each clip pick its own person's other clips out of the batch (Khosla et al., NeurIPS 2020, eq. 2).

        S_i = -1/|P(i)| sum_{p in P(i)} log( exp(z_i.z_p / tau) / sum_{j != i} exp(z_i.z_j / tau) ),   z = f / ||f||

    P(i) are the other clips of person i; a clip without any takes no part.

    Args: embeddings: shape (B, n). identity: shape (B,). Returns: mean over the clips that have partners, a scalar.

    Raises: ValueError when no two clips of the batch show one person.
    """
    z = F.normalize(embeddings)
    partners = (identity[:, None] == identity).fill_diagonal_(False)
    count = partners.sum(dim=1)
    if not bool(count.any()):
        raise ValueError(f"identity must hold one person at least twice, got {identity.tolist()}")
    log_share = (z @ z.T / temperature).fill_diagonal_(-torch.inf).log_softmax(dim=1)
    cost = -log_share.masked_fill(~partners, 0).sum(dim=1) / count.clamp_min(1)
    return cost[count > 0].mean()


@dataclass(frozen=True)
class LossConfig:
    """How much each cost weighs; the defaults are the paper's joint objective (paper, eq. 5).

    Args: verification, identification, contrastive: weights, at least 0. margin: of eq. 3. temperature: of the
    contrastive cost.
    """

    verification: float = 1.0
    identification: float = 1.0
    contrastive: float = 0.0
    margin: float = 2.0
    temperature: float = 0.1

    def __post_init__(self) -> None:
        for name in ("verification", "identification", "contrastive"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 or more, got {getattr(self, name)}")
        for name in ("margin", "temperature"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")

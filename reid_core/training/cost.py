"""What a step of training costs: the network called for all clips of a batch, their pairs, and the losses."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributed._functional_collectives import all_gather_single

from reid_core.model import Head, HeadOutput, ReIdNetwork
from reid_core.model.heads.mean import MeanConfig
from reid_core.training.losses import LossConfig, joint_costs, supervised_contrastive_loss

COSTS = ("verification", "identification", "contrastive")


class SiameseCost(nn.Module):
    """What embeds, with the classifier of the training identities and the costs; the classifier is dropped afterwards.

    Args: embedder: from the inputs of a batch to a HeadOutput. head: says how two outputs are paired.
    """

    def __init__(self, embedder: Callable[[Tensor], HeadOutput], head: Head, identities: int, loss: LossConfig) -> None:
        super().__init__()
        self.embedder, self.loss, self.pair = embedder, loss, head.pair
        self.weights = head.config.stream_weights
        width = head.config.embedding_size // len(self.weights)
        self.classifiers = nn.ModuleList(nn.Linear(width, identities) for _ in self.weights)

    def forward(self, inputs: Tensor, identity: Tensor, camera: Tensor) -> tuple[Tensor, Tensor]:
        """The weighted loss, a scalar, and the three costs (3,) that it is made of.

        One network embeds all clips, which is what siamese means. Of several processes each embeds its share; the costs
        see the whole batch, so its gradient does not depend on their number.
        """
        a, b = training_pairs(identity, camera)
        output = _gathered(self.embedder(inputs))
        first, second = self.pair(_rows(output, a), _rows(output, b))
        contrastive = output.embedding.new_zeros(())
        if self.loss.contrastive and len(identity) > 2:  # a single pair has nobody to be told apart from
            contrastive = supervised_contrastive_loss(output.embedding, identity, self.loss.temperature)
        costs = torch.stack([*self._pair_costs(first, second, identity[a], identity[b]), contrastive])
        weights = costs.new_tensor([getattr(self.loss, name) for name in COSTS])
        return (weights * costs).sum(), costs.detach()

    def _pair_costs(self, first: Tensor, second: Tensor, who: Tensor, partner: Tensor) -> tuple[Tensor, Tensor]:
        """The two costs of eq. 5, each a weighted sum over the parts of the embedding."""
        parts = zip(first.chunk(len(self.weights), 1), second.chunk(len(self.weights), 1), strict=True)
        verification = identification = first.new_zeros(())
        for (f_a, f_b), weight, classifier in zip(parts, self.weights, self.classifiers, strict=True):
            v, i = joint_costs(f_a, f_b, classifier, who, partner, self.loss.margin)
            verification, identification = verification + weight * v, identification + weight * i
        return verification, identification


def training_pairs(identity: Tensor, camera: Tensor) -> tuple[Tensor, Tensor]:
    """Pairs (i, j) of clips across cameras: all of one person, and as many of two, as in the paper's alternation.

    The different ones swap each partner for the next person's. A batch without two clips of one person gives all its
    pairs; so one pair a step gives that pair.

    Args: identity, camera: shape (B,), clips of one person side by side. Returns: two index tensors of one length.
    Raises: ValueError when all clips are from one camera.
    """
    across = camera[:, None] < camera[None, :]
    a, b = torch.nonzero(across & (identity[:, None] == identity[None, :]), as_tuple=True)
    if not len(a):
        a, b = torch.nonzero(across, as_tuple=True)
        if not len(a):
            raise ValueError(f"camera must hold two cameras or more, got {camera.tolist()}")
        return a, b
    other = b.roll(-int((identity[a] == identity[a[0]]).sum()))
    different = identity[a] != identity[other]
    return torch.cat([a, a[different]]), torch.cat([b, other[different]])


def _rows(output: HeadOutput, rows: Tensor) -> HeadOutput:
    return HeadOutput(output.embedding[rows], output.states[rows], None, output.lengths[rows])


def _gathered(output: HeadOutput) -> HeadOutput:
    """The whole batch's output, in its order, from all processes; gradients flow back to each."""
    world = torch.distributed.group.WORLD
    if world is None:
        return output
    parts = (output.embedding, output.states, output.lengths)
    embedding, states, lengths = (all_gather_single(part, 0, world) for part in parts)
    return HeadOutput(embedding, states, None, lengths)


class MeanEmbedder(nn.Module):
    """A frame encoder under the mean of its features: what the encoder stage trains, whatever the head."""

    def __init__(self, network: ReIdNetwork) -> None:
        super().__init__()
        self.encoder = network.encoder
        features = network.config.encoder.feature_count
        self.head = MeanConfig(features=features, dropout=0.0).build()

    def forward(self, clips: Tensor) -> HeadOutput:
        """Args: clips (B, T, C, H, W). Returns: embedding (B, q), states: the features (B, T, q)."""
        output: HeadOutput = self.head(self.encoder(clips.flatten(0, 1)).unflatten(0, clips.shape[:2]))
        return output

"""What all heads have in common: the fields that each configuration has, and what others may ask of a head."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor

from reid_core.model.graph import Graph
from reid_core.model.named import check_dropout, check_least
from reid_core.model.pooling import HeadOutput

# What a recipe says of the heads that have it; what else a head has is the user's to say, but for ``features``, which
# are as many as the encoder makes.
FROM_RECIPE = ("dropout", "unit_length", "start")


@dataclass(frozen=True)
class HeadConfig:
    """What the configuration of every head has; each head's own adds its options and says what is particular to it.

    encoder: the only encoder that suits, None if any does. learns: whether there are weights to train. attends:
    whether the head is an ``AttendingHead``. margin: of the verification loss, None for the recipe's.
    """

    name: ClassVar[str]
    encoder: ClassVar[str | None] = None
    learns: ClassVar[bool] = True
    attends: ClassVar[bool] = False
    margin: ClassVar[float | None] = None

    features: int = 128
    """Of a frame, as many as the encoder makes."""
    dropout: float = 0.6
    """Of the features that enter the head."""
    unit_length: bool = False
    """Divide an embedding (of two streams: each part) by its length: then only directions are compared, as by the
    contrastive cost, and embeddings of long clips are no longer ones."""

    def __post_init__(self) -> None:
        check_least(self, 1, "features")
        check_dropout(self)

    @property
    def embedding_size(self) -> int:
        """Numbers in an embedding."""
        return self.features

    @property
    def stream_weights(self) -> tuple[float, ...]:
        """Weight of each equal part of the embedding in losses and distance; the encoder has a stream for each."""
        return (1.0,)

    @property
    def pools_pairs(self) -> bool:
        """Whether a distance depends on the states of both clips, and not on their embeddings alone."""
        return False

    @property
    def variant(self) -> str:
        """Which of the head's rules, for the record; empty where it has one only."""
        return ""

    def build(self) -> "Head":
        """The head, with fresh weights."""
        raise NotImplementedError


class Head(Protocol):
    """From the features of a clip's frames to its embedding; an ``nn.Module``."""

    training: bool

    @property
    def config(self) -> HeadConfig:
        """What it was built from."""

    def __call__(self, features: Tensor, lengths: Tensor | None = None) -> HeadOutput:
        """Embed clips. Args: features (B, T, q); lengths: valid frames of each, (B,), None for all T."""

    def pair(self, a: HeadOutput, b: HeadOutput) -> tuple[Tensor, Tensor]:
        """The embeddings of two batches of clips, compared one by one: (B, n) each."""

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> Tensor:
        """Distance of each probe to each gallery clip, shape (P, G)."""

    def export(self, graph: Graph, features: str) -> str:
        """The same in ONNX, without padding: features (T, B, q) -> embedding (B, n)."""


class AttendingHead(Head, Protocol):
    """A head that attends to what it remembers, so that its attention can be changed and the weights kept."""

    def with_rule(self, k_top: int | None = None, k_att: int | None = None) -> Head:
        """A copy with another number of memories to attend, or another distance between them; None: as it was.

        Raises: ValueError for numbers below 1.
        """

    def uniform(self) -> Head:
        """A copy that attends to every memory alike: alpha_ti = 1 / M."""

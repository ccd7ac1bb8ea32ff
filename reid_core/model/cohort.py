"""Other people that a checkpoint brings along, to hold distances against where none of the same cameras are known."""

from dataclasses import dataclass

from torch import Tensor

from reid_core.model.pooling import HeadOutput, of_embeddings


@dataclass(frozen=True, eq=False)
class ShippedCohort:
    """People of other cameras, as one network sees them. source: who they are. embeddings: (n, q)."""

    source: str
    embeddings: Tensor

    def __post_init__(self) -> None:
        if not isinstance(self.source, str):
            raise ValueError(f"source must be a text, got {self.source!r}")
        if self.embeddings.ndim != 2 or not self.embeddings.isfinite().all():
            raise ValueError(f"embeddings must be finite numbers, (n, q), got shape {tuple(self.embeddings.shape)}")

    def __len__(self) -> int:
        return len(self.embeddings)

    @property
    def output(self) -> HeadOutput:
        """As what a distance is taken of."""
        return of_embeddings(self.embeddings)

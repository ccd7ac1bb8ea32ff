"""The rules that a backtracking cell can follow, and the named ones."""

from dataclasses import dataclass
from typing import Literal, get_args

Score = Literal["linear", "mlp"]
Normalise = Literal["topk", "softmax", "none"]
Combine = Literal["inside", "add"]

VARIANTS: dict[str, tuple[Score, Normalise, Combine]] = {
    "sab": ("mlp", "topk", "add"),
    "paper": ("linear", "topk", "inside"),
    "paper-raw": ("linear", "none", "inside"),
}


@dataclass(frozen=True)
class CellRule:
    """The rule of a backtracking cell; the defaults are the variant ``sab``.

    score: of a memory against the provisional state. normalise: from scores to attention. combine: where the
    attended memories enter. k_top: memories attended at most. k_att: steps from one memory to the next.
    k_trunc: steps after which the gradient through h_{t-1} is cut (None: never).
    """

    score: Score = "mlp"
    normalise: Normalise = "topk"
    combine: Combine = "add"
    k_top: int = 5
    k_att: int = 1
    k_trunc: int | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("score", Score), ("normalise", Normalise), ("combine", Combine)):
            if getattr(self, name) not in get_args(allowed):
                raise ValueError(f"CellRule.{name} is {getattr(self, name)!r}; it must be one of {get_args(allowed)}")
        for name in ("k_top", "k_att", "k_trunc"):
            value = getattr(self, name)
            if (type(value) is not int or value < 1) and (value is not None or name != "k_trunc"):
                raise ValueError(f"CellRule.{name} is {value}; it must be a whole number of at least 1")

    @property
    def query_matters(self) -> bool:
        """Whether attention depends on the query g_t.

        A linear score is w_m . m_i + w_g . g_t: the second term is the same for every memory, and both ``topk`` and
        ``softmax`` ignore a common shift.
        """
        return self.score == "mlp" or self.normalise == "none"

    def written(self, t: int) -> slice:
        """The frames before ``t`` whose states are memories: every k_att-th."""
        return slice(self.k_att - 1, t, self.k_att)

    def writes(self, t: int) -> bool:
        """Whether the state of frame ``t`` becomes a memory."""
        return (t + 1) % self.k_att == 0

    def cuts(self, t: int) -> bool:
        """Whether no gradient goes from frame ``t`` to the state before it."""
        return self.k_trunc is not None and t % self.k_trunc == 0

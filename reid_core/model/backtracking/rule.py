"""The rules that a backtracking cell can follow, and the named ones."""

from dataclasses import dataclass
from typing import Literal, get_args

from reid_core.model.named import check_choice, check_least

Score = Literal["linear", "mlp", "dot"]
Normalise = Literal["topk", "softmax", "none"]
Combine = Literal["inside", "add", "none"]
Memory = Literal["state", "frame"]


@dataclass(frozen=True)
class CellRule:
    """The rule of a backtracking cell; the defaults are the variant ``sab``.

    score: of a memory against the query. normalise: from scores to attention. combine: where the attended memories
    enter during the frames; with ``none`` nowhere, then only the closing steps attend. memory: the states, or what each
    frame shows by itself. closing: steps without a frame after the last one. k_top: memories attended at most. k_att:
    steps from one memory to the next. k_trunc: steps after which the gradient through h_{t-1} is cut (None: never).
    """

    score: Score = "mlp"
    normalise: Normalise = "topk"
    combine: Combine = "add"
    k_top: int = 5
    k_att: int = 1
    k_trunc: int | None = None
    memory: Memory = "state"
    closing: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (("score", Score), ("normalise", Normalise), ("combine", Combine), ("memory", Memory)):
            check_choice(self, name, get_args(allowed))
        check_least(self, 1, "k_top", "k_att", *(() if self.k_trunc is None else ("k_trunc",)))
        check_least(self, 0, "closing")
        if not (self.attends or self.closing):
            raise ValueError("CellRule.combine is 'none' and closing 0; then no step attends to what is remembered")

    @property
    def attends(self) -> bool:
        """Whether the steps attend that read a frame; h_t = g_t if not."""
        return self.combine != "none"

    @property
    def apart(self) -> bool:
        """Whether the memories are not the states."""
        return self.memory == "frame" and self.attends

    @property
    def query_matters(self) -> bool:
        """Whether attention depends on the query.

        A linear score is w_m . m_i + w_g . g_t: the second term is the same for every memory, and both ``topk`` and
        ``softmax`` ignore a common shift.
        """
        return self.score != "linear" or self.normalise == "none"

    def written(self, t: int) -> slice:
        """The frames before ``t`` that are memories: every k_att-th."""
        return slice(self.k_att - 1, t, self.k_att)

    def writes(self, t: int) -> bool:
        """Whether frame ``t`` becomes a memory."""
        return (t + 1) % self.k_att == 0

    def cuts(self, t: int) -> bool:
        """Whether no gradient goes from frame ``t`` to the state before it."""
        return self.k_trunc is not None and t % self.k_trunc == 0


VARIANTS = {
    "sab": CellRule("mlp", "topk", "add"),
    "paper": CellRule("linear", "topk", "inside"),
    "paper-raw": CellRule("linear", "none", "inside"),
    "closing": CellRule("dot", "softmax", "none", memory="frame", closing=3),
}

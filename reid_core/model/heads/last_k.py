"""The mean of the last few states, ``last-k``: a control between ``bptt`` and ``rcnn``."""

from dataclasses import dataclass
from functools import partial

from torch import Tensor

from reid_core.model.graph import Graph
from reid_core.model.heads.recurrent import Pooling, RecurrentConfig, RecurrentHead
from reid_core.model.named import check_least
from reid_core.model.pooling import mean_state, valid_frames


@dataclass(frozen=True)
class LastKConfig(RecurrentConfig):
    """The mean of the last k states of the plain recurrence: bptt with k = 1, rcnn with k as long as the clip."""

    name = "last-k"

    k: int = 5
    """States whose mean is the embedding; of a shorter clip all."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_least(self, 1, "k")

    def build(self) -> RecurrentHead:
        """The head, with fresh weights."""
        return RecurrentHead(self, Pooling(partial(mean_of_last, k=self.k), partial(mean_of_last_in_graph, k=self.k)))


def mean_of_last(states: Tensor, lengths: Tensor, k: int) -> Tensor:
    """f = (1/k) sum_{t > T - k} h_t over each clip's valid frames, of fewer than k all: (B, T, n) -> (B, n)."""
    before = valid_frames(states, lengths - k)[..., None]
    return mean_state(states.masked_fill(before, 0), lengths.clamp(max=k))


def mean_of_last_in_graph(graph: Graph, states: str, k: int) -> str:
    """``mean_of_last`` in ONNX: (T, B, n) -> (B, n)."""
    first, end, time = (graph.constant([place]) for place in (-k, 2**62, 0))
    return graph.mean(graph("Slice", states, first, end, time))

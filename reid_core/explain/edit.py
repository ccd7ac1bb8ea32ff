"""What may be done to a clip to see what a model makes of it: another order, another length, a cover somewhere."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.data.synthetic import COVERS
from reid_core.explain.position_bias import COVERED_SHARE, splice

Order = Literal["filmed", "reversed", "shuffled"]
Longer = Literal["again", "last"]
ORDERS: tuple[Order, ...] = get_args(Order)
LONGER: tuple[Longer, ...] = get_args(Longer)
LONGEST = 4.0
NOT_COVERED = slice(0, 0)  # of a clip none of whose frames is


@dataclass(frozen=True)
class Edit:
    """Order first, then length, then the cover.

    cover: one of ``COVERS``, None for none. share: how much of the clip it hides, above 0 to 1. position: where, from 0
    (its start) to 1 (its end). length: frames as a multiple of those filmed, up to ``LONGEST``; a shorter clip loses
    its last frames, a longer one plays ``again`` or repeats its ``last`` frame. seed: of the shuffling.
    """

    cover: str | None = None
    share: float = COVERED_SHARE
    position: float = 1.0
    order: Order = "filmed"
    length: float = 1.0
    longer: Longer = "again"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (("cover", (None, *COVERS)), ("order", ORDERS), ("longer", LONGER)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"Edit.{name} is {getattr(self, name)!r}; it must be one of {allowed}")
        if not 0 < self.share <= 1:
            raise ValueError(f"Edit.share is {self.share}; it must be above 0 and at most 1")
        if not 0 <= self.position <= 1:
            raise ValueError(f"Edit.position is {self.position}; it must be between 0 and 1")
        if not 0 < self.length <= LONGEST:
            raise ValueError(f"Edit.length is {self.length}; it must be above 0 and at most {LONGEST}")


def arranged(length: int, edit: Edit) -> NDArray[np.int64]:
    """Which of a clip's frames the edited one shows, in its order: (T,) -> (T',), at least one."""
    frames = np.arange(length)
    if edit.order == "reversed":
        frames = frames[::-1]
    elif edit.order == "shuffled":
        frames = np.random.default_rng(edit.seed).permutation(length)
    shown = np.arange(max(1, round(edit.length * length)))
    return frames[shown % length if edit.longer == "again" else np.minimum(shown, length - 1)]


def cover_place(length: int, edit: Edit) -> tuple[int, int]:
    """The first covered frame of T' frames and how many are covered, as in ``cover_starts``; (0, 0) without a cover."""
    if edit.cover is None:
        return 0, 0
    count = max(1, round(edit.share * length))
    return round(edit.position * (length - count)), count


def edited(features: Tensor, covered: Tensor | None, edit: Edit) -> Tensor:
    """The features of the edited clip; nothing is encoded again.

    Every frame keeps the flow that was filmed with it, wherever it is moved to.

    Args: features: (V, T, q). covered: those of the clip with all frames covered, None without a cover.
    Returns: (V, T', q). Raises: ValueError when a cover has no features.
    """
    frames = torch.from_numpy(arranged(features.shape[1], edit).copy())
    if edit.cover is None:
        return features[:, frames]
    if covered is None:
        raise ValueError(f"covered must be features for the cover {edit.cover!r}, got None")
    return splice(features[:, frames], covered[:, frames], *cover_place(len(frames), edit))

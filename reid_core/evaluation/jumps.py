"""Where a track may have gone from one person to another: its looks before and after differ as those of two persons."""

import numpy as np
import torch
from torch import Tensor

from reid_core.evaluation.embedding import embed_views
from reid_core.model import Head

PIECE = 12  # frames before and after


@torch.no_grad()
def jumps(head: Head, features: Tensor, threshold: float) -> list[int]:
    """Frames at which the looks of a track change.

        d_t = distance of the embeddings of frames t - PIECE ... t - 1 and t ... t + PIECE - 1

    A frame is told where d_t is above the threshold and no other within PIECE frames has a larger one.

    Args: features: of its frames, (V, T, q). threshold: of the distance of one person.
    """
    if features.shape[1] < 2 * PIECE:
        return []
    pieces = features.unfold(1, PIECE, 1).movedim(-1, 2).transpose(0, 1)  # (T - PIECE + 1, V, PIECE, q)
    embedded = embed_views(head, pieces.contiguous()).embedding
    apart = (embedded[:-PIECE] - embedded[PIECE:]).norm(dim=1).numpy()
    near = [apart[max(0, t - PIECE) : t + PIECE + 1].max() for t in range(len(apart))]
    return (np.flatnonzero((apart > threshold) & (apart == near)) + PIECE).tolist()

"""Where a track may have gone from one person to another: its looks before and after differ as those of two persons."""

import numpy as np
import torch
from torch import Tensor

from reid_core.evaluation.embedding import embed_views
from reid_core.model import Head

PIECE = 12  # frames before and after


@torch.no_grad()
def jumps(head: Head, features: Tensor, threshold: float, piece: int = PIECE) -> list[int]:
    """Frames at which the looks of a track change.

        d_t = distance of the embeddings of frames t - piece ... t - 1 and t ... t + piece - 1

    A frame is told where d_t is above the threshold and no other within a piece has a larger one.

    Args: features: of its frames, (V, T, q). threshold: of the distance of one person.
    """
    if features.shape[1] < 2 * piece:
        return []
    pieces = features.unfold(1, piece, 1).movedim(-1, 2).transpose(0, 1)  # (T - piece + 1, V, piece, q)
    embedded = embed_views(head, pieces.contiguous()).embedding
    apart = (embedded[:-piece] - embedded[piece:]).norm(dim=1).numpy()
    near = [apart[max(0, t - piece) : t + piece + 1].max() for t in range(len(apart))]
    return (np.flatnonzero((apart > threshold) & (apart == near)) + piece).tolist()

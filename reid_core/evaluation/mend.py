"""Tracks that were broken, or went on with somebody else, put right by what people look like."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from reid_core.data import measure
from reid_core.evaluation.embedding import CLIP_FRAMES, embed_views, frame_features
from reid_core.evaluation.jumps import jumps
from reid_core.model import Head, ReIdNetwork
from reid_core.video import Tracklet

GAP_S = 4.0  # for so long somebody may be hidden and still be followed
REACH, PACE = 0.5, 1.0  # heights that somebody may be away, and heights a second that he may have walked meanwhile
ENDS = 24  # frames of the end of one part and of the beginning of another that are compared


@dataclass(frozen=True, eq=False)
class Part:
    """Some frames of a track, one person, and their features (V, T, q)."""

    tracklet: Tracklet
    features: Tensor


def features_of(network: ReIdNetwork, tracklet: Tracklet) -> Tensor:
    """Of every frame, in the views that are embedded, (V, T, q); a block of frames at a time."""
    blocks = (tracklet.frames[at : at + CLIP_FRAMES] for at in range(0, len(tracklet), CLIP_FRAMES))
    return torch.cat([frame_features(network, measure(block, network.config.input)) for block in blocks], 1)


def cut_at_jumps(part: Part, head: Head, limit: float) -> list[Part]:
    """The parts of a track between the frames at which its looks jump by more than a distance."""
    edges = [0, *jumps(head, part.features, limit), len(part.tracklet)]
    return [Part(part.tracklet.at(np.arange(a, b)), part.features[:, a:b]) for a, b in pairwise(edges)]


def mended(tracks: Sequence[Part], head: Head, limit: float) -> list[Tracklet]:
    """Tracks cut where their looks jump, and joined where one goes on as another.

    Ends are joined to beginnings, each once, so that most of them are and their distances are smallest (assignment,
    Kuhn 1955): only what begins after the other ended, soon and in reach, and looks alike.

    Args: limit: of the distance of one person. Returns: longest first.
    """
    parts = [part for track in tracks for part in cut_at_jumps(track, head, limit)]
    costs = _costs(parts, head, limit)
    ends, beginnings = linear_sum_assignment(costs)
    following = {int(a): int(b) for a, b in zip(ends, beginnings, strict=True) if costs[a, b] < 0}
    chains = []
    for first in set(range(len(parts))) - set(following.values()):
        chain = [first]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        chains.append(_joined([parts[place].tracklet for place in chain]))
    return sorted(chains, key=lambda one: (-len(one), float(one.times_s[0])))


@torch.inference_mode()
def _costs(parts: Sequence[Part], head: Head, limit: float) -> NDArray[np.float64]:
    """Distance, less the limit, of the end of each part to the beginning of each other that may go on with it, (N, N).

    Zero stands for not to go on at all; it is what an assignment takes where all is above.
    """
    ends, beginnings = (
        torch.cat([embed_views(head, part.features[None, :, piece]).embedding for part in parts])
        for piece in (slice(-ENDS, None), slice(0, ENDS))
    )
    distances = torch.cdist(ends, beginnings).numpy().astype(np.float64) - limit
    may = np.array([[_may_follow(a.tracklet, b.tracklet) for b in parts] for a in parts])
    return np.where(may & (distances < 0), distances, 0.0)


def _may_follow(a: Tracklet, b: Tracklet) -> bool:
    gap_s = float(b.times_s[0] - a.times_s[-1])
    if not 0 < gap_s <= GAP_S:
        return False
    last, first = a.boxes[-1], b.boxes[0]
    height = float(last[3] - last[1] + first[3] - first[1]) / 2
    away = np.hypot(*((first[:2] + first[2:]) / 2 - (last[:2] + last[2:]) / 2))
    return bool(away <= (REACH + PACE * gap_s) * height)


def _joined(parts: Sequence[Tracklet]) -> Tracklet:
    flaws = [part.flaws or ("",) * len(part) for part in parts]
    return Tracklet(
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.times_s for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        tuple(flaw for own in flaws for flaw in own) if any(part.flaws for part in parts) else (),
        parts[0].detail,
    )

"""Tracks that were broken, or went on with somebody else, put right by what people look like and how they move."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from reid_core.data import measure
from reid_core.evaluation.embedding import CLIP_FRAMES, embed_views, frame_features
from reid_core.evaluation.jumps import jumps
from reid_core.model import Calibration, Head, ReIdNetwork
from reid_core.video import Tracklet

BESIDE, LEVEL = 0.05, 0.3  # heights of a person that boxes of people who are near share, across and down
AROUND = 3  # frames before and after somebody is near that are not trusted either
LEAST = 6  # frames of a piece
ENDS, STEPS = 24, 15  # frames of the end or the beginning of a piece by which looks and movement are compared
GAP_S = 6.0  # for so long somebody may be beside others, or hidden, and go on as another track
MISS, MISS_A_S = 0.15, 0.2  # heights that a prediction misses by, and those of a second more
LOOKS = 0.25  # of the log odds, since they are of whole clips, and a piece may be half a second
SURE = 9.0  # log odds beyond which a calibration knows nothing
TRACKER = 1.0  # log odds for going on as the tracker says, and against it otherwise
EDGE = 0.1  # heights: who is so near to the left or right edge comes in or leaves there


@dataclass(frozen=True, eq=False)
class Part:
    """Some frames of a track, one person, and their features (V, T, q)."""

    tracklet: Tracklet
    features: Tensor


@dataclass(frozen=True, eq=False)
class _Piece:
    """Frames of a track, from one place to before another, in which nobody is near."""

    track: int
    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class _Move:
    """Where somebody stands at a time, his box, x and y of his feet, how fast, a second, and how tall he is there."""

    time_s: float
    box: NDArray[np.float64]
    feet: NDArray[np.float64]
    speed: NDArray[np.float64]
    height: float

    def at(self, time_s: float) -> NDArray[np.float64]:
        return self.feet + (time_s - self.time_s) * self.speed


def features_of(network: ReIdNetwork, tracklet: Tracklet) -> Tensor:
    """Of every frame, in the views that are embedded, (V, T, q); a block of frames at a time."""
    blocks = (tracklet.frames[at : at + CLIP_FRAMES] for at in range(0, len(tracklet), CLIP_FRAMES))
    return torch.cat([frame_features(network, measure(block, network.config.input)) for block in blocks], 1)


def cut_at_jumps(part: Part, head: Head, limit: float) -> list[Part]:
    """The parts of a track between the frames at which its looks jump by more than a distance."""
    edges = [0, *jumps(head, part.features, limit), len(part.tracklet)]
    return [Part(part.tracklet.at(np.arange(a, b)), part.features[:, a:b]) for a, b in pairwise(edges)]


def mended(tracks: Sequence[Part], head: Head, calibration: Calibration, width: int) -> list[Tracklet]:
    """Tracks cut where people are near each other, and each piece gone on with as the likeliest of those after it.

    A flow of least cost through the pieces, found as an assignment (Zhang et al., CVPR 2008; Kuhn, 1955). Piece b goes
    on piece a at the cost

        -.25 log(P / (1 - P)) + (miss / deviation)^2 / 2 - 1 where the tracker says so, else + 1

    P: that their looks, at the end of a and the beginning of b, are one person's. miss: of either end by where the
    other one moves, in heights of the person. Not to go on costs nothing; who leaves at the edge is not who comes in.

    Args: calibration: of the network. width: of the picture. Returns: longest first.
    """
    parts = [one.tracklet for one in tracks]
    pieces = [_Piece(n, a, b) for n, near in enumerate(_nearness(parts)) for a, b in _runs(~near) if b - a >= LEAST]
    following = _following(tracks, pieces, width, (head, calibration)) if pieces else {}
    shares = [*_shares(parts, pieces)]
    chains = _chains(following, len(pieces))
    joined = [_joined([(parts[pieces[p].track], shares[p]) for p in chain]) for chain in chains]
    alone = [one for n, one in enumerate(parts) if all(piece.track != n for piece in pieces)]
    return sorted([*joined, *alone], key=lambda one: (-len(one), float(one.times_s[0])))


def _nearness(parts: Sequence[Tracklet]) -> list[NDArray[np.bool_]]:
    """In which frames of each track somebody of another is near, or was just before, or is soon."""
    near = [np.zeros(len(one), bool) for one in parts]
    for n, a in enumerate(parts):
        for m, b in enumerate(parts[:n]):
            _, here, there = np.intersect1d(a.times_s, b.times_s, return_indices=True)
            met = _are_near(a.boxes[here], b.boxes[there])
            near[n][here[met]] = near[m][there[met]] = True
    return [binary_dilation(one, iterations=AROUND) for one in near]


def _are_near(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.bool_]:
    height = (a[:, 3] - a[:, 1] + b[:, 3] - b[:, 1]) / 2
    across, down = (np.maximum(a[:, k], b[:, k]) - np.minimum(a[:, k + 2], b[:, k + 2]) for k in (0, 1))
    return np.asarray((across < -BESIDE * height) & (down < -LEVEL * height))


def _runs(of: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a mask is true: from one place to before another."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], of, [0]]).astype(int)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@torch.inference_mode()
def _following(
    tracks: Sequence[Part], pieces: Sequence[_Piece], width: int, by: tuple[Head, Calibration]
) -> dict[int, int]:
    """Which piece goes on which."""
    head, calibration = by
    features = [tracks[one.track].features[None, :, one.start : one.stop] for one in pieces]
    ends, beginnings = (
        torch.cat([embed_views(head, one[:, :, part]).embedding for one in features])
        for part in (slice(-ENDS, None), slice(0, ENDS))
    )
    apart = torch.cdist(ends, beginnings).numpy()
    odds = ((calibration.threshold - apart) / calibration.spread).clip(-SURE, SURE)
    costs = _movement(tracks, pieces, width) - LOOKS * odds
    rows, columns = linear_sum_assignment(costs.clip(max=0))
    return {int(a): int(b) for a, b in zip(rows, columns, strict=True) if costs[a, b] < 0}


def _movement(tracks: Sequence[Part], pieces: Sequence[_Piece], width: int) -> NDArray[np.float64]:
    """What it costs that one piece goes on another as they move and the tracker says, (N, N); infinite: it cannot."""
    leave = [_moving(tracks[p.track].tracklet, range(max(p.start, p.stop - STEPS), p.stop), -1) for p in pieces]
    come = [_moving(tracks[p.track].tracklet, range(p.start, min(p.stop, p.start + STEPS)), 0) for p in pieces]
    costs = np.full((len(pieces), len(pieces)), np.inf)
    for a, before in enumerate(leave):
        for b, after in enumerate(come):
            gap_s, off = after.time_s - before.time_s, _missed(before, after)
            if b == a + 1 and pieces[b].track == pieces[a].track:
                costs[a, b] = off**2 / 2 - TRACKER
            elif 0 < gap_s <= GAP_S and not _changed_at_edge(before, after, width):
                costs[a, b] = off**2 / 2 + TRACKER
    return costs


def _moving(one: Tracklet, places: range, at: int) -> _Move:
    """Args: at: which of the places is told, the first or the last."""
    boxes, times_s = one.boxes[list(places)].astype(np.float64), one.times_s[list(places)]
    feet = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], 1)
    speed = np.polyfit(times_s - times_s.mean(), feet, 1)[0]
    return _Move(float(times_s[at]), boxes[at], feet[at], speed, float(np.median(boxes[:, 3] - boxes[:, 1])))


def _missed(before: _Move, after: _Move) -> float:
    """By how many deviations the better of both predictions is wrong."""
    ways = (before.at(after.time_s) - after.feet, after.at(before.time_s) - before.feet)
    off = min(np.linalg.norm(way) for way in ways) / ((before.height + after.height) / 2)
    return float(off / (MISS + MISS_A_S * abs(after.time_s - before.time_s)))


def _changed_at_edge(before: _Move, after: _Move, width: int) -> bool:
    """Whether one leaves where the other comes in."""
    for outwards, gaps in ((-1, (before.box[0], after.box[0])), (1, (width - before.box[2], width - after.box[2]))):
        near = all(gap <= EDGE * one.height for gap, one in zip(gaps, (before, after), strict=True))
        if near and before.speed[0] * outwards > 0 > after.speed[0] * outwards:
            return True
    return False


def _chains(following: dict[int, int], count: int) -> Iterator[list[int]]:
    for first in sorted(set(range(count)) - set(following.values())):
        chain = [first]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        yield chain


def _shares(parts: Sequence[Tracklet], pieces: Sequence[_Piece]) -> Iterator[NDArray[np.int64]]:
    """The frames of a track that are each piece's: its own, and half of those up to the next before and after it."""
    for place, piece in enumerate(pieces):
        before, after = (
            pieces[n] if 0 <= n < len(pieces) and pieces[n].track == piece.track else None
            for n in (place - 1, place + 1)
        )
        start = (before.stop + piece.start) // 2 if before else 0
        stop = (piece.stop + after.start) // 2 if after else len(parts[piece.track])
        yield np.arange(start, stop)


def _joined(shares: Sequence[tuple[Tracklet, NDArray[np.int64]]]) -> Tracklet:
    """Frames of several tracks as one; of a time that two of them have, the earlier one's."""
    parts = [one.at(places) for one, places in shares]
    flaws = [part.flaws or ("",) * len(part) for part in parts]
    whole = Tracklet(
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.times_s for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        tuple(flaw for own in flaws for flaw in own) if any(part.flaws for part in parts) else (),
        parts[0].detail,
    )
    return whole.at(np.unique(whole.times_s, return_index=True)[1])

"""Pairs without labels: separate pieces of a track are one person, people who are seen at one moment are two."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from reid_core.video import Tracklet

FRAMES = 16  # of a piece at most
APART = 28  # frames between two pieces at most; the longer, the likelier it is that the tracker went to somebody else
LEAST_FRAMES = 8

UnlabelledPair = tuple[Tracklet, Tracklet, bool]


def unlabelled_pairs(videos: Iterable[Sequence[Tracklet]]) -> list[UnlabelledPair]:
    """Two pieces each, and whether they are one person. Args: videos: the people of each."""
    pairs: list[UnlabelledPair] = []
    for people in videos:
        for tracklet in people:
            pairs += [(*two, True) for two in pieces(tracklet)]
        for a, b in combinations(people, 2):
            _, of_a, of_b = np.intersect1d(a.times_s, b.times_s, return_indices=True)
            if len(of_a) >= LEAST_FRAMES:
                pairs.append((_at(a, _middle(of_a)), _at(b, _middle(of_b)), False))
    return pairs


def pieces(tracklet: Tracklet) -> list[tuple[Tracklet, Tracklet]]:
    """The first and the last third of what is in the middle of a track; none of one that is too short."""
    window = np.arange(len(tracklet))[max(0, (len(tracklet) - APART) // 2 - FRAMES) :][: APART + 2 * FRAMES]
    third = min(FRAMES, len(window) // 3)
    if third < LEAST_FRAMES:
        return []
    return [(_at(tracklet, window[:third]), _at(tracklet, window[-third:]))]


def _middle(places: NDArray[np.int64]) -> NDArray[np.int64]:
    return places[max(0, (len(places) - FRAMES) // 2) :][:FRAMES]


def _at(tracklet: Tracklet, places: NDArray[np.int64]) -> Tracklet:
    return Tracklet(tracklet.frames[places], tracklet.times_s[places], tracklet.boxes[places])

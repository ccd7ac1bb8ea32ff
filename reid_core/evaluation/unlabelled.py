"""Pairs without labels: separate pieces of a track are one person, people who are seen at one moment are two.

A tracker goes on with the wrong person now and then, where two meet. So tracks are cut where the appearance jumps, and
frames that show little of a person are left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from reid_core.evaluation.mend import Part, cut_at_jumps, features_of
from reid_core.evaluation.others import embed_others
from reid_core.evaluation.own_pairs import OwnCalibration, calibrate_own
from reid_core.model import Checkpoint, ReIdNetwork
from reid_core.progress import Progress
from reid_core.video import Tracklet, without_flaws

FRAMES = 16  # of a piece at most
APART = 28  # frames between two pieces at most; the longer, the likelier it is that the tracker went to somebody else
LEAST_FRAMES = 8
JUMP = 0.5  # of the usual distance of two people; found on rendered streets, where it is known who is who

T = TypeVar("T")
Two = tuple[Tracklet, Tracklet]


def calibrate_unlabelled(
    checkpoint: Checkpoint, videos: Iterable[Sequence[Tracklet]], name: str, progress: Progress | None = None
) -> OwnCalibration:
    """The threshold of a checkpoint on pairs whose kind follows from when they were seen.

    Args: videos: the people of each. name: of what the videos are, for the calibration.
    Raises: ValueError: too few pairs, or not of both kinds.
    """
    distances, same = unlabelled_distances(checkpoint.network, videos, progress)
    if len(set(same.tolist())) < 2:
        raise ValueError(
            f"{name} must show a person for long and people at one time, got {int(same.sum())} pairs of one person "
            f"and {int((~same).sum())} of two"
        )
    return calibrate_own(distances, same, checkpoint, name, "auto")


def unlabelled_distances(
    network: ReIdNetwork, videos: Iterable[Sequence[Tracklet]], progress: Progress | None = None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Distances of pairs, and which are of one person, both (N,). Args: videos: the people of each."""
    people = [[without_flaws(one) for one in video] for video in videos]
    seen = [two for video in people for two in together(video)]
    of_two = _distances(network, _told("compare", seen, progress))
    limit = JUMP * float(np.median(of_two)) if len(of_two) else np.inf
    tracks = _told("cut", [one for video in people for one in video], progress)
    parts = (part for one in tracks for part in _of_one_person(network, one, limit))
    of_one = _distances(network, (two for part in parts for two in pieces(part)))
    return np.concatenate([of_one, of_two]), np.arange(len(of_one) + len(of_two)) < len(of_one)


def pieces(tracklet: Tracklet) -> list[Two]:
    """The first and the last third of what is in the middle of a track; none of one that is too short."""
    window = np.arange(len(tracklet))[max(0, (len(tracklet) - APART) // 2 - FRAMES) :][: APART + 2 * FRAMES]
    third = min(FRAMES, len(window) // 3)
    if third < LEAST_FRAMES:
        return []
    return [(tracklet.at(window[:third]), tracklet.at(window[-third:]))]


def together(people: Sequence[Tracklet]) -> list[Two]:
    """People who are seen at one moment, in that moment."""
    pairs = []
    for a, b in combinations(people, 2):
        _, of_a, of_b = np.intersect1d(a.times_s, b.times_s, return_indices=True)
        if len(of_a) >= LEAST_FRAMES:
            pairs.append((a.at(_middle(of_a)), b.at(_middle(of_b))))
    return pairs


def _told(stage: str, items: Sequence[T], progress: Progress | None) -> Iterator[T]:
    """Each, and then how many there were."""
    for done, item in enumerate(items, 1):
        yield item
        if progress is not None:
            progress(stage, done, len(items))


def _of_one_person(network: ReIdNetwork, tracklet: Tracklet, limit: float) -> list[Tracklet]:
    whole = Part(tracklet, features_of(network, tracklet))
    return [part.tracklet for part in cut_at_jumps(whole, network.head, limit)]


def _distances(network: ReIdNetwork, pairs: Iterable[Two]) -> NDArray[np.float64]:
    outputs = ([embed_others(network, [one]) for one in two] for two in pairs)
    return np.array([float(network.head.distance(*two)) for two in outputs])


def _middle(places: NDArray[np.int64]) -> NDArray[np.int64]:
    return places[max(0, (len(places) - FRAMES) // 2) :][:FRAMES]

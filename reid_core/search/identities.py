"""Which tracklets of an index are one person: clusters, held to what is known for certain.

Tracklets of one video that are seen at one time are two people; what a user decided is so. A tracklet whose looks
change, which may be several people, is put together with none unless a user says so: it would draw them together. The
rest is clustered by average linkage (scikit-learn) on distances that are held against the people of both cameras.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from reid_core.evaluation import calibration_of, distances_of, held_pairs
from reid_core.model import Calibration, Checkpoint, of_embeddings
from reid_core.search.store import Decision, Index

MOST = 5000  # tracklets, whose distances to each other are kept in memory
FALSE_ALARMS = 0.01  # share of pairs of two people that may be as near as what is put together
NEVER, SURE = 1e12, -1e12  # distances of what must stay apart, and of what is one; so large that no mean hides them

Pair = tuple[int, int]


def identities(index: Index, checkpoint: Checkpoint, false_alarms: float = FALSE_ALARMS) -> pd.DataFrame:
    """The people of an index.

    Args: false_alarms: the more, the more tracklets are put together.
    Returns: columns tracklet, identity (the lowest number of its tracklets) and name ("" where nobody gave one).
    Raises: ValueError: another checkpoint, too many tracklets, or decisions that contradict each other.
    """
    index.check(checkpoint)
    table = index.table()
    if len(table) > MOST:
        raise ValueError(
            f"index {index.place} must have {MOST} tracklets or fewer to be put together, has {len(table)}"
        )
    decisions, numbers = index.decisions(), table.tracklet.to_numpy()
    labels = np.zeros(len(table), np.int64)
    if len(table) > 1:
        distances, limit = between_all(index, checkpoint, table, false_alarms)
        labels = _clustered(_constrained(distances, table, decisions), limit)
    first = pd.Series(numbers).groupby(labels).transform("min").to_numpy() if len(table) else numbers
    found = pd.DataFrame({"tracklet": numbers, "identity": first})
    return found.assign(name=_names(found, decisions))


def decided_pairs(index: Index) -> list[tuple[int, int, bool]]:
    """Pairs of tracklets that a user's decisions make one person or two; those too that follow from several."""
    decisions = index.decisions()
    numbers = sorted({n for one in decisions if one.kind != "name" for n in (one.a, one.b)})
    place = {number: at for at, number in enumerate(numbers)}
    group = _groups([(place[a], place[b]) for a, b in _pairs(decisions, "same")], len(numbers))
    apart = {frozenset((group[place[a]], group[place[b]])) for a, b in _pairs(decisions, "different")}
    of_one = [(a, b, True) for a, b in combinations(numbers, 2) if group[place[a]] == group[place[b]]]
    of_two = [(a, b, False) for a, b in combinations(numbers, 2) if {group[place[a]], group[place[b]]} in apart]
    return of_one + of_two


def together(table: pd.DataFrame) -> list[Pair]:
    """Places of tracklets that one video shows at one time. Args: table: as ``Index.table``."""
    found: list[Pair] = []
    for _, video in table.groupby("digest"):
        starts, ends = (video[name].to_numpy() for name in ("start_s", "end_s"))
        at_once = (starts[:, None] <= ends) & (starts <= ends[:, None])
        found += [(int(a), int(b)) for a, b in video.index.to_numpy()[np.argwhere(np.triu(at_once, 1))]]
    return found


def between_all(
    index: Index, checkpoint: Checkpoint, table: pd.DataFrame, false_alarms: float
) -> tuple[NDArray[np.float64], float]:
    """Distances of all tracklets, (N, N), and up to which two of them may be one person.

    They are z of the cohorts of both cameras where each shows enough people, bare distances else.
    """
    bare, head = calibration_of(checkpoint), checkpoint.network.head
    embeddings = torch.from_numpy(index.embeddings(table.tracklet.tolist()))
    cameras = sorted(table.camera.unique())
    people = {camera: of_embeddings(torch.from_numpy(index.people(camera, bare.threshold))) for camera in cameras}
    known = bare.of_cohort("cameras", min(len(side.embedding) for side in people.values()))
    distances = np.zeros((len(table), len(table)))
    for one in cameras:
        for other in cameras:
            rows, columns = (np.flatnonzero(table.camera == camera) for camera in (one, other))
            a, b = of_embeddings(embeddings[rows]), of_embeddings(embeddings[columns])
            apart = distances_of(head, a, b)
            if known:
                sides = (people[one], people[other])
                apart = held_pairs(head, a, b, sides, known.deviation, known.by_camera).z(apart)
            distances[np.ix_(rows, columns)] = apart
    scale: Calibration = known.scale if known else bare
    return (distances + distances.T) / 2, scale.uncertain_range(false_alarms)[0]


def _constrained(
    distances: NDArray[np.float64], table: pd.DataFrame, decisions: Sequence[Decision]
) -> NDArray[np.float64]:
    place = {number: at for at, number in enumerate(table.tracklet.tolist())}
    same, different = (
        [(place[a], place[b]) for a, b in _pairs(decisions, kind) if a in place and b in place]
        for kind in ("same", "different")
    )
    group = _groups(same, len(table))
    several = table.jumps_s.map(bool).to_numpy() & (np.bincount(group)[group] == 1)
    distances[several] = distances[:, several] = NEVER
    for a, b in [*together(table), *different]:
        distances[a, b] = distances[b, a] = NEVER
    one = group[:, None] == group
    for a, b in different:
        if one[a, b]:
            pair = f"{table.tracklet[a]} and {table.tracklet[b]}"
            raise ValueError(f"tracklets {pair} must be one person or two, it was decided that they are both")
    distances[one] = SURE
    np.fill_diagonal(distances, 0)
    return distances


def _clustered(distances: NDArray[np.float64], limit: float) -> NDArray[np.int64]:
    from sklearn.cluster import AgglomerativeClustering  # here, since importing it takes a second

    up = max(0.0, -limit)  # z may be below 0, the model's threshold may not
    model = AgglomerativeClustering(None, metric="precomputed", linkage="average", distance_threshold=limit + up)
    return np.asarray(model.fit_predict(distances + up), np.int64)


def _groups(pairs: Sequence[Pair], count: int) -> NDArray[np.int64]:
    """Which of so many things belong together, by pairs that do, (count,)."""
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _pairs(decisions: Sequence[Decision], kind: str) -> list[Pair]:
    return [(one.a, one.b) for one in decisions if one.kind == kind]


def _names(found: pd.DataFrame, decisions: Sequence[Decision]) -> pd.Series:
    given = {one.a: one.name for one in decisions if one.kind == "name"}
    pairs = zip(found.tracklet.tolist(), found.identity.tolist(), strict=True)
    name = {identity: given[tracklet] for tracklet, identity in pairs if tracklet in given}
    return found.identity.map(lambda identity: name.get(identity, ""))

"""A person in, the tracklets of one or more indexes that may be he out, best first.

Distances of several cameras are brought to one scale: each is held against other people as both cameras saw them, and
told as the bare distance that has the same probability,

    d' = T + (z - T_z) S / S_z

with T, S the threshold and spread of the checkpoint's calibration, T_z, S_z those of distances held against a cohort.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reid_core.data import measure
from reid_core.evaluation import (
    EVEN,
    calibration_of,
    distances_of,
    embed,
    embed_others,
    held_pairs,
    seen_with,
)
from reid_core.model import DEFAULT_ALLOWED, Calibration, Checkpoint, CohortCalibration, HeadOutput, of_embeddings
from reid_core.search.build import doubts_of
from reid_core.search.clock import changes
from reid_core.search.store import Index, is_index, open_index
from reid_core.video import Crop, PersonDetector, Subject, find_people, find_subject, is_picture, person_of, picture

Floats = NDArray[np.floating]

TOP = 20
MORE = 4  # times as many tracklets of each camera are held against a cohort as are asked for
COHORT = 10  # people of each camera
LEAST = 2  # people of a cohort
REJECTED = 0.3  # weight of the mean of those who are not the person


@dataclass(frozen=True, eq=False)
class Query:
    """Who is looked for.

    Args: name: of the video, the picture or the tracklet. embedding: (n,). camera: that saw him, where it is one of the
        indexes'. others: embeddings (k, n) of people whom the same camera saw. leave_out: index and number of tracklets
        that are no answers. doubts: why no certain answer can rest on it, a sentence each.
    """

    name: str
    embedding: Floats
    camera: str | None = None
    others: Floats | None = None
    leave_out: frozenset[tuple[str, int]] = frozenset()
    warnings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """A tracklet that may be the person.

    distance: on the common scale. within: the threshold, and nothing is doubted. false_alarms: share of tracklets of
    other people that come as close. bare_distance: of the embeddings. doubts: why it is too close to call though its
    distance is within the threshold, a sentence each; with any the chance that it is the person is even. jumps_s: when
    the looks change as if it were somebody else from then on.
    """

    video: str
    camera: str
    start_s: float
    end_s: float
    distance: float
    probability_same: float
    tracklet: int
    within: bool
    false_alarms: float
    bare_distance: float
    index: str
    digest: str
    doubts: tuple[str, ...] = ()
    jumps_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.doubts:
            object.__setattr__(self, "within", False)
            object.__setattr__(self, "probability_same", EVEN)


@dataclass(frozen=True)
class Answer:
    """What a search found, best first.

    threshold: up to which distance it is the person; of searches for somebody who is not there a share of ``allowed``
    comes upon somebody within it. searched: tracklets. held_against: in words. doubts: of the query.
    """

    checkpoint: str
    threshold: float
    warnings: tuple[str, ...]
    hits: tuple[Hit, ...]
    allowed: float = DEFAULT_ALLOWED
    searched: int = 0
    held_against: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def within(self) -> tuple[Hit, ...]:
        """The hits that are the person, as far as the threshold tells."""
        return tuple(hit for hit in self.hits if hit.within)

    @property
    def unclear(self) -> tuple[Hit, ...]:
        """The hits within the threshold that are too close to call all the same, since their footage is doubted."""
        return tuple(hit for hit in self.hits if hit.doubts)

    @property
    def unsure(self) -> tuple[str, ...]:
        """Why there are no certain answers, each sentence once."""
        return tuple(dict.fromkeys([*self.doubts, *(doubt for hit in self.hits for doubt in hit.doubts)]))

    @property
    def nobody(self) -> bool:
        """Whether it is certain that nobody found is the person."""
        return not (self.within or self.unclear or self.doubts)

    @property
    def beyond(self) -> tuple[Hit, ...]:
        """The nearest of the rest."""
        return tuple(hit for hit in self.hits if not hit.within and not hit.doubts)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"nobody": self.nobody}


def query_of(
    text: str, checkpoint: Checkpoint, crop: Crop = "auto", camera: str | None = None, detector: Any = PersonDetector
) -> Query:
    """Who is looked for, from a video, a picture or INDEX:TRACKLET.

    Raises: ValueError: none of these, nobody in a picture, or a tracklet that is not there.
    """
    place, _, number = text.rpartition(":")
    if number.isdecimal() and place and is_index(place):
        return stored(open_index(place), int(number))
    path = Path(text)
    if not path.is_file():
        raise ValueError(f"query must be a video, a picture or INDEX:TRACKLET, got {text}, which is none of them")
    found = _pictured(path, detector) if is_picture(path) else find_subject(path, path.name, crop, cache(detector))
    return seen(found, checkpoint, camera)


def _pictured(path: Path, detector: Any) -> Subject:
    """The person of a picture, which is taken as a video that stands still."""
    scene = find_people(picture(path), detector())
    if scene.kind == "nobody":
        raise ValueError(f"{path.name} must show a person, nobody was found in it")
    return person_of(scene)


def seen(subject: Subject, checkpoint: Checkpoint, camera: str | None = None) -> Query:
    """The person of a video as who is looked for."""
    network = checkpoint.network
    output = embed(network, measure(subject.tracklet.frames, network.config.input))
    others = seen_with(subject, subject).first
    around = embed_others(network, others).embedding.numpy() if len(others) >= LEAST else None
    embedding = output.embedding[0].numpy()
    return Query(subject.name, embedding, camera, around, warnings=subject.warnings, doubts=subject.doubts)


def stored(index: Index, number: int) -> Query:
    """A tracklet of an index as who is looked for; whoever was seen at the same time in its video is somebody else."""
    one, table = index.tracklet(number), index.table()
    there = table[(table.digest == one.digest) & (table.start_s <= one.end_s) & (table.end_s >= one.start_s)]
    out = frozenset((index.place, int(other)) for other in there.tracklet)
    name = f"{one.video}, tracklet {number}"
    marked = tuple(f"{name}: {said}" for said in changes(one.jumps_s))
    return Query(name, one.embedding, one.camera, leave_out=out, warnings=marked, doubts=doubts_of(one))


def refined(query: Query, confirmed: Iterable[Floats] = (), rejected: Iterable[Floats] = ()) -> Query:
    """The query moved to the mean of those who are the person and away from those who are not (Rocchio, 1971).

    Args: confirmed, rejected: embeddings. Returns: a query of the length that embeddings had.
    """
    right, wrong = [query.embedding, *confirmed], list(rejected)
    length = np.mean([np.linalg.norm(one) for one in right])
    moved = np.mean(right, axis=0) - (REJECTED * np.mean(wrong, axis=0) if wrong else 0)
    values = vars(query) | {"embedding": (moved * length / np.linalg.norm(moved)).astype(np.float32)}
    return Query(**values)


def find(
    query: Query, indexes: Sequence[Index], checkpoint: Checkpoint, top: int = TOP, allowed: float = DEFAULT_ALLOWED
) -> Answer:
    """Where a person is.

    Of searches for somebody who is in none of the indexes a share of ``allowed`` comes upon somebody: of n tracklets
    each may with 1 - (1 - allowed)^(1 / n).

    Raises: ValueError: no index, one made with another checkpoint, or a checkpoint without calibration.
    """
    if not indexes:
        raise ValueError("a search needs an index or more, got none")
    if top < 1:
        raise ValueError(f"top must be 1 or more, got {top}")
    for index in indexes:
        index.check(checkpoint)
    cameras = [(index, camera) for index in indexes for camera in index.cameras()]
    searched = sum(index.cameras()[camera] for index, camera in cameras)
    held, bare = _held(query, cameras, checkpoint), calibration_of(checkpoint)
    far = held.scale.uncertain_range(1 - (1 - allowed) ** (1 / max(1, searched)))[0]
    threshold = float(_common(np.array(far), held.scale, bare))
    hits = [hit for of in cameras for hit in _hits(query, of, checkpoint, held, (MORE * top, threshold))]
    hits.sort(key=lambda hit: (hit.distance, hit.index, hit.tracklet))
    best = tuple(_doubted(hit, query, indexes) for hit in hits[:top])
    return Answer(checkpoint.name, threshold, query.warnings, best, allowed, searched, held.told, query.doubts)


def _doubted(hit: Hit, query: Query, indexes: Sequence[Index]) -> Hit:
    """A hit within the threshold with what makes it too close to call."""
    if not hit.within:
        return hit
    index = next(one for one in indexes if one.place == hit.index)
    return replace(hit, doubts=(*query.doubts, *doubts_of(index.tracklet(hit.tracklet))))


def _hits(
    query: Query, of: tuple[Index, str], checkpoint: Checkpoint, held: "_Held", limits: tuple[int, float]
) -> Iterator[Hit]:
    """Of one camera. Args: limits: how many, and the threshold."""
    (index, camera), head = of, checkpoint.network.head
    near = _near(query, index, camera, limits[0])
    if not len(near):
        return
    found = of_embeddings(torch.from_numpy(np.stack(near.embedding)))
    distances = distances_of(head, held.query, found)
    z = held.z(head, found, (index.place, camera), distances)[0]
    common = _common(z, held.scale, calibration_of(checkpoint))
    for place, row in enumerate(near.itertuples()):
        yield Hit(
            video=row.video,
            camera=row.camera,
            start_s=round(row.start_s, 3),
            end_s=round(row.end_s, 3),
            distance=float(common[place]),
            probability_same=held.scale.probability_same(float(z[place])),
            tracklet=int(row.tracklet),
            within=bool(common[place] <= limits[1]),
            false_alarms=held.scale.false_alarms(float(z[place])),
            bare_distance=float(distances[0, place]),
            index=index.place,
            digest=row.digest,
            jumps_s=tuple(round(time_s, 3) for time_s in row.jumps_s),
        )


def _near(query: Query, index: Index, camera: str, count: int) -> Any:
    out = [number for place, number in query.leave_out if place == index.place]
    near = index.nearest(query.embedding, count + len(out), None if len(index.cameras()) == 1 else camera)
    return near[~near.tracklet.isin(out)].head(count)


def _common(z: Floats, scale: Calibration, bare: Calibration) -> NDArray[np.float64]:
    return np.asarray(bare.threshold + (z - scale.threshold) * bare.spread / scale.spread).clip(0)


@dataclass(frozen=True, eq=False)
class _Held:
    """How distances from a query are held against others. cohorts: people of each camera, by index and name."""

    query: HeadOutput
    scale: Calibration
    told: str
    known: CohortCalibration | None = None
    first: HeadOutput | None = None
    cohorts: dict[tuple[str, str], HeadOutput] | None = None

    def z(self, head: Any, b: HeadOutput, of: tuple[str, str], distances: Floats) -> NDArray[np.float64]:
        if self.known is None or self.first is None:
            return np.asarray(distances, np.float64)
        second = self.first if self.cohorts is None else self.cohorts[of]
        sides = (self.first, second)
        return held_pairs(head, self.query, b, sides, self.known.deviation, self.known.by_camera).z(distances)


def _held(query: Query, cameras: Sequence[tuple[Index, str]], checkpoint: Checkpoint) -> _Held:
    """Against people of the same cameras, where all show enough; else against those the checkpoint ships with."""
    bare, a = calibration_of(checkpoint), of_embeddings(torch.from_numpy(query.embedding[None]))
    sides = {(index.place, camera): _others(index, camera, query, bare) for index, camera in cameras}
    own = [side for (_, camera), side in sides.items() if camera == query.camera]
    first = own[0] if own else query.others if query.others is not None else np.empty((0, 0))
    fewest = min([len(first), *map(len, sides.values())])
    if sides and (known := bare.of_cohort("cameras", fewest)):
        cohorts = {of: of_embeddings(torch.from_numpy(side)) for of, side in sides.items()}
        told = f"held against {fewest} other people or more of each camera"
        return _Held(a, known.scale, told, known, of_embeddings(torch.from_numpy(first)), cohorts)
    shipped = checkpoint.cohort
    if shipped is not None and (known := bare.of_cohort("foreign", len(shipped))):
        return _Held(a, known.scale, f"held against {shipped.source}", known, shipped.output)
    return _Held(a, bare, "not held against other people")


def _others(index: Index, camera: str, query: Query, bare: Calibration) -> NDArray[np.float32]:
    """People of a camera who are not the one that is looked for, as far as bare distances tell."""
    people = index.people(camera, bare.threshold)
    apart = np.linalg.norm(people - query.embedding, axis=1)
    return np.asarray(people[apart > bare.threshold][:COHORT])

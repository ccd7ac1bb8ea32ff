"""The index: tracklets with their embeddings, and what is known of the videos they are from, in LanceDB tables.

Tables in one folder, or below one address of object storage (``s3://bucket/index``): ``about``, one row; ``videos``,
one row a video; ``tracklets``; ``decisions`` of a user on who is who. Nothing runs beside this process, and nothing
leaves the machine unless the address says so.
"""

import shutil
import warnings
from collections.abc import Callable, Container, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from reid_core.evaluation import calibration_of, weights_fingerprint
from reid_core.lance import connected
from reid_core.model import Checkpoint

P = ParamSpec("P")
T = TypeVar("T")

VERSION = 2  # of version 1 no jumps are known
KEPT = timedelta(minutes=10)  # old versions of a table, for those who are reading them
EXACT = 100_000  # rows up to which every one of them is looked at
PARTITIONS = 64  # beyond: all are looked through, at a byte a number, which is fast and misses nobody
REFINE = 5  # then times as many candidates as are wanted are measured exactly
CANDIDATES = 200  # longest tracklets of a camera, of whom other people are chosen
PEOPLE = 30
LOCK = ".writing"
BEGUN = {LOCK, "tracklets.lance", "videos.lance"}  # all that there is of an index whose making was killed
WITHOUT = ("embedding", "strip", "times_s", "boxes")  # columns that are large


@dataclass(frozen=True)
class IndexedVideo:
    """A video of an index.

    Args: digest: SHA-256 of the file. video: its name. path: where it was. size_bytes, duration_s, rate: of the file,
        and how many frames a second were taken. segments: finished. until_s: up to where. finished: all of it.
    """

    digest: str
    video: str
    path: str
    camera: str
    size_bytes: int
    duration_s: float
    rate: float
    segments: int = 0
    until_s: float = -1.0
    finished: bool = False


@dataclass(frozen=True)
class Decision:
    """What a user said: tracklets a and b are one person or two, or the person of a has a name."""

    kind: Literal["same", "different", "name"]
    a: int
    b: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ("same", "different", "name"):
            raise ValueError(f"kind must be same, different or name, got {self.kind!r}")
        if self.kind != "name" and self.a == self.b:
            raise ValueError(f"a decision must be on two tracklets, got {self.a} twice")


@dataclass(frozen=True, eq=False)
class IndexedTracklet:
    """A tracklet of an index.

    Args: tracklet: its number, which stays. digest, video, camera: of its video. segment: of the video. frames: that
        were embedded. times_s: (T,), of all looks, start_s the first and end_s the last. boxes: float32 (T, 4), left,
        top, right, bottom in pixels of the video's frame, upright. embedding: float32 (n,). strip: a JPEG, some frames
        of the person side by side. jumps_s: (k,), when the looks change as if it were somebody else from then on.
    """

    tracklet: int
    digest: str
    video: str
    camera: str
    segment: int
    frames: int
    times_s: NDArray[np.float64]
    boxes: NDArray[np.float32]
    embedding: NDArray[np.float32]
    strip: bytes
    jumps_s: NDArray[np.float64]

    @property
    def start_s(self) -> float:
        """When the person was seen first."""
        return float(self.times_s[0])

    @property
    def end_s(self) -> float:
        """When the person was seen last."""
        return float(self.times_s[-1])


class SearchError(ValueError):
    """Why an index, or a tracklet of it, is not there to be read; in one sentence."""


def _readable(read: Callable[P, T]) -> Callable[P, T]:
    """Say in a sentence that an index, the first argument or its place, is damaged."""

    @wraps(read)
    def told(*words: P.args, **named: P.kwargs) -> T:
        try:
            return read(*words, **named)
        except SearchError:
            raise
        except Exception as error:  # a panic of Lance's is of a class that nobody can name
            place, reason = getattr(words[0], "place", words[0]), " ".join(str(error).split())[:200]
            raise SearchError(
                f"index {place} cannot be read, it is damaged ({reason or type(error).__name__})"
            ) from error

    return told


def is_index(place: str | Path) -> bool:
    """Whether there is an index."""
    if "://" not in str(place) and not Path(place).is_dir():
        return False
    return "about" in _connected(place).list_tables().tables


def create(place: str | Path, checkpoint: Checkpoint, named: str) -> "Index":
    """A new index. Args: named: how the checkpoint is found again, a name or a path.

    Raises: ValueError: something is there already, or the checkpoint's embeddings cannot be searched, or its
        calibration is missing.
    """
    calibration_of(checkpoint)
    head = checkpoint.network.head.config
    if head.pools_pairs or len(head.stream_weights) > 1:
        raise ValueError(f"an index needs a checkpoint whose distances are those of embeddings, not so with {named}")
    if "://" not in str(place) and Path(place).exists() and {path.name for path in Path(place).iterdir()} - BEGUN:
        raise ValueError(f"an index must be made in a folder that is not there or is empty, got {place}")
    about = {
        "version": VERSION,
        "checkpoint": checkpoint.name,
        "named": named,
        "fingerprint": weights_fingerprint(checkpoint),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "numbers_used": 0,
    }
    index = Index(str(place))
    with index.writing():
        if is_index(place):
            raise ValueError(f"an index must be made in a folder that is not there or is empty, got {place}")
        database, width = index.database, head.embedding_size
        for name in () if "://" in str(place) else database.list_tables().tables:
            database.drop_table(name)
        database.create_table("tracklets", schema=_tracklets(width))
        database.create_table("videos", schema=_VIDEOS)
        database.create_table("about", pa.Table.from_pylist([about], _ABOUT))  # the last: with it there is an index
    return index


@_readable
def open_index(place: str | Path) -> "Index":
    """An index that is there. Raises: ValueError: none is, or it is of a newer version."""
    if not is_index(place):
        raise SearchError(f"{place} must be an index, made by reid index, and it is none")
    index = Index(str(place))
    if index.about["version"] > VERSION:
        raise SearchError(f"index {place} has version {index.about['version']}; this package reads up to {VERSION}")
    return index


def delete(place: str | Path) -> None:
    """Remove an index with all that is in it. Raises: ValueError: there is none."""
    index = open_index(place)
    with index.writing():
        index.database.drop_all_tables()
    if "://" not in str(place):
        shutil.rmtree(place)


@dataclass(frozen=True)
class Index:
    """Stored tracklets; what others add meanwhile is seen at the next question."""

    place: str

    @cached_property
    def database(self) -> Any:
        """The connection."""
        return _connected(self.place)

    @cached_property
    def about(self) -> dict[str, Any]:
        """Version, checkpoint and its fingerprint, when it was made."""
        return dict(self.database.open_table("about").to_arrow().to_pylist()[0])

    @cached_property
    def tracklets(self) -> Any:
        """The table of tracklets."""
        return self.database.open_table("tracklets")

    @cached_property
    def _videos(self) -> Any:
        return self.database.open_table("videos")

    @property
    def _decisions(self) -> Any:
        return self.database.open_table("decisions")

    @property
    def _decided(self) -> bool:
        """Whether anybody has: the table is made by the first decision, so that reading writes nothing."""
        return "decisions" in self.database.list_tables().tables

    def writing(self) -> AbstractContextManager[Any]:
        """Held by the one who writes. Raises: ValueError: somebody else does."""
        if "://" in self.place:
            return nullcontext()
        try:
            Path(self.place).mkdir(parents=True, exist_ok=True)
            return FileLock(Path(self.place) / LOCK).acquire(timeout=0)
        except Timeout:
            raise ValueError(
                f"index {self.place} is being written by another process; wait for it or stop it"
            ) from None

    def check(self, checkpoint: Checkpoint) -> None:
        """Raises: ValueError: the index was made with other weights."""
        if weights_fingerprint(checkpoint) != self.about["fingerprint"]:
            raise ValueError(
                f"index {self.place} was made with checkpoint {self.about['checkpoint']} "
                f"({self.about['fingerprint']}), its distances mean nothing to {checkpoint.name} "
                f"({weights_fingerprint(checkpoint)}): make a new index"
            )

    @_readable
    def videos(self) -> tuple[IndexedVideo, ...]:
        """All, by camera and name."""
        found = [IndexedVideo(**row) for row in self._videos.to_arrow().to_pylist()]
        return tuple(sorted(found, key=lambda video: (video.camera, video.video, video.digest)))

    def begin(self, video: IndexedVideo) -> IndexedVideo:
        """As far as the video was indexed before, without what a killed process left of the segment after that."""
        before = next((one for one in self.videos() if one.digest == video.digest), video)
        if not before.finished:
            self._bring_up_to_date()
            self.tracklets.delete(f"digest = '{before.digest}' AND segment >= {before.segments}")
            self._put(before)
        return before

    def _bring_up_to_date(self) -> None:
        """Make room for what version 1 did not keep; of its tracklets that stays unknown."""
        if JUMPS.name not in self.tracklets.schema.names:
            self.database.open_table("about").update(values={"version": VERSION})
            self.tracklets.add_columns(JUMPS)

    def append(self, video: IndexedVideo, tracklets: Sequence[IndexedTracklet]) -> None:
        """A finished segment: its tracklets, then what is known of the video."""
        if tracklets:
            self.tracklets.add(pa.Table.from_pylist([_row(one) for one in tracklets], self.tracklets.schema))
        self._put(video)

    def compact(self) -> None:
        """Bring the files of many batches together; beyond ``EXACT`` rows keep the index of embeddings as well."""
        if self.tracklets.count_rows() > EXACT and not self.tracklets.list_indices():
            from lancedb.index import Bitmap, IvfSq

            self.tracklets.create_index("embedding", config=IvfSq(distance_type="l2", num_partitions=PARTITIONS))
            self.tracklets.create_index("camera", config=Bitmap())
        for table in (self.tracklets, self._videos):
            table.optimize(cleanup_older_than=KEPT)

    def remove(self, digest: str) -> None:
        """Forget a video and its tracklets, whose numbers are not given again."""
        used, table = self.next_number() - 1, self.table()
        gone = ", ".join(str(number) for number in table.tracklet[table.digest == digest]) or "0"
        if self._decided:
            self._decisions.delete(f"a IN ({gone}) OR (kind != 'name' AND b IN ({gone}))")
        self.database.open_table("about").update(values={"numbers_used": used})
        self.tracklets.delete(f"digest = '{digest}'")
        self._videos.delete(f"digest = '{digest}'")
        with warnings.catch_warnings():  # of readers whom it disturbs: what is removed must not stay in old files
            warnings.simplefilter("ignore")
            for table in (self.tracklets, self._videos, *([self._decisions] if self._decided else [])):
                table.optimize(cleanup_older_than=timedelta(0), delete_unverified=True)

    @_readable
    def decisions(self) -> tuple[Decision, ...]:
        """What users said, the latest on two tracklets, or on a name, alone."""
        rows = self._decisions.to_arrow().to_pylist() if self._decided else []
        latest = {("name", row["a"]) if row["kind"] == "name" else frozenset((row["a"], row["b"])): row for row in rows}
        return tuple(Decision(**row) for row in latest.values())

    def decide(self, *decisions: Decision) -> None:
        """Add what a user says. Raises: ValueError: a tracklet that is not there."""
        self.embeddings([number for one in decisions for number in (one.a, one.b) if number])
        rows = pa.Table.from_pylist([asdict(one) for one in decisions], _DECISIONS)
        self.database.create_table("decisions", schema=_DECISIONS, exist_ok=True).add(rows)

    def undecide(self, a: int, b: int = 0) -> None:
        """Take back what was said on two tracklets, or the name of one."""
        if self._decided:
            self._decisions.delete(f"(a = {a} AND b = {b}) OR (a = {b} AND b = {a})")

    @_readable
    def next_number(self) -> int:
        """For a new tracklet."""
        numbers = self.tracklets.search().select(["tracklet"]).to_arrow()["tracklet"].to_numpy()
        used = self.database.open_table("about").to_arrow()["numbers_used"][0].as_py()
        return int(max(numbers.max(initial=0), used)) + 1

    @_readable
    def table(self) -> pd.DataFrame:
        """All tracklets without what is large, by number."""
        columns = [name for name in self.tracklets.schema.names if name not in WITHOUT]
        found: pd.DataFrame = self.tracklets.search().select(columns).to_pandas()
        return _with_jumps(found.sort_values("tracklet", ignore_index=True))

    def tracklet(self, number: int) -> IndexedTracklet:
        """One, with all that is stored of it. Raises: ValueError: there is none of this number."""
        return self.some([number])[0]

    @_readable
    def some(self, numbers: Sequence[int]) -> tuple[IndexedTracklet, ...]:
        """Those of some numbers, in that order. Raises: ValueError: there is none of a number."""
        listed = ", ".join(str(int(number)) for number in numbers)
        rows = self.tracklets.search().where(f"tracklet IN ({listed})").to_arrow().to_pylist() if listed else []
        found = {row["tracklet"]: _tracklet(row) for row in rows}
        self._check_there(numbers, found)
        return tuple(found[number] for number in numbers)

    @_readable
    def embeddings(self, numbers: Sequence[int]) -> NDArray[np.float32]:
        """Of some tracklets, in that order, (N, n)."""
        listed = ", ".join(str(int(number)) for number in numbers) or "0"
        query = self.tracklets.search().where(f"tracklet IN ({listed})").select(["tracklet", "embedding"])
        found = query.to_arrow()
        places = {number: place for place, number in enumerate(found["tracklet"].to_pylist())}
        self._check_there(numbers, places)
        return _matrix(found)[[places[number] for number in numbers]]

    def _check_there(self, numbers: Sequence[int], there: Container[int]) -> None:
        missing = [int(number) for number in numbers if number not in there]
        if missing:
            raise SearchError(f"index {self.place} has no tracklet {missing[0]}")

    @_readable
    def nearest(self, embedding: NDArray[np.floating], count: int, camera: str | None = None) -> pd.DataFrame:
        """The tracklets whose embeddings are nearest, as ``table``, with their embeddings, the nearest first.

        Up to ``EXACT`` rows every one is measured, in memory; beyond, those that the index of embeddings comes up with.

        Args: camera: none but those of this one.
        """
        asked = np.asarray(embedding, np.float32)
        if self.tracklets.list_indices():
            return self._listed(asked, count, camera)
        table, embeddings, squares = self._known("every", self._every)
        apart = squares - 2 * (embeddings @ asked)  # squared, less the square of what is asked
        there = len(table) if camera is None else self.cameras().get(camera, 0)
        if camera is not None:
            apart[table.camera.to_numpy() != camera] = np.inf
        near = np.argsort(apart, kind="stable")[: min(count, there)]
        return pd.DataFrame(table.iloc[near].assign(embedding=list(embeddings[near])))

    def _every(self) -> tuple[pd.DataFrame, NDArray[np.float32], NDArray[np.float32]]:
        """The table, the embeddings of its rows, (N, n), and their squared lengths, (N,)."""
        found = self.tracklets.search().select(["tracklet", "embedding"]).to_arrow()
        embeddings = _matrix(found)[np.argsort(found["tracklet"].to_numpy())]
        return self.table(), embeddings, np.einsum("ij,ij->i", embeddings, embeddings)

    def _listed(self, asked: NDArray[np.float32], count: int, camera: str | None) -> pd.DataFrame:
        columns = [name for name in self.tracklets.schema.names if name not in WITHOUT[1:]]
        query = self.tracklets.search(asked).limit(count).select([*columns, "_distance"])
        query = query.nprobes(PARTITIONS).refine_factor(REFINE)
        found = (query if camera is None else query.where(_of(camera), prefilter=True)).to_arrow()
        near: pd.DataFrame = found.drop_columns(["embedding", "_distance"]).to_pandas()
        return _with_jumps(near).assign(embedding=list(_matrix(found)))

    @_readable
    def cameras(self) -> dict[str, int]:
        """The cameras, sorted, and the number of tracklets of each."""
        return dict(self._known("cameras", self._cameras))

    def _cameras(self) -> dict[str, int]:
        column = self.tracklets.search().select(["camera"]).to_arrow()["camera"]
        return dict(sorted((row["values"], row["counts"]) for row in column.value_counts().to_pylist()))

    @_readable
    def people(self, camera: str, apart: float) -> NDArray[np.float32]:
        """Embeddings (k, n) of people of a camera who were seen long, and are farther apart than some distance."""
        found: NDArray[np.float32] = self._known(f"{camera} {apart}", lambda: self._people(camera, apart))
        return found

    def _people(self, camera: str, apart: float) -> NDArray[np.float32]:
        seen = self.tracklets.search().where(_of(camera)).select(["tracklet", "frames"]).to_pandas()
        longest = seen.sort_values(["frames", "tracklet"], ascending=[False, True])
        candidates = self.embeddings(longest.tracklet.tolist()[:CANDIDATES])
        chosen: list[NDArray[np.float32]] = []
        for one in candidates:
            if len(chosen) < PEOPLE and all(np.linalg.norm(one - other) > apart for other in chosen):
                chosen.append(one)
        return np.stack(chosen) if chosen else candidates[:0]

    @cached_property
    def _kept(self) -> dict[str, tuple[int, Any]]:
        return {}

    def _known(self, name: str, ask: Callable[[], Any]) -> Any:
        """What was asked before, as long as nothing was added or removed."""
        version = self.tracklets.version
        if self._kept.get(name, (None,))[0] != version:
            self._kept[name] = version, ask()
        return self._kept[name][1]

    def _put(self, video: IndexedVideo) -> None:
        rows = pa.Table.from_pylist([asdict(video)], _VIDEOS)
        self._videos.merge_insert("digest").when_matched_update_all().when_not_matched_insert_all().execute(rows)


def finished(video: IndexedVideo, until_s: float, whole: bool = False) -> IndexedVideo:
    """The video with one more segment."""
    return replace(video, segments=video.segments + 1, until_s=until_s, finished=whole)


_ABOUT = pa.schema(
    [
        ("version", pa.int64()),
        ("checkpoint", pa.string()),
        ("named", pa.string()),
        ("fingerprint", pa.string()),
        ("created", pa.string()),
        ("numbers_used", pa.int64()),
    ]
)
_DECISIONS = pa.schema([("kind", pa.string()), ("a", pa.int64()), ("b", pa.int64()), ("name", pa.string())])
_VIDEOS = pa.schema(
    [
        ("digest", pa.string()),
        ("video", pa.string()),
        ("path", pa.string()),
        ("camera", pa.string()),
        ("size_bytes", pa.int64()),
        ("duration_s", pa.float64()),
        ("rate", pa.float64()),
        ("segments", pa.int64()),
        ("until_s", pa.float64()),
        ("finished", pa.bool_()),
    ]
)


JUMPS = pa.field("jumps_s", pa.list_(pa.float64()))


def _tracklets(width: int) -> pa.Schema:
    return pa.schema(
        [
            ("tracklet", pa.int64()),
            ("digest", pa.string()),
            ("video", pa.string()),
            ("camera", pa.string()),
            ("segment", pa.int32()),
            ("frames", pa.int32()),
            ("start_s", pa.float64()),
            ("end_s", pa.float64()),
            ("times_s", pa.list_(pa.float64())),
            ("boxes", pa.list_(pa.float32())),
            ("embedding", pa.list_(pa.float32(), width)),
            ("strip", pa.binary()),
            JUMPS,
        ]
    )


def _connected(place: str | Path) -> Any:
    return connected(place, fresh_after=timedelta(0))


def _of(camera: str) -> str:
    """A condition in SQL."""
    return "camera = '{}'".format(camera.replace("'", "''"))


def _row(one: IndexedTracklet) -> dict[str, Any]:
    values = vars(one) | {"start_s": one.start_s, "end_s": one.end_s, "boxes": one.boxes.ravel()}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}


def _tracklet(row: dict[str, Any]) -> IndexedTracklet:
    arrays: dict[str, Any] = {
        "times_s": np.array(row.pop("times_s"), np.float64),
        "boxes": np.array(row.pop("boxes"), np.float32).reshape(-1, 4),
        "embedding": np.array(row.pop("embedding"), np.float32),
        "jumps_s": np.array(row.pop("jumps_s", None) or [], np.float64),
    }
    return IndexedTracklet(**{name: row[name] for name in row if name not in ("start_s", "end_s")}, **arrays)


def _with_jumps(found: pd.DataFrame) -> pd.DataFrame:
    """The jumps of each row as a tuple, which is empty where none are known."""
    known = found.jumps_s if "jumps_s" in found else [None] * len(found)
    jumps = [() if times_s is None else tuple(times_s.tolist()) for times_s in known]
    return found.assign(jumps_s=pd.Series(jumps, found.index, object))


def _matrix(found: pa.Table) -> NDArray[np.float32]:
    column = found["embedding"].combine_chunks()
    return np.asarray(column.flatten().to_numpy(zero_copy_only=False), np.float32).reshape(
        len(found), column.type.list_size
    )

"""From videos to rows of an index: read once, as a stream, and gone on with where it was stopped."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from reid_core.data import measure
from reid_core.evaluation import VIDEO_SUFFIXES, calibration_of, embed_views, frame_features, jumps
from reid_core.model import Checkpoint
from reid_core.search.clock import clock
from reid_core.search.store import Index, IndexedTracklet, IndexedVideo, finished
from reid_core.video import FRAME_WIDTH, Looked, Looks, Sighting, Stream, VideoError, doubts, follow

STRIP_FRAMES = 6
STRIP_QUALITY = 80  # of the JPEG
PIECE = 8  # looks before and after a change of looks; who passes by is seen in twice as many (docs/search.md)


@dataclass(frozen=True)
class Source:
    """A video to be indexed, and the name of the camera that took it."""

    path: Path
    camera: str


@dataclass(frozen=True)
class Step:
    """How far indexing is.

    Args: video: which, of those given, from 0. done_s, whole_s: of it, in its own time; whole_s 0 where it is unknown.
        looks: frames that were looked at. people: tracklets found in it. left_s: for this video, at the pace so far.
        state: what happens. problem: one sentence, where a video could not be used.
    """

    video: int
    source: Source
    state: str
    done_s: float = 0.0
    whole_s: float = 0.0
    looks: int = 0
    people: int = 0
    left_s: float | None = None
    problem: str = ""


def sources(paths: Iterable[Path], camera: str | None = None) -> tuple[Source, ...]:
    """The videos of some files and folders, below them too, sorted within a folder.

    Args: camera: of all of them. By default that of a video in a folder below a given one is the folder's name, that of
        any other its own.
    Raises: ValueError: nothing there, or no video in a folder.
    """
    found: list[Source] = []
    for path in paths:
        if not path.exists():
            raise ValueError(f"{path} must be a video or a folder of videos, there is nothing")
        videos = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix.lower() in VIDEO_SUFFIXES)
        if not videos:
            raise ValueError(f"{path} must hold videos ({', '.join(sorted(VIDEO_SUFFIXES))}), it holds none")
        found += [Source(video, camera or _camera(video, path)) for video in videos]
    return tuple(found)


def _camera(video: Path, given: Path) -> str:
    return video.stem if video == given or video.parent == given else video.parent.name


def build(
    index: Index, videos: Sequence[Source], checkpoint: Checkpoint, detector: Looks, rate: float | None = None
) -> Iterator[Step]:
    """Index videos one after the other; what is in the index already, by its content, is passed over.

    Close the generator, or let the process be killed: called again it goes on behind the last finished segment, and
    the rows are those of an undisturbed run. A video that cannot be used is told as a step, and the next one begun.

    Raises: ValueError: the index was made with another checkpoint, or somebody else is writing it.
    """
    index.check(checkpoint)
    with index.writing():
        for number, source in enumerate(videos):
            try:
                yield from _indexed(index, number, source, checkpoint, detector, rate)
            except VideoError as error:
                yield Step(number, source, "unusable", problem=str(error))


def _indexed(
    index: Index, number: int, source: Source, checkpoint: Checkpoint, detector: Looks, rate: float | None
) -> Iterator[Step]:
    yield Step(number, source, "reading")
    stream = Stream(source.path) if rate is None else Stream(source.path, rate)
    new = IndexedVideo(
        digest=digest_of(source.path),
        video=source.path.name,
        path=str(source.path.resolve()),
        camera=source.camera,
        size_bytes=source.path.stat().st_size,
        duration_s=stream.duration_s() or 0.0,
        rate=stream.rate,
    )
    video = index.begin(new)
    if video.finished:
        yield Step(number, source, "known", video.duration_s, video.duration_s)
        return
    stream, started, waiting = Stream(source.path, video.rate), time.monotonic(), list[IndexedTracklet]()
    after_s, at = (video.until_s if video.segments else None), index.next_number()
    people = 0
    for looks, looked in enumerate(follow(stream.shots(after_s), detector, video.rate), 1):
        for sighting in looked.ended:
            waiting.append(tracklet_of(checkpoint, sighting, video, at))
            at, people = at + 1, people + 1
        if looked.segment_ends:
            video = finished(video, looked.time_s)
            index.append(video, waiting)
            waiting = []
        left_s = _left_s(looked, after_s or 0.0, video.duration_s, time.monotonic() - started)
        yield Step(number, source, "indexing", looked.time_s, video.duration_s, looks, people, left_s)
    index.append(finished(video, video.until_s, whole=True), [])
    index.compact()
    yield Step(number, source, "finished", video.duration_s, video.duration_s, people=people, left_s=0.0)


def _left_s(looked: Looked, after_s: float, whole_s: float, spent_s: float) -> float | None:
    done_s = looked.time_s - after_s
    return max(0.0, whole_s - looked.time_s) * spent_s / done_s if whole_s and done_s > 0 else None


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@torch.no_grad()
def tracklet_of(checkpoint: Checkpoint, sighting: Sighting, video: IndexedVideo, number: int) -> IndexedTracklet:
    """The row of a person who was seen."""
    network, frames = checkpoint.network, sighting.best.frames
    features = frame_features(network, measure(frames, network.config.input))
    changes = jumps(network.head, features, calibration_of(checkpoint).threshold, PIECE)
    return IndexedTracklet(
        tracklet=number,
        digest=video.digest,
        video=video.video,
        camera=video.camera,
        segment=video.segments,
        frames=len(frames),
        times_s=sighting.times_s,
        boxes=sighting.boxes,
        embedding=embed_views(network.head, features[None]).embedding[0].numpy(),
        strip=strip(frames),
        jumps_s=sighting.best.times_s[changes],
    )


def doubts_of(one: IndexedTracklet) -> tuple[str, ...]:
    """Why no certain answer can rest on a tracklet, as ``doubts`` has it. Raises: ValueError: its strip is damaged."""
    strip = cv2.imdecode(np.frombuffer(one.strip, np.uint8), cv2.IMREAD_COLOR) if one.strip else None
    if strip is None or strip.shape[1] % FRAME_WIDTH:
        raise ValueError(f"tracklet {one.tracklet} of {one.video} must have a strip of frames, it is damaged")
    frames = np.stack(np.split(strip[..., ::-1], strip.shape[1] // FRAME_WIDTH, axis=1)).astype(np.uint8)
    return doubts(f"{one.video} at {clock(one.start_s)}", frames, one.boxes)


def strip(frames: NDArray[np.uint8]) -> bytes:
    """Some frames of a person side by side, as a JPEG. Args: frames: uint8 (T, H, W, 3) RGB."""
    chosen = np.unique(np.linspace(0, len(frames) - 1, STRIP_FRAMES).round().astype(int))
    side_by_side = np.concatenate(list(frames[chosen]), axis=1)
    _, encoded = cv2.imencode(".jpg", side_by_side[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, STRIP_QUALITY])
    return encoded.tobytes()

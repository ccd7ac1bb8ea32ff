"""Who is in a video: the people of a scene, the one person of a crop, or what the user points at."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reid_core.progress import Progress

from .decode import Video
from .detect import SMALL, Detections
from .flaws import flaws
from .frame import fitted
from .motion import usual_height
from .original import in_original
from .sightings import Looks
from .track import Track, Tracklet, cut, link

Box = tuple[float, float, float, float]

DETECT_EVERY = 2  # frames; in between a box moves evenly
SHORT = 32  # frames: in a video up to this length the detector looks at every one
TALL = 1.5  # height / width from which a video may be a person cut out already
FILLS = 0.6  # of the frame's height: so tall is the person of such a video
ALWAYS = 0.9  # of the frames: in so many there is somebody of that height
TINY = 256  # pixels: a tall video of at most this height is a person even if the detector sees none
LOOKS = 5  # frames that decide about that
CLEAR = 0.45  # score from which a second person is no mistake of the detector


@dataclass(frozen=True, eq=False)
class Scene:
    """What was found in a video.

    Args: name: of the video. tracklets: longest first, one at least unless nobody was found. kind: "person" (the video
        is a person cut out already, used whole), "people" or "nobody". warnings: of the video.
    Raises: ValueError: kind and number of tracklets do not agree.
    """

    name: str
    tracklets: tuple[Tracklet, ...]
    kind: Literal["person", "people", "nobody"]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in ("person", "people", "nobody"):
            raise ValueError(f'kind must be "person", "people" or "nobody", got {self.kind!r}')
        if (self.kind == "nobody") != (not self.tracklets):
            raise ValueError(f"kind {self.kind!r} does not go with {len(self.tracklets)} tracklets")


def find_people(video: Video, detector: Looks, progress: Progress | None = None) -> Scene:
    """The people of a video, or the one whom it shows already cut out: tall, and filled by one person all the time.

    Where the frames were scaled down and nobody, or somebody small, is in them, people are looked for in the original.

    Args: detector: finds people in a frame, e.g. a ``PersonDetector``. progress: called as ("detect", done, total), and
        then as ``in_original`` does.
    """
    height, width = video.frames.shape[1:3]
    tall = height >= TALL * width
    if tall and height <= TINY and _alone(map(detector, _some(video.frames))):
        return Scene(video.name, (whole_frame(video),), "person", video.warnings)
    detections = dict(_detections(video, detector, progress))
    if tall and height > TINY and _filled(detections.values(), height):
        return Scene(video.name, (whole_frame(video),), "person", video.warnings)
    tracks = link(detections, video.times_s, width)
    tracklets = tuple(_judged(video, tracks, place) for place in range(len(tracks)))
    if video.detail > 1 and _are_far(tracks, height):
        original = in_original(video, detector, progress)
        tracklets = original if len(original) >= len(tracklets) else tracklets
    return Scene(video.name, tracklets, "people" if tracklets else "nobody", video.warnings)


def _are_far(tracks: Sequence[Track], height: int) -> bool:
    """Whether nobody was found in frames of a height, or somebody who is small in them."""
    return min((usual_height(track.boxes) for track in tracks), default=0.0) < SMALL * height


def _judged(video: Video, tracks: Sequence[Track], place: int) -> Tracklet:
    """The person of a track, cut out, and what is wrong with each frame."""
    tracklet = cut(video, tracks[place])
    return replace(tracklet, flaws=flaws(tracks, place, tracklet, video.frames.shape[1:3]))


def _detections(video: Video, detector: Looks, progress: Progress | None) -> Iterator[tuple[int, Detections]]:
    count = len(video.frames)
    looked = list(range(0, count, 1 if count <= SHORT else DETECT_EVERY))
    if looked[-1] != count - 1:
        looked.append(count - 1)
    for done, index in enumerate(looked, 1):
        yield index, detector(video.frames[index])
        if progress is not None:
            progress("detect", done, len(looked))


def _some(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(frames[np.unique(np.linspace(0, len(frames) - 1, LOOKS).round().astype(int))])


def _filled(found: Collection[Detections], height: int) -> bool:
    """Whether a tall video is a person cut out already: somebody fills it all the time, mostly nobody else is clear."""
    tall = [len(one) > 0 and bool(one.heights.max() >= FILLS * height) for one in found]
    return bool(np.mean(tall) >= ALWAYS) and _alone(found)


def _alone(found: Iterable[Detections]) -> bool:
    """Whether there is no second person in most frames. Small crops are hard for the detector: nobody is as good."""
    votes = [(one.scores >= CLEAR).sum() <= 1 for one in found]
    return bool(2 * sum(votes) > len(votes))


def whole_frame(video: Video) -> Tracklet:
    """The video used whole, every frame brought to 128 x 64."""
    height, width = video.frames.shape[1:3]
    return boxed(video, (0, 0, width, height))


def boxed(video: Video, box: Box) -> Tracklet:
    """The same part of every frame, brought to 128 x 64.

    Args: box: left, top, width, height in pixels of the decoded frame.
    Raises: ValueError: the box is not four numbers, is empty, or not inside the frame.
    """
    left, top, right, bottom = _corners(box, video.frames.shape[2], video.frames.shape[1])
    rows = slice(int(top), max(int(top) + 1, round(bottom)))
    columns = slice(int(left), max(int(left) + 1, round(right)))
    frames = np.stack([fitted(frame[rows, columns]) for frame in video.frames])
    boxes: NDArray[np.float32] = np.tile(np.array([left, top, right, bottom], np.float32), (len(frames), 1))
    return Tracklet(frames, video.times_s, boxes)


def _corners(box: Box, across: int, down: int) -> Box:
    with suppress(TypeError, ValueError):  # no four numbers
        left, top, width, height = map(float, box)
        if 0 <= left < left + width <= across and 0 <= top < top + height <= down:
            return left, top, left + width, top + height
    raise ValueError(f"box must be X,Y,W,H inside the frame of {across} x {down} pixels, got {box}")

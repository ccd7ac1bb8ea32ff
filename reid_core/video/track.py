"""From detections to tracklets: who is who over time (ByteTrack), boxes in between, crops."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .decode import Video
from .detect import Detections
from .edges import turns
from .frame import FRAME_HEIGHT, FRAME_WIDTH, fitted

MARGIN = 0.1  # of the box's height and width, added on each side
START_SCORE = 0.4  # a track begins with such a box; weaker ones may only continue it
LEAST_OVERLAP = 0.1  # intersection over union of a track's expected box with the one that continues it
LOST_S = 1.0  # a person who was hidden for longer comes back as a new track
LEAST_FRAMES = 4  # what appears for a moment only is hardly a person
LEAST_DETECTIONS = 3
SMOOTHING = 5  # frames of the moving average over a track's boxes

Corners = NDArray[Any]  # of supervision, which does not say which numbers


@dataclass(frozen=True, eq=False)
class Track:
    """Where one person is.

    Args: indices: int (T,), consecutive frames of the video. boxes: float32 (T, 4), left, top, right, bottom, pixels.
        seen: bool (T,), whether the detector found the person there, or just before and just after.
    """

    indices: NDArray[np.int64]
    boxes: NDArray[np.float32]
    seen: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Tracklet:
    """All frames of one person, cut out.

    Args: frames: uint8 (T, 128, 64, 3) RGB. times_s: float64 (T,). boxes: float32 (T, 4), left, top, right, bottom of
        the person in pixels of the video's frame. flaws: what is wrong with each frame, "" where nothing is, see
        ``flaws``; empty where nobody looked. detail: how many pixels of the picture that it was cut out of one of the
        boxes' is.
    Raises: ValueError: no frame, or shapes do not agree.
    """

    frames: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    boxes: NDArray[np.float32]
    flaws: tuple[str, ...] = ()
    detail: float = 1.0

    def __post_init__(self) -> None:
        count = len(self.times_s)
        expected = {"frames": (count, FRAME_HEIGHT, FRAME_WIDTH, 3), "times_s": (count,), "boxes": (count, 4)}
        for name, shape in expected.items():
            if count == 0 or getattr(self, name).shape != shape:
                raise ValueError(
                    f"{name} must have shape {shape} with one frame or more, got {getattr(self, name).shape}"
                )
        if self.flaws and len(self.flaws) != count:
            raise ValueError(f"flaws must be one for each of {count} frames, got {len(self.flaws)}")

    def __len__(self) -> int:
        return len(self.frames)

    def at(self, places: NDArray[np.integer] | NDArray[np.bool_]) -> "Tracklet":
        """Some of its frames. Args: places: indices, or which, (T,)."""
        flaws = tuple(np.array(self.flaws, object)[places]) if self.flaws else ()
        return Tracklet(self.frames[places], self.times_s[places], self.boxes[places], flaws, self.detail)

    @property
    def duration_s(self) -> float:
        """Seconds from the first to the last frame."""
        return float(self.times_s[-1] - self.times_s[0])

    @property
    def thumbnail(self) -> NDArray[np.uint8]:
        """The frame in the middle, uint8 (128, 64, 3) RGB."""
        return np.asarray(self.frames[len(self) // 2])


def link(detections: Mapping[int, Detections], times_s: NDArray[np.float64], width: int) -> list[Track]:
    """Tracks of the people who were detected, longest first, without those that only flicker.

    Args: detections: of some frames, by the frame's index, rising. times_s: of every frame, (T,). width: of the frames.
    Returns: tracks without gaps: between two detections the box moves evenly.
    """
    looked = np.array(list(detections))
    if len(looked) < LEAST_DETECTIONS:
        return []
    follower = Follower(rate=1 / float(np.median(np.diff(times_s[looked]))))
    seen: dict[int, dict[int, Corners]] = {}
    for index, found in detections.items():
        for number, at, box in follower(index, float(times_s[index]), found):
            seen.setdefault(number, {})[at] = box
    people = [one for boxes in seen.values() for one in _parts(boxes, width) if len(one) >= LEAST_DETECTIONS]
    tracks = [_filled(boxes, looked) for boxes in people]
    return sorted((t for t in tracks if len(t.indices) >= LEAST_FRAMES), key=lambda t: -len(t.indices))


class Follower:
    """Who is who, one look after the other.

    Args: rate: looks a second.
    Source: ByteTrack (Zhang et al., ECCV 2022), in the package ``trackers``.
    """

    def __init__(self, rate: float) -> None:
        from trackers import ByteTrackTracker  # here, since importing it takes a second

        self._tracker = ByteTrackTracker(
            lost_track_buffer=round(30 * LOST_S),  # counted in frames of 1/30 s, whatever the rate
            frame_rate=rate,
            track_activation_threshold=START_SCORE,
            high_conf_det_threshold=START_SCORE,
            minimum_iou_threshold=LEAST_OVERLAP,
            minimum_consecutive_frames=1,
        )
        self._known: set[int] = set()
        self._before = 0
        self._loose: Corners = np.empty((0, 4))

    def __call__(self, index: int, time_s: float, found: Detections) -> Iterator[tuple[int, int, Corners]]:
        """The number of each person, the index of a look, his box there.

        A track is numbered only at its second box; the first, of the look before, then comes with it.
        """
        import supervision

        boxes = supervision.Detections(xyxy=found.boxes, confidence=found.scores)
        tracked = self._tracker.update(boxes, timestamp=time_s)
        numbers = np.asarray(tracked.tracker_id)
        for number, box in zip(numbers.tolist(), tracked.xyxy, strict=True):
            if number >= 0:
                if number not in self._known:
                    yield from ((number, self._before, first) for first in _nearest(self._loose, box))
                self._known.add(number)
                yield number, index, box
        self._before, self._loose = index, tracked.xyxy[numbers < 0]


def _nearest(boxes: Corners, box: Corners) -> list[Corners]:
    """The one of ``boxes`` that overlaps ``box`` best, if any does."""
    import supervision

    overlaps = supervision.box_iou_batch(boxes, box[None])[:, 0]
    return [boxes[overlaps.argmax()]] if overlaps.max(initial=0) >= LEAST_OVERLAP else []


def _parts(boxes: Mapping[int, Corners], width: int) -> Iterator[dict[int, Corners]]:
    """A track's boxes by the frame's index, or those of each of the people who are in it."""
    ones = list(boxes.items())
    for start, end in pairwise([0, *turns(np.stack(list(boxes.values())), width), len(ones)]):
        yield dict(ones[start:end])


def _filled(boxes: Mapping[int, Corners], looked: NDArray[np.int64]) -> Track:
    """A box for every frame from the first to the last, linear in between. Args: looked: where the detector looked."""
    known = np.array(list(boxes))
    corners = np.stack(list(boxes.values()))
    indices = np.arange(known[0], known[-1] + 1)
    filled = np.stack([np.interp(indices, known, c) for c in corners.T], axis=1).astype(np.float32)
    missed = np.setdiff1d(looked[(looked > known[0]) & (looked < known[-1])], known)
    seen = np.interp(indices, *_seen_at(known, missed)) == 1
    return Track(indices, filled, seen)


def _seen_at(known: NDArray[np.int64], missed: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The frames at which the detector looked, rising, and 1 where it found the person, else 0."""
    frames = np.concatenate([known, missed])
    order = np.argsort(frames)
    return frames[order], np.repeat([1.0, 0.0], [len(known), len(missed)])[order]


def cut(video: Video, track: Track) -> Tracklet:
    """The person of a track, cut out of every frame by the track's boxes, smoothed over time, with a margin."""
    boxes = np.asarray(cv2.blur(track.boxes, (1, SMOOTHING), borderType=cv2.BORDER_REPLICATE), np.float32)
    crops = np.stack([crop(video.frames[i], box) for i, box in zip(track.indices, boxes, strict=True)])
    return Tracklet(crops, video.times_s[track.indices], boxes)


def crop(frame: NDArray[np.uint8], box: NDArray[np.float32], margin: float = MARGIN) -> NDArray[np.uint8]:
    """The smallest upright 1:2 rectangle around a box and its margin, as uint8 (128, 64, 3).

    Beyond the frame's border its last pixels are repeated.
    Args: frame: uint8 (H, W, 3). box: left, top, right, bottom in pixels. margin: of the box's size, on each side.
    """
    left, top, right, bottom = box.tolist()
    height = max(bottom - top, 2 * (right - left)) * (1 + 2 * margin)
    rows, above, below = _pixels((top + bottom) / 2, height, frame.shape[0])
    columns, before, after = _pixels((left + right) / 2, height / 2, frame.shape[1])
    part = cv2.copyMakeBorder(frame[rows, columns], above, below, before, after, cv2.BORDER_REPLICATE)
    return fitted(np.asarray(part, np.uint8))


def _pixels(centre: float, length: float, limit: int) -> tuple[slice, int, int]:
    """Of ``length`` pixels around ``centre``, at least one, those in 0 ... limit - 1, at least one of these, too.

    Returns: which these are; how many are missing before and behind them.
    """
    start = round(centre - length / 2)
    count = max(1, round(length))
    inside = slice(min(max(start, 0), limit - 1), max(min(start + count, limit), 1))
    before = min(max(-start, 0), count - 1)
    return inside, before, count - before - (inside.stop - inside.start)

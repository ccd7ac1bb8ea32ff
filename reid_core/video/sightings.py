"""The people of a video of any length: a tracklet of each, handed on when the track ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .best import MOST, Best
from .detect import Detections, merged, tiles
from .edges import turns
from .flaws import FEWEST, behind
from .motion import Motion, windows
from .stream import Shot
from .track import LEAST_DETECTIONS, LOST_S, Follower, Tracklet

EVERYWHERE_S = 5.0  # from one look at the whole frame, for those who stand still, to the next
MOST_WINDOWS = 8  # or as many as there are tiles: with more it is cheaper to look everywhere
SEGMENT_S = 30.0  # after so long a segment ends as soon as nobody is there
LONGEST_S = 300.0  # after so long it ends in any case


class Looks(Protocol):
    """A detector that can be asked for all of a frame or for a part, as ``PersonDetector``."""

    def __call__(self, frame: NDArray[np.uint8], /) -> Detections: ...

    def part(self, frame: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> Detections: ...


@dataclass(frozen=True, eq=False)
class Sighting:
    """One person, from when he was seen to when he was not any more.

    Args: times_s: float64 (T,), of all looks that found him. boxes: float32 (T, 4), left, top, right, bottom in pixels
        of the frame as it is stored, upright. best: the frames that show most of him, with their times and boxes.
    """

    times_s: NDArray[np.float64]
    boxes: NDArray[np.float32]
    best: Tracklet


@dataclass(frozen=True)
class Looked:
    """What one look brought: the time, whose tracks have ended, and whether a segment ends here.

    Nobody is followed across the end of a segment: from there on one can begin anew and find the same people.
    """

    time_s: float
    ended: tuple[Sighting, ...]
    segment_ends: bool = False


@dataclass
class _Open:
    best: Best
    times_s: list[float] = field(default_factory=list)
    boxes: list[NDArray[np.float32]] = field(default_factory=list)


def follow(shots: Iterable[Shot], detector: Looks, rate: float, most: float = MOST) -> Iterator[Looked]:
    """Look at frame after frame; the last look ends a segment.

    Args: rate: of the shots, frames a second. most: frames that are kept of a person.
    """
    segment: _Segment | None = None
    for shot in shots:
        if segment is None:
            segment = _Segment(shot.time_s, detector, rate, most)
        ended = segment.look(shot)
        if segment.may_end(shot.time_s):
            ended, segment = ended + segment.rest(), None
        yield Looked(shot.time_s, ended, segment is None)
    if segment is not None:
        yield Looked(segment.latest_s, segment.rest(), True)


class _Segment:
    def __init__(self, start_s: float, detector: Looks, rate: float, most: float) -> None:
        self.start_s = self.latest_s = start_s
        self._detector, self._motion, self._follower = detector, Motion(), Follower(rate)
        self._open: dict[int, _Open] = {}
        self._times: list[float] = []
        self._everywhere_s = -np.inf
        self._recent: list[tuple[float, NDArray[np.float32]]] = []
        self._width, self._most = 0, most

    def look(self, shot: Shot) -> tuple[Sighting, ...]:
        """Find people in a frame and go on with their tracks; what comes out are those that ended."""
        found, self._width = self._found(shot), shot.pixels.shape[1]
        self._recent = [(t, boxes) for t, boxes in self._recent if shot.time_s - t <= LOST_S]
        self._recent.append((shot.time_s, found.boxes))
        now: dict[int, NDArray[np.float32]] = {}
        for number, index, box in self._follower(len(self._times), shot.time_s, found):
            track = self._open.setdefault(number, _Open(Best(self._most)))
            track.times_s.append(shot.time_s if index == len(self._times) else self._times[index])
            track.boxes.append(box)
            now[number] = box
        self._times.append(shot.time_s)
        self.latest_s = shot.time_s
        for number, box in now.items():
            others = [other for name, other in now.items() if name != number]
            hidden = bool(others) and bool(behind(np.tile(box, (len(others), 1)), np.stack(others)).any())
            self._open[number].best.add(shot.time_s, shot.pixels, box, hidden)
        over = [number for number, track in self._open.items() if shot.time_s - track.times_s[-1] > LOST_S]
        return _sightings([self._open.pop(number) for number in over], self._width)

    def may_end(self, time_s: float) -> bool:
        """Whether nobody is there and it has lasted, or it has lasted too long."""
        lasted = time_s - self.start_s
        seen = any(len(boxes) for _, boxes in self._recent)
        return lasted >= LONGEST_S or (lasted >= SEGMENT_S and not seen and not self._open)

    def rest(self) -> tuple[Sighting, ...]:
        """End all tracks."""
        rest, self._open = list(self._open.values()), {}
        return _sightings(rest, self._width)

    def _found(self, shot: Shot) -> Detections:
        moved = self._motion(shot.pixels)
        if shot.time_s - self._everywhere_s >= EVERYWHERE_S:
            self._everywhere_s = shot.time_s
            parts = [self._detector(shot.pixels)]
        else:
            parts = []
        everywhere = len(tiles(*shot.pixels.shape[:2]))
        most = max(MOST_WINDOWS, everywhere)
        surest = most if everywhere > MOST_WINDOWS else None  # in a large frame much looks faintly like somebody small
        there = np.concatenate([moved, *(boxes[:surest] for _, boxes in self._recent[-1:])])
        looks = windows(there, *shot.pixels.shape[:2])
        if len(looks) > most and not parts:
            return self._detector(shot.pixels)
        parts += [self._detector.part(shot.pixels, *window) for window in looks[:most]]
        return merged(parts) if parts else Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32))


def _sightings(tracks: Iterable[_Open], width: int) -> tuple[Sighting, ...]:
    whole = [_sighting(track) for track in tracks if len(track.times_s) >= LEAST_DETECTIONS]
    return tuple(part for one in whole for part in _parts(one, width))


def _parts(one: Sighting, width: int) -> Iterator[Sighting]:
    """A sighting, or one for each of those who are in it."""
    edges = [0, *turns(one.boxes, width), len(one.times_s)]
    for start, end in pairwise(edges):
        times_s, boxes = one.times_s[start:end], one.boxes[start:end]
        shown = (one.best.times_s >= times_s[0]) & (one.best.times_s <= times_s[-1])
        if shown.any() and len(times_s) >= LEAST_DETECTIONS:
            yield Sighting(times_s, boxes, one.best.at(shown))


def _sighting(track: _Open) -> Sighting:
    times_s, boxes = np.array(track.times_s), np.stack(track.boxes).astype(np.float32)
    chosen_s, frames = track.best.frames(FEWEST)
    return Sighting(times_s, boxes, Tracklet(frames, chosen_s, boxes[np.searchsorted(times_s, chosen_s)]))

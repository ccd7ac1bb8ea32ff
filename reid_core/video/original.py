"""People who are small in a large picture, looked for in the picture as it is stored."""

from collections.abc import Iterator

import numpy as np

from reid_core.progress import Progress

from .decode import Video
from .motion import LEAST_HEIGHT, usual_height
from .sightings import Looks, Sighting, follow
from .stream import Shot, Stream
from .track import LEAST_FRAMES, Tracklet

RATE = 10.0  # frames a second, as videos are read


def in_original(video: Video, detector: Looks, progress: Progress | None = None) -> tuple[Tracklet, ...]:
    """Everybody in the file of a video whose frames were scaled down, longest first.

    The file is read once more, a frame at a time, at the times of the video's frames. Looked at are, in full size,
    where something moves or somebody was a moment ago, and everything every five seconds, as ``follow`` does.

    Args: progress: called as ("original", done, total). Returns: boxes are in pixels of the video's frames.
    """
    ended = (
        sighting for looked in follow(_shots(video, progress), detector, RATE, np.inf) for sighting in looked.ended
    )
    people = [_tracklet(sighting, video.detail) for sighting in ended if usual_height(sighting.boxes) >= LEAST_HEIGHT]
    return tuple(sorted((one for one in people if len(one) >= LEAST_FRAMES), key=lambda one: -len(one)))


def _shots(video: Video, progress: Progress | None) -> Iterator[Shot]:
    """Pictures in full size at the times of the frames of a video."""
    if video.source is None:
        return
    first_s, last_s = float(video.times_s[0]), float(video.times_s[-1])
    after_s = first_s - 1 / RATE if first_s else None
    shots = Stream(video.source, RATE).shots(after_s, last_s + 1 / RATE)
    wanted = set(video.times_s.round(4).tolist())
    shots = (shot for shot in shots if round(shot.time_s, 4) in wanted)
    for done, shot in enumerate(shots, 1):
        yield shot
        if progress is not None:
            progress("original", done, len(video.frames))


def _tracklet(one: Sighting, detail: float) -> Tracklet:
    return Tracklet(one.best.frames, one.best.times_s, one.best.boxes / np.float32(detail), detail=detail)

"""The one person of a video who is compared, embedded or explained."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from reid_core.progress import Progress

from .decode import Video, decode
from .detect import PersonDetector
from .doubts import doubts
from .flaws import FLAWS, without_flaws
from .scene import Box, Scene, boxed, find_people, whole_frame
from .track import Tracklet

Crop: TypeAlias = str | Box
FEW_FRAMES = 16  # of the shortest clips that the networks were trained on


@dataclass(frozen=True)
class Subject:
    """The person of one video: the video's name, the tracklet, how it was cut out, and what is worth a warning.

    tracklet: the frames that are used. others: people of the same video who are somebody else, since both were seen at
        one time. unused: the tracklet with those frames, too, that were left out because of their flaws; None where
        none was. doubts: why no certain answer can rest on it, a sentence each.
    """

    name: str
    tracklet: Tracklet
    crop: str
    warnings: tuple[str, ...] = ()
    others: tuple[Tracklet, ...] = ()
    unused: Tracklet | None = None
    doubts: tuple[str, ...] = ()

    @property
    def whole(self) -> Tracklet:
        """All frames of the person, those too that were left out."""
        return self.unused or self.tracklet

    @property
    def told(self) -> tuple[str, ...]:
        """All that is worth a warning, doubts too."""
        return self.warnings + self.doubts

    @property
    def left_out(self) -> dict[str, int]:
        """How many frames were left out, by their flaw, in the order of ``FLAWS``."""
        counts = Counter(self.unused.flaws if self.unused else ())
        return {flaw: counts[flaw] for flaw in FLAWS if counts[flaw]}


def parse_crop(text: str) -> Crop:
    """``auto``, ``full`` or X,Y,W,H in pixels. Raises: ValueError with what was expected and what came."""
    if text in ("auto", "full"):
        return text
    try:
        x, y, w, h = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"crop must be auto, full or X,Y,W,H in pixels, got {text!r}") from None
    return x, y, w, h


def find_subject(
    source: bytes | Path,
    name: str,
    crop: Crop = "auto",
    detector: Callable[[], PersonDetector] = PersonDetector,
    progress: Progress | None = None,
) -> Subject:
    """Decode a video and cut out its person; in a scene of several, the one seen longest.

    Where ``auto`` finds nobody the whole frame is used, which is a doubt.

    Args: detector: makes the detector, and only when ``auto`` needs it.
    Raises: VideoError when the video cannot be used; ValueError for a box outside the frame.
    """
    video = decode(source, name, progress=progress)
    if crop != "auto":
        return cut_out(video, crop)
    scene = find_people(video, detector(), progress)
    if scene.kind == "nobody":
        return stood_in(cut_out(video, "full"))
    return person_of(scene)


def stood_in(whole: Subject) -> Subject:
    """The whole frame of a video in which nobody was found, in a person's place."""
    return replace(whole, doubts=(*whole.doubts, f"nobody was found in {whole.name}; the whole frame was used"))


def cut_out(video: Video, crop: Crop) -> Subject:
    """What a crop other than ``auto`` shows of a decoded video. Raises: ValueError for a box outside the frame."""
    if isinstance(crop, str):
        return _subject(video.name, whole_frame(video), crop, video.warnings)
    return _subject(video.name, boxed(video, crop), ",".join(f"{side:g}" for side in crop), video.warnings)


def person_of(scene: Scene, place: int = 0) -> Subject:
    """One of a scene's people, who are in the order of ``Scene``. Args: place: from 0."""
    first = "full" if scene.kind == "person" else "auto"
    tracklet = scene.tracklets[place]
    others = tuple(other for other in scene.tracklets if len(np.intersect1d(other.times_s, tracklet.times_s)))
    others = tuple(other for other in others if other is not tracklet)
    subject = _subject(scene.name, tracklet, f"person {place + 1}" if place else first, scene.warnings)
    return replace(subject, others=others)


def _subject(name: str, whole: Tracklet, crop: str, warnings: tuple[str, ...]) -> Subject:
    """Without frames that show little, and with a warning when it is shorter than the networks were trained on."""
    tracklet = without_flaws(whole)
    if len(tracklet) < FEW_FRAMES:
        few = f"{name} shows the person in {len(tracklet)} frames only; verdicts on fewer than {FEW_FRAMES} are weak"
        warnings = (*warnings, few)
    unused = None if len(whole) == len(tracklet) else whole
    unsure = doubts(name, tracklet.frames, tracklet.boxes * tracklet.detail)
    return Subject(name, tracklet, crop, warnings, unused=unused, doubts=unsure)

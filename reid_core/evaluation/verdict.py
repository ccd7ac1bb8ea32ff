"""Two videos in, a verdict out."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from reid_core.data import Measured, measure
from reid_core.evaluation.embedding import chosen_frames, embed
from reid_core.evaluation.verification import CERTAIN, Calibration, Verdict
from reid_core.model import Checkpoint
from reid_core.progress import Progress
from reid_core.video import Box, PersonDetector, Tracklet, boxed, decode, find_people, whole_frame

Crop: TypeAlias = str | Box
FEW_FRAMES = 16


@dataclass(frozen=True)
class Subject:
    """The person of one video: a tracklet, its measured frames, how it was cropped, and what is worth a warning."""

    name: str
    tracklet: Tracklet
    measured: Measured
    crop: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A verdict with all that it rests on; frames and crop are of the two videos, calibration names its pairs."""

    verdict: Verdict
    distance: float
    threshold: float
    probability_same: float
    checkpoint: str
    frames: tuple[int, int]
    crop: tuple[str, str]
    warnings: tuple[str, ...]
    calibration: str = ""


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

    Where ``auto`` finds nobody the whole frame is used, with a warning that says so.

    Args: detector: makes the detector, and only when ``auto`` needs it.
    Raises: VideoError when the video cannot be used; ValueError for a box outside the frame.
    """
    video = decode(source, name, progress=progress)
    if crop == "full":
        return subject_of(name, whole_frame(video), "full", video.warnings)
    if not isinstance(crop, str):
        return subject_of(name, boxed(video, crop), ",".join(f"{side:g}" for side in crop), video.warnings)
    scene = find_people(video, detector(), progress)
    if scene.kind == "nobody":
        warning = f"nobody was found in {name}; the whole frame was used"
        return subject_of(name, whole_frame(video), "full", (*video.warnings, warning))
    return subject_of(name, scene.tracklets[0], "full" if scene.kind == "person" else "auto", video.warnings)


def subject_of(name: str, tracklet: Tracklet, crop: str, warnings: tuple[str, ...] = ()) -> Subject:
    """Measure a tracklet, and warn when it is shorter than the clips that the networks were trained on."""
    if len(tracklet) < FEW_FRAMES:
        few = f"{name} shows the person in {len(tracklet)} frames only; verdicts on fewer than {FEW_FRAMES} are weak"
        warnings = (*warnings, few)
    return Subject(name, tracklet, measure(tracklet.frames), crop, warnings)


def compare(a: Subject, b: Subject, checkpoint: Checkpoint) -> Comparison:
    """Are the persons of two videos the same one? The distance of their embeddings against the calibrated threshold.

    Raises: ValueError when the checkpoint carries no calibration.
    """
    network = checkpoint.network
    distance = float(network.head.distance(embed(network, a.measured), embed(network, b.measured)))
    return comparison(distance, a, b, (_frame_count(a), _frame_count(b)), checkpoint)


def comparison(distance: float, a: Subject, b: Subject, frames: tuple[int, int], checkpoint: Checkpoint) -> Comparison:
    """The verdict on a distance. Args: frames: of a and b that were embedded. Raises: as ``compare`` does."""
    calibration = calibration_of(checkpoint)
    return Comparison(
        verdict=calibration.verdict(distance),
        distance=distance,
        threshold=calibration.threshold,
        probability_same=calibration.probability_same(distance),
        checkpoint=checkpoint.name,
        frames=frames,
        crop=(a.crop, b.crop),
        warnings=(*a.warnings, *b.warnings),
        calibration=calibration.source,
    )


def compare_all(a: Subject, b: Subject, checkpoints: Iterable[Checkpoint]) -> tuple[Comparison, ...]:
    """The verdict of every checkpoint on the same two persons, in the order given; raises as ``compare`` does."""
    return tuple(compare(a, b, checkpoint) for checkpoint in checkpoints)


def uncertain_range(calibration: Calibration) -> tuple[float, float]:
    """Nearest and farthest distance that is too close to call.

    threshold -+ spread log(CERTAIN / (1 - CERTAIN)),  the inverse of ``Calibration.probability_same``
    """
    reach = calibration.spread * math.log(CERTAIN / (1 - CERTAIN))
    return calibration.threshold - reach, calibration.threshold + reach


def calibration_of(checkpoint: Checkpoint) -> Calibration:
    """The calibration that a checkpoint carries. Raises: ValueError when it has none."""
    if checkpoint.calibration is None:
        raise ValueError(f"checkpoint {checkpoint.name} must carry a calibration to give verdicts, it has none")
    return Calibration.from_dict(checkpoint.calibration)


def _frame_count(subject: Subject) -> int:
    return len(chosen_frames(len(subject.tracklet), "spread"))

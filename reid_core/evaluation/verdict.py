"""Two videos in, a verdict out."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from reid_core.data import measure
from reid_core.evaluation.embedding import chosen_frames, embed
from reid_core.model import CERTAIN, Calibration, Checkpoint, Verdict
from reid_core.video import Subject

ANSWERS: dict[Verdict, str] = {
    "same": "The same person",
    "different": "Different persons",
    "uncertain": "Too close to call",
}


@dataclass(frozen=True)
class Comparison:
    """A verdict with all that it rests on; frames and crop are of the two videos, calibration names its pairs.

    It prints as its answer and the reason.
    """

    verdict: Verdict
    distance: float
    threshold: float
    probability_same: float
    checkpoint: str
    frames: tuple[int, int]
    crop: tuple[str, str]
    warnings: tuple[str, ...]
    calibration: str = ""

    @property
    def answer(self) -> str:
        """The verdict in words."""
        return ANSWERS[self.verdict]

    @property
    def reason(self) -> str:
        """What the verdict rests on, as a sentence."""
        side = "below" if self.distance < self.threshold else "above"
        near = " but too near to it to tell" if self.verdict == "uncertain" else ""
        return (
            f"The distance is {self.distance:.3f}, {side} the threshold of {self.threshold:.3f}{near}; of 100 such "
            f"pairs about {100 * self.probability_same:.0f} are one person, if half of all pairs are."
        )

    def __str__(self) -> str:
        return f"{self.answer}. {self.reason}"


def compare(a: Subject, b: Subject, checkpoint: Checkpoint) -> Comparison:
    """Are the persons of two videos the same one? The distance of their embeddings against the calibrated threshold.

    Raises: ValueError when the checkpoint carries no calibration.
    """
    return compare_all(a, b, (checkpoint,))[0]


def compare_all(a: Subject, b: Subject, checkpoints: Iterable[Checkpoint]) -> tuple[Comparison, ...]:
    """The verdict of every checkpoint on the same two persons, in the order given; raises as ``compare`` does."""
    measured = cache(lambda seen: [measure(subject.tracklet.frames, seen) for subject in (a, b)])
    frames = (_frame_count(a), _frame_count(b))
    results = []
    for checkpoint in checkpoints:
        network = checkpoint.network
        first, second = measured(network.config.input)
        distance = float(network.head.distance(embed(network, first), embed(network, second)))
        results.append(comparison(distance, a, b, frames, checkpoint))
    return tuple(results)


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
    return checkpoint.calibration


def _frame_count(subject: Subject) -> int:
    return len(chosen_frames(len(subject.tracklet), "spread"))

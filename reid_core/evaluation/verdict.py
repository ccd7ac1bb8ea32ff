"""Two videos in, a verdict out."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeAlias

from reid_core.evaluation.cohort import FEWEST, held_pairs
from reid_core.evaluation.embedding import chosen_frames
from reid_core.evaluation.known_people import KnownPeople
from reid_core.evaluation.others import Others, embed_others, seen_with
from reid_core.model import DEFAULT_ALLOWED, Calibration, Checkpoint, HeadOutput, Verdict
from reid_core.video import Subject

ANSWERS: dict[Verdict, str] = {
    "same": "The same person",
    "different": "Different persons",
    "uncertain": "Too close to call",
}
EVEN = 0.5  # chance of one person where nothing is known and half of all pairs are


@dataclass(frozen=True)
class Cohort:
    """The other people that a distance was held against.

    source: who they are. people: how many whom the camera of the first video saw, and of the second. mean, deviation:
    of distances between other people that look like these two, as far as the cohort tells.
    """

    source: str
    people: tuple[int, int]
    mean: float
    deviation: float


Held: TypeAlias = tuple[Calibration, Cohort | None]


@dataclass(frozen=True)
class Comparison:
    """A verdict with all that it rests on; frames, crop and doubts are of the two videos, calibration names its pairs.

    It prints as its answer and the reason.

    threshold: up to which distance it is the same person. false_alarms: share of pairs of two persons that come this
    close. misses: share of pairs of one person that are this far apart. allowed: how large either may be for an answer.
    cohort: None for the bare distance. doubts: why the footage is unlike all that the calibration rests on, a sentence
    each; with any no answer is certain and the chance is even. scale: what all this was read from.
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
    false_alarms: float = 0.0
    misses: float = 0.0
    allowed: float = DEFAULT_ALLOWED
    cohort: Cohort | None = None
    doubts: tuple[str, ...] = ()
    scale: Calibration | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.doubts:
            object.__setattr__(self, "verdict", "uncertain")
            object.__setattr__(self, "probability_same", EVEN)

    @property
    def answer(self) -> str:
        """The verdict in words."""
        return ANSWERS[self.verdict]

    @property
    def reason(self) -> str:
        """What the verdict rests on, as a sentence."""
        close = f"of 100 pairs of different people {_of_100(self.false_alarms)} would come this close"
        apart = f"of 100 of the same person {_of_100(self.misses)} would be this far apart"
        told = {"same": close, "different": apart, "uncertain": f"{close}, and {apart}"}[self.verdict]
        doubted = f"Nothing is known of such footage: {'; '.join(self.doubts)}. " if self.doubts else ""
        elsewhere = "of other footage, " if self.doubts else ""
        return doubted + (
            f"The distance is {self.distance:.3f}, the threshold {self.threshold:.3f}: {elsewhere}{told}. Of 100 such "
            f"pairs about {100 * self.probability_same:.0f} are one person, if half of all pairs are."
        )

    @property
    def held_against(self) -> str:
        """Which cohort, as a sentence."""
        if self.cohort is None:
            return "Not held against other people, since the calibration is of bare distances."
        a, b = self.cohort.people
        told = f"Held against {a if a == b else f'{a} and {b}'} other people: {self.cohort.source}."
        if self.scale is None or self.scale.wider == 1:
            return told
        return f"{told} Errors with these were found up to {self.scale.wider:g} times as frequent, and count as often."

    @property
    def z(self) -> float | None:
        """The distance in deviations from the mean of those to the cohort; None without one."""
        return None if self.cohort is None else (self.distance - self.cohort.mean) / self.cohort.deviation

    def allowing(self, allowed: float) -> "Comparison":
        """The same at another operating point. Args: allowed: as in ``Calibration.uncertain_range``."""
        if self.scale is None:
            raise ValueError("a comparison must know its scale to be read at another operating point, it has none")
        verdict = self.scale.verdict(self.distance, allowed)
        return replace(self, verdict=verdict, threshold=_threshold(self.scale, allowed), allowed=allowed)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with z and without the scale."""
        values = asdict(replace(self, scale=None)) | {"z": self.z}
        return {name: value for name, value in values.items() if name != "scale"}

    def __str__(self) -> str:
        return f"{self.answer}. {self.reason}"


def compare(
    a: Subject,
    b: Subject,
    checkpoint: Checkpoint,
    others: Others | None = None,
    allowed: float = DEFAULT_ALLOWED,
) -> Comparison:
    """Are the persons of two videos the same one? The distance of their embeddings, held against those to others.

    Args: others: people whom the same cameras saw; by default those seen together with either person. allowed: as in
        ``Calibration.uncertain_range``.
    Raises: ValueError when the checkpoint carries no calibration.
    """
    return compare_all(a, b, (checkpoint,), others, allowed)[0]


def compare_all(
    a: Subject,
    b: Subject,
    checkpoints: Iterable[Checkpoint],
    others: Others | None = None,
    allowed: float = DEFAULT_ALLOWED,
    known: KnownPeople | None = None,
) -> tuple[Comparison, ...]:
    """The verdict of every checkpoint on the same two persons, in the order given; raises as ``compare`` does.

    Args: known: people who were looked at before; whoever is new is added.
    """
    known, others = known or KnownPeople(), others or seen_with(a, b)
    frames = (_frame_count(a), _frame_count(b))
    results = []
    for checkpoint in checkpoints:
        first, second = (known.output(checkpoint.network, one) for one in (a, b))
        distance = float(checkpoint.network.head.distance(first, second))
        held = held_against(first, second, checkpoint, others, known)
        results.append(comparison(distance, a, b, frames, checkpoint, held).allowing(allowed))
    return tuple(results)


def held_against(
    a: HeadOutput, b: HeadOutput, checkpoint: Checkpoint, others: Others, seen: KnownPeople | None = None
) -> Held:
    """What is known of distances between two clips, and which cohort it rests on.

    The cohort is the others, where both cameras saw enough and it is known what that is worth; else the one that the
    checkpoint brings along; else none, and bare distances are what is known of.

    Args: seen: where what networks make of the others is found and kept.
    Raises: ValueError when the checkpoint carries no calibration.
    """
    bare, head, shipped = calibration_of(checkpoint), checkpoint.network.head, checkpoint.cohort
    if known := bare.of_cohort("cameras", min(others.people)):
        first, second = (embed_others(checkpoint.network, side, seen) for side in (others.first, others.second))
        source, people = others.source, others.people
    elif shipped is not None and (known := bare.of_cohort("foreign", len(shipped))):
        first = second = shipped.output
        source, people = shipped.source + _too_few(others), (len(shipped), len(shipped))
    else:
        return bare, None
    held = held_pairs(head, a, b, (first, second), known.deviation, known.by_camera)
    cohort = Cohort(source, people, float(held.mean[0, 0]), float(held.deviation[0, 0]))
    return known.scale.in_distances(cohort.mean, cohort.deviation), cohort


def comparison(
    distance: float, a: Subject, b: Subject, frames: tuple[int, int], checkpoint: Checkpoint, held: Held | None = None
) -> Comparison:
    """The verdict on a distance.

    Args: frames: of a and b that were embedded. held: as ``held_against`` returns it; by default the bare distance.
    Raises: as ``compare`` does.
    """
    scale, cohort = held or (calibration_of(checkpoint), None)
    return Comparison(
        verdict=scale.verdict(distance),
        distance=distance,
        threshold=_threshold(scale),
        probability_same=scale.probability_same(distance),
        checkpoint=checkpoint.name,
        frames=frames,
        crop=(a.crop, b.crop),
        warnings=(*a.warnings, *b.warnings),
        doubts=(*a.doubts, *b.doubts),
        calibration=scale.source,
        false_alarms=scale.false_alarms(distance),
        misses=scale.misses(distance),
        cohort=cohort,
        scale=scale,
    )


def calibration_of(checkpoint: Checkpoint) -> Calibration:
    """The calibration that a checkpoint carries. Raises: ValueError when it has none."""
    if checkpoint.calibration is None:
        raise ValueError(f"checkpoint {checkpoint.name} must carry a calibration to give verdicts, it has none")
    return checkpoint.calibration


def _threshold(scale: Calibration, allowed: float = DEFAULT_ALLOWED) -> float:
    """Up to which distance it is the same person; none is below 0."""
    return max(0.0, scale.uncertain_range(allowed)[0])


def _frame_count(subject: Subject) -> int:
    return len(chosen_frames(len(subject.tracklet), "spread"))


def _too_few(others: Others) -> str:
    """Why it is not the others, where it is for their number."""
    if min(others.people) >= FEWEST:
        return ""
    a, b = others.people
    return f", since {others.source} show {a} and {b} others and it takes {FEWEST} each"


def _of_100(share: float) -> str:
    return f"about {100 * share:.0f}" if share >= 0.01 else "fewer than one"

"""The command that calibrates a checkpoint on one's own videos, in labelled pairs or without labels."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tyro.conf import Positional

from reid_core.commands.progress import Bars
from reid_core.commands.subject import CheckpointName, CohortFolder, CropText, others_in
from reid_core.data import measure
from reid_core.evaluation import (
    FEW_TOLD,
    FEWEST_PAIRS,
    LabelledPair,
    OwnCalibration,
    against_cohort,
    calibrate_own,
    calibrate_unlabelled,
    embed,
    people_of,
    read_pairs,
    videos_in,
    with_own_cohort,
)
from reid_core.files import check_file, written
from reid_core.model import Checkpoint, HeadOutput, load_checkpoint
from reid_core.search import Index, decided_pairs, open_index
from reid_core.video import Crop, PersonDetector, Tracklet, find_subject, parse_crop

Distances = NDArray[np.float64]
ONE_CAMERA = (
    "all these pairs are of one camera each: a person whom two cameras saw is farther from himself, so between cameras "
    "hold on to the shipped calibration with --cohort"
)


@dataclass(frozen=True)
class Calibrate:
    """Find the threshold between same and different on your own pairs of videos; compare and the app can use it.

    The table has a pair a line, paths relative to it, and begins with the line video_a,video_b,same. The last value is
    same or different (or 1 or 0, yes or no, true or false). Four pairs are the least; twenty of each kind are a start.

    Without labels, on a folder of videos: pieces of one track are pairs of one person, people seen at one moment pairs
    of two. On an index: the pairs that follow from what was decided on its tracklets.

    For example:
      reid calibrate my-pairs.csv
      reid calibrate my-pairs.csv --cohort people-of-these-cameras
      reid calibrate --videos monday
      reid calibrate --index monday-index
      reid compare a.mp4 b.mp4 --calibration my-pairs.calibration.json
    """

    pairs: Positional[Path | None] = None
    """Table of pairs, a .csv file."""
    videos: Path | None = None
    """Folder of videos of several people each, instead of a table."""
    index: str | None = None
    """Folder of an index whose tracklets were said to be one person or two, instead of a table."""
    out: Path | None = None
    """File to write; by default beside the table, named as it is and ending in .calibration.json."""
    name: str | None = None
    """What verdicts call these pairs; by default the table's file name."""
    checkpoint: CheckpointName = "utrcnn"
    crop: CropText = "auto"
    cohort: CohortFolder = None

    def run(self) -> None:
        """Embed every video once, calibrate, write the file."""
        given = [source for source in (self.pairs, self.videos, self.index and Path(self.index)) if source]
        if len(given) != 1:
            raise ValueError("calibrate needs a table of pairs, --videos or --index, one of the three")
        if not self.pairs and self.cohort:
            raise ValueError("cohort goes with a table of pairs, not with --videos or --index")
        (source,) = given
        out = self.out or source.with_name(f"{source.stem if self.pairs else source.name}.calibration.json")
        check_file(out)
        own = self._own(source)
        with written(out) as place:
            place.write_text(own.to_json())
        print(_told(own, out))
        if self.videos:
            print(ONE_CAMERA)

    def _own(self, source: Path) -> OwnCalibration:
        if self.index:
            return self._decided(open_index(self.index))
        return self._labelled(source) if self.pairs else self._unlabelled(source)

    def _decided(self, index: Index) -> OwnCalibration:
        """Distances of pairs of an index's tracklets of which it was decided whether they are one person."""
        checkpoint, pairs = load_checkpoint(self.checkpoint), decided_pairs(index)
        index.check(checkpoint)
        same = np.array([one for _, _, one in pairs], bool)
        if len(pairs) < FEWEST_PAIRS or same.all() or not same.any():
            raise ValueError(
                f"index {index.place} must have {FEWEST_PAIRS} decided pairs or more, some of one person and some of "
                f"two, got {same.sum()} of one and {(~same).sum()} of two"
            )
        a, b = (index.embeddings([pair[side] for pair in pairs]) for side in (0, 1))
        distances = np.linalg.norm(a - b, axis=1).astype(np.float64)
        return calibrate_own(distances, same, checkpoint, self.name or Path(index.place).name, "auto")

    def _labelled(self, table: Path) -> OwnCalibration:
        crop, pairs = parse_crop(self.crop), read_pairs(table)
        checkpoint = load_checkpoint(self.checkpoint)
        others = None if self.cohort is None else others_in(self.cohort)
        outputs = _outputs(pairs, checkpoint, crop)
        two = [(outputs[pair.a.resolve()], outputs[pair.b.resolve()]) for pair in pairs]
        same = np.array([pair.same for pair in pairs])
        own = calibrate_own(_distances(checkpoint, two), same, checkpoint, self.name or table.name, self.crop)
        if others is None:
            return own
        return with_own_cohort(own, against_cohort(checkpoint, two, others), same)

    def _unlabelled(self, folder: Path) -> OwnCalibration:
        """Distances of pairs whose kind follows from when they were seen."""
        checkpoint, detector = load_checkpoint(self.checkpoint), functools.cache(PersonDetector)
        people = [_people(video, detector) for video in videos_in(folder)]
        with Bars(folder.name) as bars:
            return calibrate_unlabelled(checkpoint, people, self.name or folder.name, bars)


def _people(video: Path, detector: Callable[[], PersonDetector]) -> list[Tracklet]:
    with Bars(video.name) as bars:
        return people_of([video], detector, bars)


def _distances(checkpoint: Checkpoint, pairs: Iterable[tuple[HeadOutput, HeadOutput]]) -> Distances:
    return np.array([float(checkpoint.network.head.distance(a, b)) for a, b in pairs])


def _outputs(pairs: tuple[LabelledPair, ...], checkpoint: Checkpoint, crop: Crop) -> dict[Path, HeadOutput]:
    """What the network makes of each video, however many lines it stands in; the detector is made when needed."""
    detector = functools.cache(PersonDetector)
    first: dict[Path, tuple[int, Path]] = {}
    for pair in pairs:
        for video in (pair.a, pair.b):
            first.setdefault(video.resolve(), (pair.line, video))
    outputs: dict[Path, HeadOutput] = {}
    for number, (key, (line, video)) in enumerate(first.items(), 1):
        try:
            with Bars(f"video {number} of {len(first)}, {video.name}:") as bars:
                subject = find_subject(video, video.name, crop, detector, bars)
        except ValueError as error:
            raise ValueError(f"line {line}: {error}") from error
        for warning in subject.told:
            print(f"warning: line {line}: {warning}")
        outputs[key] = embed(checkpoint.network, measure(subject.tracklet.frames, checkpoint.network.config.input))
    return outputs


def _told(own: OwnCalibration, out: Path) -> str:
    """What was found, in words."""
    return "\n".join(
        [
            f"calibrated {own.checkpoint} on {own.calibration.source}: {own.same} of one person, "
            f"{own.different} of two, crop {own.crop}",
            own.cohort or "not held against other people",
            f"threshold {own.calibration.threshold:.3f}; on these same pairs {own.far:.1%} of two persons are taken "
            f"for one, {own.frr:.1%} of one person for two",
            *([FEW_TOLD] if own.calibration.few else []),
            f"written to {out}",
        ]
    )

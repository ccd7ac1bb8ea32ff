"""The command that calibrates a checkpoint on one's own pairs of videos."""

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tyro.conf import Positional

from reid_core.commands.progress import Bars
from reid_core.commands.subject import CheckpointName, CropText
from reid_core.data import measure
from reid_core.evaluation import LabelledPair, OwnCalibration, calibrate_own, embed, read_pairs
from reid_core.files import check_file, written
from reid_core.model import Checkpoint, HeadOutput, load_checkpoint
from reid_core.video import Crop, PersonDetector, find_subject, parse_crop


@dataclass(frozen=True)
class Calibrate:
    """Find the threshold between same and different on your own pairs of videos; compare and the app can use it.

    The table has a pair a line, paths relative to it, and begins with the line video_a,video_b,same. The last value is
    same or different (or 1 or 0, yes or no, true or false). Four pairs are the least; twenty of each kind are a start.

    For example:
      reid calibrate my-pairs.csv
      reid compare a.mp4 b.mp4 --calibration my-pairs.calibration.json
    """

    pairs: Positional[Path]
    """Table of pairs, a .csv file."""
    out: Path | None = None
    """File to write; by default beside the table, named as it is and ending in .calibration.json."""
    name: str | None = None
    """What verdicts call these pairs; by default the table's file name."""
    checkpoint: CheckpointName = "utrcnn"
    crop: CropText = "auto"

    def run(self) -> None:
        """Embed every video once, calibrate, write the file."""
        out = self.out or self.pairs.with_suffix(".calibration.json")
        check_file(out)
        crop, pairs = parse_crop(self.crop), read_pairs(self.pairs)
        checkpoint = load_checkpoint(self.checkpoint)
        distances = _distances(pairs, checkpoint, crop)
        same = np.array([pair.same for pair in pairs])
        own = calibrate_own(distances, same, checkpoint, self.name or self.pairs.name, self.crop)
        with written(out) as place:
            place.write_text(own.to_json())
        print(_told(own, out))


def _distances(pairs: tuple[LabelledPair, ...], checkpoint: Checkpoint, crop: Crop) -> NDArray[np.float64]:
    outputs = _outputs(pairs, checkpoint, crop)
    head = checkpoint.network.head
    return np.array([float(head.distance(outputs[p.a.resolve()], outputs[p.b.resolve()])) for p in pairs])


def _outputs(pairs: tuple[LabelledPair, ...], checkpoint: Checkpoint, crop: Crop) -> dict[Path, HeadOutput]:
    """What the network makes of each video, however many lines it stands in; the detector is made when needed."""
    detector = functools.cache(PersonDetector)
    first: dict[Path, tuple[int, Path]] = {}
    for pair in pairs:
        for video in (pair.a, pair.b):
            first.setdefault(video.resolve(), (pair.line, video))
    outputs: dict[Path, HeadOutput] = {}
    for number, (key, (line, video)) in enumerate(first.items(), 1):
        bars = Bars(f"video {number} of {len(first)}, {video.name}:")
        try:
            subject = find_subject(video, video.name, crop, detector, bars)
        except ValueError as error:
            raise ValueError(f"line {line}: {error}") from error
        finally:
            bars.close()
        for warning in subject.warnings:
            print(f"warning: line {line}: {warning}")
        outputs[key] = embed(checkpoint.network, measure(subject.tracklet.frames, checkpoint.network.config.input))
    return outputs


def _told(own: OwnCalibration, out: Path) -> str:
    """What was found, in words."""
    return "\n".join(
        [
            f"calibrated {own.checkpoint} on {own.calibration.source}: {own.same} of one person, "
            f"{own.different} of two, crop {own.crop}",
            f"threshold {own.calibration.threshold:.3f}; on these same pairs {own.far:.1%} of two persons are taken "
            f"for one, {own.frr:.1%} of one person for two",
            f"written to {out}",
        ]
    )

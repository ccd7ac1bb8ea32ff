"""Commands on videos: compare two, embed many."""

import functools
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tyro.conf import Positional

from reid_core.commands.progress import Bars
from reid_core.commands.subject import CheckpointName, CohortFolder, CropText, others_in
from reid_core.data import measure
from reid_core.evaluation import Comparison, compare, embed, read_calibration, with_calibration
from reid_core.files import check_file, written
from reid_core.model import DEFAULT_ALLOWED, load_checkpoint
from reid_core.video import PersonDetector, Subject, find_subject, parse_crop


@dataclass(frozen=True)
class Compare:
    """Are two videos of the same person?

    For example:
      reid compare a.mp4 b.mp4
      reid compare a.mp4 b.zip --checkpoint bptt --crop full --json
      reid compare a.mp4 b.mp4 --calibration my-pairs.calibration.json
      reid compare a.mp4 b.mp4 --cohort people-of-these-cameras --allowed 0.01
    """

    a: Positional[Path]
    """First video: mp4, mov, mkv, webm, avi, ts, animated gif, or a zip of numbered images."""
    b: Positional[Path]
    """Second video."""
    checkpoint: CheckpointName = "utrcnn"
    crop: CropText = "auto"
    calibration: Path | None = None
    """File that calibrate wrote with this checkpoint; by default the calibration that the checkpoint carries."""
    cohort: CohortFolder = None
    allowed: float = DEFAULT_ALLOWED
    """Of pairs of either kind, the share that may get the wrong answer; the rest is too close to call."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> None:
        """Print the verdict and what it rests on."""
        started = time.perf_counter()
        checkpoint = load_checkpoint(self.checkpoint)
        if self.calibration is not None:
            own = read_calibration(self.calibration, self.calibration.name)
            checkpoint = with_calibration(checkpoint, own)
        others = None if self.cohort is None else others_in(self.cohort)
        a, b = _subjects((self.a, self.b), self.crop)
        result = compare(a, b, checkpoint, others, self.allowed)
        seconds = round(time.perf_counter() - started, 3)
        if self.json:
            print(json.dumps(result.to_dict() | {"seconds": seconds}))
        else:
            print(_told(result, seconds))


@dataclass(frozen=True)
class Embed:
    """Write the embeddings of videos to a file: arrays names (N,) and embeddings (N, n) float32, in the order given.

    For example:
      reid embed clips/*.avi --out clips.npz --crop full
    """

    videos: Positional[tuple[Path, ...]]
    """Videos, one person each; in a scene of several the one seen longest."""
    out: Path
    """The .npz file to write."""
    checkpoint: CheckpointName = "utrcnn"
    crop: CropText = "auto"

    def run(self) -> None:
        """Write the file when every video could be used, and nothing otherwise."""
        if not self.videos:
            raise ValueError("videos must name at least one file, got none")
        if self.out.suffix != ".npz":
            raise ValueError(f"out must end in .npz, got {self.out}")
        check_file(self.out)
        network = load_checkpoint(self.checkpoint).network
        subjects = _subjects(self.videos, self.crop)
        measured = [measure(subject.tracklet.frames, network.config.input) for subject in subjects]
        embeddings = [embed(network, frames).embedding[0] for frames in measured]
        names = [str(video) for video in self.videos]
        with written(self.out) as place, place.open("wb") as file:
            np.savez(file, names=np.array(names), embeddings=np.stack(embeddings).astype(np.float32))
        print(f"{len(names)} embeddings of {len(embeddings[0])} numbers in {self.out}")


def _subjects(videos: tuple[Path, ...], crop: str) -> list[Subject]:
    """The persons of the videos; one detector serves all, made when the first scene needs it."""
    detector = functools.cache(PersonDetector)
    subjects = []
    for video in videos:
        with Bars(video.name) as bars:
            subjects.append(find_subject(video, video.name, parse_crop(crop), detector, bars))
    return subjects


def _told(result: Comparison, seconds: float) -> str:
    """The verdict in words."""
    lines = [
        str(result),
        result.held_against,
        f"calibrated on {result.calibration}",
        f"checkpoint {result.checkpoint}, {result.frames[0]} and {result.frames[1]} frames, "
        f"crop {result.crop[0]} and {result.crop[1]}, {seconds:.1f} s",
    ]
    return "\n".join(lines + [f"warning: {warning}" for warning in result.warnings])

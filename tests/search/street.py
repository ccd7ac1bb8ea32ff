"""Footage of people who are boxes of one colour each, a detector of nothing else, a network that tells colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import cv2
import numpy as np

from reid_core.data import InputConfig
from reid_core.model import Calibration, Checkpoint, load_checkpoint, save_checkpoint
from reid_core.search import Index, Source, build, create, is_index, open_index
from reid_core.video import Detections, sightings
from tests.fixtures_video import film
from tests.tiny import tiny_network

CALIBRATION = Calibration(0.06, 0.01, 0.1, "nobody", (0.0, 0.03, 0.06, 0.09, 0.12), (60, 30, 10, 0), (0, 10, 30, 60))
HEIGHT, WIDTH = 120, 200
RATE = 5
SHORT_S = 4.0  # of a segment, for films that are short
NEAR = 59  # of a colour, in each of its parts
COLOURS = [(230, 30, 30), (30, 230, 30), (30, 30, 230), (230, 230, 30), (230, 30, 230), (30, 230, 230)]


@dataclass(frozen=True)
class Walk:
    """Somebody of a colour crosses the picture from one time to another, in frames.

    Args: since: the first frame that shows him; before, somebody else may be in his place.
    """

    colour: int
    start: int
    end: int
    top: int = 30
    since: int = 0


def street(path: Path, walks: Sequence[Walk], count: int) -> Path:
    """Write a video without loss, ``RATE`` frames a second."""
    frames = np.full((count, HEIGHT, WIDTH, 3), 90, np.uint8)
    for walk in walks:
        for frame in range(max(walk.start, walk.since), walk.end):
            left = 5 + 3 * (frame - walk.start)
            frames[frame, walk.top : walk.top + 60, left : left + 24] = COLOURS[walk.colour]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(film(frames, "mkv", "ffv1", RATE))
    return path


SWAPPED = (Walk(0, 0, 56), Walk(1, 0, 56, since=28))
"""Somebody who becomes somebody else after 5.6 s of 11.2."""


class Seer:
    """Finds the boxes of each colour."""

    def __call__(self, frame: np.ndarray) -> Detections:
        found = []
        for colour in COLOURS:
            near = cv2.inRange(frame, np.array(colour) - NEAR, np.array(colour) + NEAR)
            left, top, width, height = cv2.boundingRect(near)
            if width * height > 200:
                found.append((left, top, left + width, top + height))
        boxes = np.array(found, np.float32).reshape(-1, 4)
        return Detections(boxes, np.full(len(boxes), 0.9, np.float32))

    def part(self, frame: np.ndarray, left: int, top: int, right: int, bottom: int) -> Detections:
        boxes = [
            box
            for box in self(frame).boxes
            if left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom
        ]
        return Detections(np.array(boxes, np.float32).reshape(-1, 4), np.full(len(boxes), 0.9, np.float32))


def checkpoint(seed: int = 0) -> Checkpoint:
    network = tiny_network("mean", seed, input_=InputConfig(16, 12, 14, 10, channels=("colour",)))
    return Checkpoint("tiny", network, {}, CALIBRATION)


def saved_checkpoint(path: Path, seed: int = 0) -> Path:
    made = checkpoint(seed)
    save_checkpoint(path, made.network, {}, CALIBRATION)
    return path


def indexed(place: Path, *videos: tuple[Path, str]) -> Index:
    """A new index of videos, each with its camera."""
    made = create(place, checkpoint(), "tiny")
    list(build(made, [Source(*video) for video in videos], checkpoint(), Seer()))
    return made


def index_aloud(place: Path, video: Path, weights: Path, told: Connection) -> None:
    """Begin an index or go on with it, as a process that may be killed, and tell the time of every look."""
    sightings.SEGMENT_S = SHORT_S
    known = load_checkpoint(weights)
    index = open_index(place) if is_index(place) else create(place, known, str(weights))
    for step in build(index, [Source(video, "gate")], known, Seer()):
        told.send(step.done_s)

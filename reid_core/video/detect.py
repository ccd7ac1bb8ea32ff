"""People in one frame: MediaPipe's SSD detector in onnxruntime, on the whole frame and, for small people, on tiles."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.shipped import checkpoint_folder

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else it tells its maker of every session

import onnxruntime

DETECTOR_PATH = checkpoint_folder() / "person_detector.onnx"
INPUT_SIZE = 300
PERSON_CLASS = 4
STRIDES = (16, 32, 64, 128, 256, 512)
LOW_SCORE = 0.25  # the tracker may continue a track with such a box, never begin one
OVERLAP = 0.3  # intersection over union from which two boxes are one person
SMALL = 0.3  # of the frame's height: below it the whole frame, shrunk to 300 pixels, misses people
TILE_SIDE = 0.75  # of the frame's shorter side
NEAR = 1080  # pixels: in a larger frame there are tiles of this side, too, for those who are small in the others
TILE_STEP = 0.7  # of a tile's side, at most: what one tile cuts another sees whole
SMALL_PENALTY = 0.1  # off the score of a box below that: bushes and poles look like small people


@dataclass(frozen=True, eq=False)
class Detections:
    """People found in one frame.

    Args: boxes: float32 (N, 4), left, top, right, bottom in pixels of the frame. scores: float32 (N,), from 0 to 1.
    Raises: ValueError: shapes do not agree.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.boxes.shape != (len(self.scores), 4):
            raise ValueError(f"boxes must have shape ({len(self.scores)}, 4), one row a score, got {self.boxes.shape}")

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def heights(self) -> NDArray[np.float32]:
        """Heights of the boxes in pixels, shape (N,)."""
        return self.boxes[:, 3] - self.boxes[:, 1]


@cache
def anchors() -> NDArray[np.float32]:
    """Boxes that the detector's outputs are relative to, in units of the image.

        s_i = 0.2 + 0.75 i / 5,   w = s sqrt(aspect),   h = s / sqrt(aspect),   at the centres of a layer's cells

    Returns: shape (1917, 4): centre y, centre x, height, width; layer by layer, row by row, shape by shape.
    Source: the model's own anchor options (MediaPipe SSD, six layers).
    """
    scales = [0.2 + 0.75 * i / 5 for i in range(6)] + [1.0]
    layers = []
    for i, stride in enumerate(STRIDES):
        shapes = [(scales[i], aspect) for aspect in (1.0, 2.0, 0.5, 3.0, 0.3333)]
        shapes.append((math.sqrt(scales[i] * scales[i + 1]), 1.0))
        if i == 0:
            shapes = [(0.1, 1.0), (0.2, 2.0), (0.2, 0.5)]
        sizes = [(s / math.sqrt(aspect), s * math.sqrt(aspect)) for s, aspect in shapes]
        cells = math.ceil(INPUT_SIZE / stride)
        centres = (np.indices((cells, cells)).reshape(2, -1).T + 0.5) / cells
        layers.append(np.hstack([np.repeat(centres, len(sizes), axis=0), np.tile(sizes, (cells * cells, 1))]))
    return np.concatenate(layers).astype(np.float32)


def decode_boxes(encodings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes from the detector's encodings against its anchors.

        cy = y / 10 ah + ay,   cx = x / 10 aw + ax,   h = ah exp(h / 5),   w = aw exp(w / 5)

    Args: encodings: shape (1917, 4): y, x, h, w.
    Returns: shape (1917, 4): left, top, right, bottom in units of the image.
    """
    reference = anchors()
    centres = encodings[:, :2] / 10 * reference[:, 2:] + reference[:, :2]
    halves = reference[:, 2:] * np.exp(encodings[:, 2:] / 5) / 2
    return np.hstack([(centres - halves)[:, ::-1], (centres + halves)[:, ::-1]])


def distinct(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> Detections:
    """One box for each person: greedy non-maximum suppression at an overlap of ``OVERLAP``, best score first."""
    sides = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    best_first = np.array(cv2.dnn.NMSBoxes(sides.tolist(), scores.tolist(), 0, OVERLAP), int)
    return Detections(boxes[best_first].astype(np.float32), scores[best_first].astype(np.float32))


def merged(parts: Sequence[Detections]) -> Detections:
    """One box for each person of overlapping parts of a frame."""
    return distinct(np.concatenate([p.boxes for p in parts]), np.concatenate([p.scores for p in parts]))


def tiles(height: int, width: int) -> list[tuple[int, int, int]]:
    """Overlapping squares that cover a frame, a large one once more with smaller ones: (left, top, side) in pixels."""
    side = round(TILE_SIDE * min(height, width))
    return [
        (left, top, side)
        for side in sorted({side, min(side, NEAR)})
        for top in _starts(height, side)
        for left in _starts(width, side)
    ]


def _starts(length: int, side: int) -> list[int]:
    count = 1 + math.ceil((length - side) / (TILE_STEP * side))
    return [round(start) for start in np.linspace(0, length - side, count)]


class PersonDetector:
    """Finds people in a frame; people who are small in it are looked for in tiles of the frame, too.

    Args: path: the ONNX file. threads: of the processor; None for at most two.
    """

    def __init__(self, path: Path = DETECTOR_PATH, threads: int | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or min(2, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # who waits leaves the cores alone
        self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def __call__(self, frame: NDArray[np.uint8]) -> Detections:
        """People of ``frame``, uint8 (H, W, 3) RGB.

        Scores are from ``LOW_SCORE``; those of small people, found in tiles, are ``SMALL_PENALTY`` lower.
        """
        height, width = frame.shape[:2]
        found = self.whole(frame)
        if len(found) and found.heights.min() >= SMALL * height:
            return found
        parts = [found] + [self.part(frame, x, y, x + side, y + side) for x, y, side in tiles(height, width)]
        together = merged(parts)
        small = together.heights < SMALL * height
        return Detections(together.boxes, together.scores - np.where(small, np.float32(SMALL_PENALTY), 0))

    def whole(self, frame: NDArray[np.uint8]) -> Detections:
        """People of ``frame`` by one look at the whole of it, in pixels of the frame."""
        height, width = frame.shape[:2]
        image = cv2.resize(frame, (INPUT_SIZE, INPUT_SIZE), interpolation=cv2.INTER_LINEAR)
        feed = image[None].astype(np.float32) / 127.5 - 1
        encodings, logits = self._session.run(
            ["raw_outputs/box_encodings", "raw_outputs/class_predictions"], {"normalized_input_image_tensor": feed}
        )
        scores = 1 / (1 + np.exp(-logits[0, :, PERSON_CLASS]))
        kept = scores >= LOW_SCORE
        boxes = decode_boxes(encodings[0])[kept].clip(0, 1) * np.array([width, height] * 2, np.float32)
        return distinct(boxes, scores[kept])

    def part(self, frame: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> Detections:
        """People of a part of a frame in pixels of the frame, without those that an inner edge of it may cut."""
        found = self.whole(frame[top:bottom, left:right])
        boxes = found.boxes + np.array([left, top] * 2, np.float32)
        edges = np.array([left, top, right, bottom])
        inner = edges != np.array([0, 0, frame.shape[1], frame.shape[0]])
        near = 0.01 * np.array([right - left, bottom - top] * 2)
        whole = ~((np.abs(boxes - edges) < near) & inner).any(axis=1)
        return Detections(boxes[whole], found.scores[whole])

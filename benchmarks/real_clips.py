"""Each checkpoint on real person clips, beside a colour histogram: ``python -m benchmarks.real_clips FOLDER``.

The clips are named ``PERSON_TRACK.avi``; one person's tracks are the same person. Whole clips are embedded by
``reid embed --crop full``. Others are cut from them: halves; 4 frames spread evenly over the clip; and 4
frames in a row, the hardest, since something in front may hide the person in all of them. Pieces of one clip make no
pair.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data import measure
from reid_core.evaluation import area_under_curve, calibration_of, embed
from reid_core.model import CHECKPOINT_FOLDER, ReIdNetwork, load_checkpoint
from reid_core.video import decode, whole_frame

FRAMES, EVERY = 4, 8
STRIPES = 4

Floats = NDArray[np.float32]
Frames = NDArray[np.uint8]


def halves(clip: Frames) -> list[Frames]:
    """The first half and the second."""
    return [clip[: len(clip) // 2], clip[len(clip) // 2 :]]


def spread(clip: Frames) -> list[Frames]:
    """4 frames a quarter of the clip apart, from every 8th frame of its first quarter on."""
    quarter = len(clip) // FRAMES
    return [clip[start::quarter][:FRAMES] for start in range(0, quarter, EVERY)]


def in_a_row(clip: Frames) -> list[Frames]:
    """4 frames in a row, from every 8th frame on."""
    return [clip[start : start + FRAMES] for start in range(0, len(clip) - FRAMES + 1, EVERY)]


CUTS = {"halves": halves, "4 spread": spread, "4 in a row": in_a_row}


def main(folder: Path) -> None:
    """Print a table: rank-1 of whole clips, then for each cut the AUC of all pairs and error rates at the threshold."""
    files = sorted(folder.glob("*.avi"))
    if len(files) < 3:
        sys.exit(f"error: {folder} must hold clips PERSON_TRACK.avi, it holds {len(files)}")
    people = [file.stem.split("_")[0] for file in files]
    clips = [whole_frame(decode(file)).frames for file in files]
    print(f"{len(files)} clips of {len(set(people))} persons; AUC, and FAR / FRR at the checkpoint's threshold")
    print(f"{'':14} {'rank-1':>6}" + "".join(f" {name:>26}" for name in ("whole", *CUTS)))
    rows: dict[str, tuple[Floats, Callable[[Frames], Floats], float | None]] = {
        "HSV histogram": (np.stack([histogram(clip) for clip in clips]), histogram, None)
    }
    for path in sorted(CHECKPOINT_FOLDER.glob("*.safetensors")):
        checkpoint = load_checkpoint(path)
        few = partial(_few, checkpoint.network)
        rows[path.stem] = _embedded(files, path), few, calibration_of(checkpoint).threshold
    for name, (whole, embedding, threshold) in rows.items():
        right, tried = rank_1(whole, people)
        line = f"{name:14} {f'{right}/{tried}':>6}" + _column(whole, people, range(len(people)), threshold)
        for cut in CUTS.values():
            pieces = [(number, piece) for number, clip in enumerate(clips) for piece in cut(clip)]
            line += _column(
                np.stack([embedding(piece) for _, piece in pieces]), people, [n for n, _ in pieces], threshold
            )
        print(line, flush=True)


def _few(network: ReIdNetwork, clip: Frames) -> Floats:
    """The embedding of a piece of a clip, (n,)."""
    found: Floats = embed(network, measure(clip, network.config.input)).embedding[0].numpy()
    return found


def _column(embeddings: Floats, people: Sequence[str], tracks: Sequence[int], threshold: float | None) -> str:
    """AUC, and error rates where there is a threshold. Args: tracks: of which clip each embedding is."""
    same, different = pairs(embeddings, [people[n] for n in tracks], [str(n) for n in tracks])
    rates = "" if threshold is None else f"{(different < threshold).mean():.3f} / {(same >= threshold).mean():.3f}"
    return f" {area_under_curve(same, different):10.3f} {rates:>15}"


def histogram(frames: NDArray[np.uint8]) -> Floats:
    """Mean over frames of the HSV histograms (8 x 4 x 4 bins) of four horizontal stripes, square root taken."""
    rows = []
    for frame in frames:
        stripes = np.array_split(cv2.cvtColor(frame, cv2.COLOR_RGB2HSV), STRIPES)
        rows.append([cv2.calcHist([s], [0, 1, 2], None, [8, 4, 4], [0, 180, 0, 256, 0, 256]).ravel() / s[..., 0].size
                     for s in stripes])  # fmt: skip
    return np.sqrt(np.mean(rows, axis=0)).ravel().astype(np.float32)


def _embedded(files: Sequence[Path], checkpoint: Path) -> Floats:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "clips.npz"
        command = [sys.executable, "-m", "reid_core", "embed", *map(str, files), "--out", str(out), "--crop", "full"]
        subprocess.run([*command, "--checkpoint", str(checkpoint)], check=True, capture_output=True)
        embeddings: Floats = np.load(out)["embeddings"]
    return embeddings


def pairs(embeddings: Floats, people: Sequence[str], tracks: Sequence[str]) -> tuple[Floats, Floats]:
    """Distances of all pairs from two different tracks: of one person, and of two."""
    distances = np.linalg.norm(embeddings[:, None] - embeddings[None], axis=2)
    same = np.array(people)[:, None] == np.array(people)[None]
    across = np.triu(np.array(tracks)[:, None] != np.array(tracks)[None])
    return distances[across & same], distances[across & ~same]


def rank_1(embeddings: Floats, people: Sequence[str]) -> tuple[int, int]:
    """Of the clips whose person has another one: how many have it nearest, and how many there are."""
    distances = np.linalg.norm(embeddings[:, None] - embeddings[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    probes = [n for n, person in enumerate(people) if people.count(person) > 1]
    return sum(people[int(distances[n].argmin())] == people[n] for n in probes), len(probes)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

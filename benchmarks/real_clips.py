"""Each checkpoint on real person clips, beside a colour histogram: ``python -m benchmarks.real_clips FOLDER``.

The clips are named ``PERSON_TRACK.avi``; one person's tracks are the same person. Whole clips are embedded by
``python -m reid_core embed --crop full``; 4-frame clips are cut from them, one starting every 8 frames.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data import measure
from reid_core.evaluation import area_under_curve, calibration_of, embed
from reid_core.model import CHECKPOINT_FOLDER, load_checkpoint
from reid_core.video import decode, whole_frame

FRAMES, EVERY = 4, 8
STRIPES = 4

Floats = NDArray[np.float32]


def main(folder: Path) -> None:
    """Print a table: AUC of all pairs of whole and of 4-frame clips, error rates at the threshold, rank-1."""
    files = sorted(folder.glob("*.avi"))
    if len(files) < 3:
        sys.exit(f"error: {folder} must hold clips PERSON_TRACK.avi, it holds {len(files)}")
    people = [file.stem.split("_")[0] for file in files]
    frames = [whole_frame(decode(file)).frames for file in files]
    pieces = [clip[start : start + FRAMES] for clip in frames for start in range(0, len(clip) - FRAMES + 1, EVERY)]
    tracks = [n for n, clip in enumerate(frames) for _ in range(0, len(clip) - FRAMES + 1, EVERY)]
    print(f"{len(files)} clips of {len(set(people))} persons; {len(pieces)} clips of {FRAMES} frames")
    print(f"{'':24} {'rank-1':>8} {'AUC whole':>10} {'FAR / FRR':>14} {'AUC 4 frames':>13} {'FAR / FRR':>14}")
    _print("HSV histogram", np.stack([histogram(clip) for clip in frames]), people, _each(histogram, pieces), tracks)
    for path in sorted(CHECKPOINT_FOLDER.glob("*.safetensors")):
        checkpoint = load_checkpoint(path)
        network, threshold = checkpoint.network, calibration_of(checkpoint).threshold
        short = _each(lambda clip, n=network: embed(n, measure(clip)).embedding[0].numpy(), pieces)
        _print(path.stem, _embedded(files, path), people, short, tracks, threshold)


def histogram(frames: NDArray[np.uint8]) -> Floats:
    """Mean over frames of the HSV histograms (8 x 4 x 4 bins) of four horizontal stripes, square root taken."""
    rows = []
    for frame in frames:
        stripes = np.array_split(cv2.cvtColor(frame, cv2.COLOR_RGB2HSV), STRIPES)
        rows.append([cv2.calcHist([s], [0, 1, 2], None, [8, 4, 4], [0, 180, 0, 256, 0, 256]).ravel() / s[..., 0].size
                     for s in stripes])  # fmt: skip
    return np.sqrt(np.mean(rows, axis=0)).ravel().astype(np.float32)


def _each(embedding: Callable[[NDArray[np.uint8]], Floats], clips: Sequence[NDArray[np.uint8]]) -> Floats:
    return np.stack([embedding(clip) for clip in clips])


def _embedded(files: Sequence[Path], checkpoint: Path) -> Floats:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "clips.npz"
        command = [sys.executable, "-m", "reid_core", "embed", *map(str, files), "--out", str(out), "--crop", "full"]
        subprocess.run([*command, "--checkpoint", str(checkpoint)], check=True, capture_output=True)
        embeddings: Floats = np.load(out)["embeddings"]
    return embeddings


def _print(
    name: str,
    whole: Floats,
    people: Sequence[str],
    short: Floats,
    tracks: Sequence[int],
    threshold: float | None = None,
) -> None:
    right, tried = rank_1(whole, people)
    numbers = [str(n) for n in range(len(people))]
    line = f"{name:24} {f'{right}/{tried}':>8}"
    for embeddings, chosen, width in ((whole, range(len(people)), 10), (short, tracks, 13)):
        same, different = pairs(embeddings, [people[n] for n in chosen], [numbers[n] for n in chosen])
        rates = "" if threshold is None else f"{(different < threshold).mean():.3f} / {(same >= threshold).mean():.3f}"
        line += f" {area_under_curve(same, different):{width}.3f} {rates:>14}"
    print(line)


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

"""People followed in a street video against labelled boxes: ``python -m benchmarks.scenes VIDEO BOXES.csv``.

The table has the columns frame (from 1), track, person, x, y, w, h. People are found as ``--crop auto`` does, over the
whole video. In each frame labelled boxes and tracklets are matched one to one as CLEAR MOT does (Bernardin and
Stiefelhagen, 2008): a match lasts while the boxes overlap by half (intersection over union), the rest are matched for
the largest overlap. People without labels are in the video too; their tracklets are not judged. Then the same of the
tracks mended by what the people look like, and of both HOTA and IDF1 (package ``trackers``), for which boxes of
tracklets count only where they overlap a labelled one by half.
"""

import csv
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import supervision
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from trackers.eval.hota import compute_hota_metrics
from trackers.eval.identity import compute_identity_metrics

from reid_core.evaluation import Part, calibration_of, features_of, mended
from reid_core.model import load_checkpoint
from reid_core.video import DecodeLimits, PersonDetector, Tracklet, decode, find_people

OVERLAP = 0.5
WHOLE = DecodeLimits(max_frames=3000)

Boxes = Mapping[str, Sequence[float]]  # left, top, right, bottom, by the name of the track or tracklet


@dataclass(frozen=True)
class Followed:
    """What became of a labelled track. matches: the tracklet of each labelled frame, or none.

    frames: labelled. found: in any tracklet. main: in the tracklet that has most of them. tracklets: over how many the
    track is spread. breaks: changes to another tracklet; swaps: those where the tracklet of before goes on without it.
    """

    name: str
    frames: int
    found: int
    main: int
    tracklets: int
    breaks: int
    swaps: int


def main(video_path: Path, table: Path) -> None:
    """Print a line a labelled track, and totals; as tracked, and mended."""
    labels = read_labels(table)
    video = decode(video_path, limits=WHOLE)
    tracklets = find_people(video, PersonDetector()).tracklets
    print(f"{len(video.frames)} frames")
    _judge("as tracked", tracklets, video.times_s, labels)
    checkpoint = load_checkpoint("utrcnn")
    tracks = [Part(one, features_of(checkpoint.network, one)) for one in tracklets]
    whole = mended(tracks, checkpoint.network.head, calibration_of(checkpoint), video.frames.shape[2])
    _judge("mended", whole, video.times_s, labels)


def _judge(
    title: str, tracklets: Sequence[Tracklet], times_s: NDArray[np.float64], labels: Mapping[int, Boxes]
) -> None:
    found = boxes_by_frame(tracklets, times_s)
    matches = match(labels, found)
    rows = [
        followed(name, matches, labels, found) for name in sorted({name for boxes in labels.values() for name in boxes})
    ]
    print(f"{title}: {len(tracklets)} tracklets, {len(rows)} labelled tracks")
    print(f"{'track':10} {'frames':>7} {'found':>7} {'in main':>8} {'tracklets':>10} {'breaks':>7} {'swaps':>6}")
    for row in rows:
        _print(row.name, row)
    _print("all", Followed("all", *(sum(getattr(row, field) for row in rows) for field in COUNTS)))
    for name, persons in shared(matches).items():
        print(f"tracklet {name} shows more than one labelled person: {persons}")
    print(f"HOTA {hota(labels, found):.3f}, IDF1 {idf1(labels, found):.3f}")


def hota(labels: Mapping[int, Boxes], found: Mapping[int, Boxes]) -> float:
    """Higher order tracking accuracy (Luiten et al., IJCV 2021)."""
    return float(compute_hota_metrics(*_by_frame(labels, found))["HOTA"])


def idf1(labels: Mapping[int, Boxes], found: Mapping[int, Boxes]) -> float:
    """Share of boxes with the right identity, F1 (Ristani et al., 2016)."""
    return float(compute_identity_metrics(*_by_frame(labels, found))["IDF1"])


def _by_frame(
    labels: Mapping[int, Boxes], found: Mapping[int, Boxes]
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]], list[NDArray[np.float64]]]:
    """Of each labelled frame: labelled tracks by number, the tracklets that overlap one by half, and their overlaps."""
    numbers = {name: n for n, name in enumerate(sorted({name for boxes in labels.values() for name in boxes}))}
    theirs, ours, overlaps = [], [], []
    for frame, boxes in sorted(labels.items()):
        here = found.get(frame, {})
        shared = supervision.box_iou_batch(_corners(boxes), _corners(here))
        near = (shared >= OVERLAP).any(axis=0)
        theirs.append(np.array([numbers[name] for name in boxes]))
        ours.append(np.array([int(name) for name in here], np.int64)[near])
        overlaps.append(shared[:, near])
    return theirs, ours, overlaps


def _corners(boxes: Boxes) -> NDArray[np.float64]:
    return np.array(list(boxes.values()), np.float64).reshape(-1, 4)


COUNTS = ("frames", "found", "main", "tracklets", "breaks", "swaps")


def read_labels(path: Path) -> Mapping[int, Boxes]:
    """Labelled boxes by frame, from 0; a track is called PERSON_TRACK."""
    labels: dict[int, dict[str, Sequence[float]]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            x, y, w, h = (float(row[side]) for side in "xywh")
            labels.setdefault(int(row["frame"]) - 1, {})[f"{row['person']}_{row['track']}"] = (x, y, x + w, y + h)
    return labels


def boxes_by_frame(tracklets: Sequence[Tracklet], times_s: NDArray[np.float64]) -> Mapping[int, Boxes]:
    """The boxes of all tracklets by the frame's index; tracklets are numbered, the longest is 1."""
    found: dict[int, dict[str, Sequence[float]]] = {}
    for number, tracklet in enumerate(tracklets, 1):
        for index, box in zip(np.searchsorted(times_s, tracklet.times_s).tolist(), tracklet.boxes, strict=True):
            found.setdefault(index, {})[str(number)] = box.tolist()
    return found


def match(labels: Mapping[int, Boxes], found: Mapping[int, Boxes]) -> dict[int, dict[str, str]]:
    """The tracklet of each labelled track that has one, frame by frame."""
    matches: dict[int, dict[str, str]] = {}
    last: dict[str, str] = {}
    for frame in sorted(labels):
        now = _matched(labels[frame], found.get(frame, {}), last)
        matches[frame] = now
        last |= now
    return matches


def _matched(tracks: Boxes, tracklets: Boxes, last: Mapping[str, str]) -> dict[str, str]:
    if not tracks or not tracklets:
        return {}
    names, numbers = list(tracks), list(tracklets)
    overlaps = supervision.box_iou_batch(np.array(list(tracks.values())), np.array(list(tracklets.values())))
    overlaps[overlaps < OVERLAP] = 0
    lasting = np.array([[last.get(name) == number for number in numbers] for name in names])
    rows, columns = linear_sum_assignment(overlaps + (lasting & (overlaps > 0)), maximize=True)
    return {names[r]: numbers[c] for r, c in zip(rows, columns, strict=True) if overlaps[r, c] > 0}


def followed(
    name: str, matches: Mapping[int, Mapping[str, str]], labels: Mapping[int, Boxes], found: Mapping[int, Boxes]
) -> Followed:
    """What became of one labelled track."""
    seen = [(frame, now[name]) for frame, now in sorted(matches.items()) if name in now]
    changes = [(frame, old) for (_, old), (frame, new) in pairwise(seen) if old != new]
    counts = Counter(number for _, number in seen)
    return Followed(
        name=name,
        frames=sum(name in boxes for boxes in labels.values()),
        found=len(seen),
        main=max(counts.values(), default=0),
        tracklets=len(counts),
        breaks=len(changes),
        swaps=sum(old in found.get(frame, {}) for frame, old in changes),
    )


def shared(matches: Mapping[int, Mapping[str, str]]) -> dict[str, str]:
    """Tracklets that are matched to several labelled persons, with the frames of each."""
    frames: dict[str, Counter[str]] = {}
    for now in matches.values():
        for name, number in now.items():
            frames.setdefault(number, Counter())[name.split("_")[0]] += 1
    return {
        number: ", ".join(f"{person} in {count} frames" for person, count in counts.items())
        for number, counts in frames.items()
        if len(counts) > 1
    }


def _print(name: str, row: Followed) -> None:
    share = f"{row.main / row.frames:.1%}"
    print(f"{name:10} {row.frames:7} {row.found:7} {share:>8} {row.tracklets:10} {row.breaks:7} {row.swaps:6}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))

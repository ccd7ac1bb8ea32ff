"""What leaving out flawed frames is worth: ``python -m benchmarks.left_out [CHECKPOINT ...]``.

Rendered streets (synthetic), each seen by two cameras, in which six persons meet, hide each other and leave the
picture. People are found as ``--crop auto`` does; a tracklet is the person whose known box it overlaps most. For each
checkpoint, rank-1 over all persons and the equal error rate, with all frames and without the flawed ones.
"""

import sys
from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from tqdm import tqdm

from benchmarks.scenes import Boxes, boxes_by_frame, match
from reid_core.data import measure
from reid_core.data.synthetic import person, render_scene
from reid_core.evaluation import embed, roc
from reid_core.model import CHECKPOINT_FOLDER, ReIdNetwork, load_checkpoint
from reid_core.video import PersonDetector, Tracklet, Video, find_people, without_flaws

SEED = 4242  # no training uses it
SCENES, PERSONS, SECONDS, FPS = 12, 6, 10.0, 10.0
SIZE = {"width": 960, "height": 540}


@dataclass(frozen=True)
class Seen:
    """A tracklet of which it is known whose it is."""

    pid: int
    camera: int
    tracklet: Tracklet


def seen_in_scene(scene: int, camera: int, detector: PersonDetector) -> list[Seen]:
    """The longest tracklet of each person in one rendered street."""
    crowd = [person(SEED, scene * PERSONS + number + 1) for number in range(PERSONS)]
    frames = list(render_scene(SEED + scene, crowd, **SIZE, seconds=SECONDS, fps=FPS, camera_index=camera))
    times_s = np.arange(len(frames)) / FPS
    people = find_people(Video("street", np.stack([frame.image for frame in frames]), times_s), detector).tracklets
    truth: dict[int, Boxes] = {
        index: dict(zip(map(str, frame.pids.tolist()), frame.boxes.tolist(), strict=True))
        for index, frame in enumerate(frames)
    }
    matches = match(truth, boxes_by_frame(people, times_s))
    shared = Counter((pid, number) for now in matches.values() for pid, number in now.items())
    best = {pid: number for (pid, number), _ in reversed(shared.most_common())}
    return [Seen(int(pid), camera, people[int(number) - 1]) for pid, number in best.items()]


def figures(everybody: list[Seen], network: ReIdNetwork) -> str:
    """Rank-1 of camera 1 in camera 2 and the equal error rate, as text."""
    both = {one.pid for one in everybody if one.camera == 1} & {one.pid for one in everybody if one.camera == 2}
    parts = []
    for camera in (1, 2):
        some = sorted((one for one in everybody if one.camera == camera and one.pid in both), key=lambda one: one.pid)
        clips = (measure(one.tracklet.frames, network.config.input) for one in some)
        parts.append(torch.cat([embed(network, clip).embedding for clip in clips]))
    distances = torch.cdist(*parts).double().numpy()
    own = np.eye(len(distances), dtype=bool)
    rank_1 = (distances.argmin(1) == np.arange(len(distances))).mean()
    return f"{rank_1:8.3f} {roc(distances[own], distances[~own]).equal_error[1]:8.3f}"


def main(names: list[str]) -> None:
    """Print how often which flaw is found, and a line for each checkpoint."""
    detector, everybody = PersonDetector(), []
    for scene in tqdm(range(SCENES), desc="streets", leave=False):
        everybody += [one for camera in (1, 2) for one in seen_in_scene(scene, camera, detector)]
    counts = Counter(flaw or "none" for one in everybody for flaw in one.tracklet.flaws)
    total = sum(counts.values())
    print(f"{len(everybody)} tracklets of {SCENES * PERSONS} persons, {total} frames; of these", end=" ")
    print(", ".join(f"{flaw} {count / total:.1%}" for flaw, count in counts.most_common()))
    without = [Seen(one.pid, one.camera, without_flaws(one.tracklet)) for one in everybody]
    print(f"{'':20} {'all frames':>17} {'without flaws':>17}   (rank-1, equal error rate)")
    for name in names or sorted(path.stem for path in CHECKPOINT_FOLDER.glob("*.safetensors")):
        network = load_checkpoint(name).network
        print(f"{name:20} {figures(everybody, network)} {figures(without, network)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

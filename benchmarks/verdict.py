"""From two 10-second 720p scenes to a verdict: seconds of each stage, and the whole per second of footage."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import numpy as np
import torch
from numpy.typing import NDArray

from reid_core.data import centre
from reid_core.data import measure as measure_frames
from reid_core.data.synthetic import render_scene
from reid_core.evaluation import clip_of
from reid_core.model import load_checkpoint
from reid_core.video import Detections, PersonDetector, decode, find_people

SECONDS, RATE = 10, 30
SEEDS = (51, 52)


def measure() -> dict[str, float]:
    """The mean seconds of each stage over both scenes, and ``verdict_realtime_factor`` of ``compare`` on them."""
    with tempfile.TemporaryDirectory() as folder:
        scenes = [_written(Path(folder) / f"scene_{seed}.mp4", seed) for seed in SEEDS]
        stages = [_stages(scene) for scene in scenes]
        figures = {f"verdict_{name}_s": sum(stage[name] for stage in stages) / len(stages) for name in stages[0]}
        started = time.perf_counter()
        command = [sys.executable, "-m", "reid_core", "compare", *map(str, scenes), "--json"]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        if answer["crop"] != ["auto", "auto"]:
            raise RuntimeError(f"both scenes must show people, compare used {answer['crop']}")
        factor = (time.perf_counter() - started) / (len(scenes) * SECONDS)
    return figures | {"verdict_realtime_factor": factor}


def _written(path: Path, seed: int) -> Path:
    """A generated scene as H.264."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for shot in render_scene(seed, 2, 1280, 720, SECONDS, RATE):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shot.image, format="rgb24")))
        container.mux(stream.encode())
    return path


def _stages(scene: Path) -> dict[str, float]:
    """Seconds of decode, detect, track (with cutting out), flow, encoder and head."""
    checkpoint = load_checkpoint("utrcnn")
    network, detector = checkpoint.network, PersonDetector()
    clock = _Clock()
    video = decode(scene)
    clock.lap("decode")
    watched = _Watched(detector)
    people = find_people(video, watched)
    clock.lap("track")
    clock.seconds |= {"detect": watched.seconds, "track": clock.seconds["track"] - watched.seconds}
    measured = measure_frames(people.tracklets[0].frames, network.config.input)
    clock.lap("flow")
    clip = centre(clip_of(measured, network), network.config.input)
    with torch.inference_mode():
        features = network.features(clip)
        clock.lap("encoder")
        network.embed_features(features)
        clock.lap("head")
    return clock.seconds


class _Watched:
    """A detector that counts the seconds spent in it."""

    def __init__(self, detector: PersonDetector) -> None:
        self.detector, self.seconds = detector, 0.0

    def __call__(self, frame: NDArray[np.uint8]) -> Detections:
        started = time.perf_counter()
        found = self.detector(frame)
        self.seconds += time.perf_counter() - started
        return found


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = time.perf_counter()

    def lap(self, name: str) -> None:
        """Book the time since the last lap under a name."""
        now = time.perf_counter()
        self.seconds[name], self.last = now - self.last, now

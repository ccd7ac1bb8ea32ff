"""What starting costs: the list of commands against Python alone, a small comparison against PyTorch alone."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import av
import numpy as np

from reid_core.data.synthetic import person, render_tracklet

REPEATS = 7
FRAMES = 4
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def measure() -> dict[str, float]:
    """``help_over_python`` and ``start_over_torch``: ratios of processor time, medians of runs that take turns."""
    with tempfile.TemporaryDirectory() as folder:
        clips = [_written(Path(folder, f"{pid}.mp4"), pid) for pid in (1, 2)]
        compare = ["-m", "reid_core", "compare", *map(str, clips)]
        _processor_s(compare)  # the first compiles the recurrence, and the modules as an installation does
        commands = (["-c", "pass"], ["-m", "reid_core", "--help"], ["-c", "import torch"], compare)
        rounds = [[_processor_s(command) for command in commands] for _ in range(REPEATS)]
    python, overview, torch, compared = map(statistics.median, zip(*rounds, strict=True))
    return {
        "help_over_python": overview / python,
        "help_processor_s": overview,
        "start_over_torch": compared / torch,
        "start_processor_s": compared,
    }


def _processor_s(words: list[str]) -> float:
    """Seconds of all cores that Python spends on these words."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _written(path: Path, pid: int) -> Path:
    """A clip of a rendered person, cut out, as H.264."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 128, "yuv420p"
        for frame in render_tracklet(person(1, pid), 1, FRAMES, 1):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        container.mux(stream.encode())
    return path

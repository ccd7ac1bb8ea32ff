"""What explaining costs: all importances against reading the clip, and a moved cover against the first analysis."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import torch
from streamlit.testing.v1 import AppTest

from reid_core.data import measure as measure_frames
from reid_core.data.synthetic import person, render_tracklet
from reid_core.explain import embed_many, frame_features, importance
from reid_core.model import ReIdNetwork, load_checkpoint
from reid_core.video import Subject, find_subject
from ui.frame import FRAMED
from ui.library import SETTING

FRAMES, RATE = 128, 10
MODELS = ("utrcnn", "bptt", "rcnn", "mean")
PLACES = (70, 30, 55, 5, 85)  # of the cover, in percent
REPEATS = 3
PAGE = Path(__file__).resolve().parents[1] / "pages" / "bias_lab.py"


def measure() -> dict[str, float]:
    """``explain_over_embed`` and ``cover_over_first``, on clips of 128 frames, with the seconds that they rest on.

    explain_over_embed: all importances of all models, over decoding the clip and embedding it once with each of them.
    cover_over_first: the page Bias lab after its cover was moved, over the same page with two videos that are new.
    """
    with tempfile.TemporaryDirectory() as folder:
        videos = [_written(Path(folder) / f"camera{index}.mp4", index) for index in (1, 2)]
        os.environ[SETTING] = folder  # no stored runs
        moved = _moved(videos)  # first: in the app, no other thread has started PyTorch's threads
        return _explained(videos[0]) | moved


def _written(path: Path, index: int) -> Path:
    """A generated tracklet as H.264."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "16"})
        stream.width, stream.height, stream.pix_fmt = 64, 128, "yuv420p"
        for frame in render_tracklet(person(61, 1), index, FRAMES, 61):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def _explained(video: Path) -> dict[str, float]:
    networks = [load_checkpoint(name).network for name in MODELS]

    def read() -> None:
        subject = find_subject(video, video.name, "full")
        if len(subject.tracklet) != FRAMES:
            raise RuntimeError(f"the clip must have {FRAMES} frames, it has {len(subject.tracklet)}")
        for network in networks:
            embed_many(network.head, _features(network, subject)[None])

    subject = find_subject(video, video.name, "full")
    features = [_features(network, subject) for network in networks]

    def explain() -> None:
        for network, clip in zip(networks, features, strict=True):
            importance(network.head, clip)

    seconds = [(_seconds(read), _seconds(explain)) for _ in range(REPEATS)]
    embedding, explaining = (statistics.median(column) for column in zip(*seconds, strict=True))
    return {
        "explain_embed_s": embedding,
        "explain_importances_s": explaining,
        "explain_over_embed": explaining / embedding,
    }


def _features(network: ReIdNetwork, subject: Subject) -> torch.Tensor:
    return frame_features(network, measure_frames(subject.tracklet.frames, network.config.input))


def _page() -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=600)
    page.session_state[FRAMED] = True
    return page


def _moved(videos: list[Path]) -> dict[str, float]:
    _page().run()  # imports and models are not timed
    page = _page()
    page.query_params["example"] = "own"
    page.run()
    for side, video in zip("ab", videos, strict=True):
        page.file_uploader(key=f"upload_{side}").set_value((video.name, video.read_bytes(), "video/mp4"))
    first = _seconds(page.run)
    moves = [_seconds(page.slider(key="at").set_value(place).run) for place in PLACES]
    if page.exception or page.error or not any(f"{FRAMES} frames" in caption.value for caption in page.caption):
        raise RuntimeError(f"the page must show the cover on {FRAMES} frames, got {page.exception or page.error}")
    moved = statistics.median(moves)
    return {"cover_first_s": first, "cover_moved_s": moved, "cover_over_first": moved / first}


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started

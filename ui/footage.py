"""The videos of this session: uploaded or bundled, searched for people once, kept when the page changes."""

import hashlib
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from reid_core.evaluation import Comparison, calibration_of, compare_all
from reid_core.model import Checkpoint
from reid_core.progress import Progress
from reid_core.video import Box, Scene, Subject, Video, cut_out, decode, find_people, person_of
from ui import memory
from ui.loaders import Example, detector

T = TypeVar("T")
Choice = int | str | Box  # a person of the scene by place, "full" for the whole frame, or a box
SIDES = ("a", "b")
MOST_KEPT = 4
STAGES = {"decode": "Reading frames", "detect": "Looking for people", "track": "Following them"}


@dataclass(frozen=True)
class Source:
    """A video before it is read; key is equal for equal videos."""

    name: str
    content: bytes | Path
    key: str


@dataclass(frozen=True)
class Footage:
    """What was found in a video. picture: its first frame, uint8 (H, W, 3); seconds: what the search took."""

    source: Source
    scene: Scene
    picture: NDArray[np.uint8]
    seconds: float


def bundled(example: Example) -> dict[str, Source]:
    """The two videos of a bundled example."""
    return {side: Source(path.name, path, str(path)) for side, path in zip(SIDES, (example.a, example.b), strict=True)}


def uploads() -> dict[str, Source]:
    """The user's own videos so far, by side; they stay when the page changes."""
    kept: dict[str, Source] = st.session_state.setdefault("uploads", {})
    return kept


def keep_upload(side: str, name: str, content: bytes) -> None:
    """Take an uploaded file for one side; what was stopped before may start again."""
    uploads()[side] = _source(name, content)
    resume()


def brought() -> dict[str, Source]:
    """The pair that the page Runs handed over last, by side; the user's own videos are kept beside it."""
    kept: dict[str, Source] = st.session_state.get("brought", {})
    return kept


def bring(pair: Mapping[str, tuple[str, bytes]]) -> None:
    """Hand a pair, name and content by side, over to the pages that look at one."""
    st.session_state["brought"] = {side: _source(*file) for side, file in pair.items()}
    resume()


def footage(source: Source) -> Footage:
    """Read a video and look for people, once in a session, with progress and a way to stop.

    Raises: VideoError when the video cannot be used.
    """
    return remembered("footage", source.key, lambda: _search(source))


def choices() -> dict[str, Choice]:
    """Who was chosen, by the key of the video."""
    kept: dict[str, Choice] = st.session_state.setdefault("choices", {})
    return kept


def chosen_subject(found: Footage) -> Subject | None:
    """The person to compare; None while nobody was found and no frame or box is chosen.

    Raises: ValueError for a box outside the frame.
    """
    choice = choices().get(found.source.key, 0)
    if found.scene.kind == "nobody" and choice == 0:
        return None
    return remembered("subjects", (found.source.key, choice), lambda: _subject(found, choice))


def verdicts(
    a: Footage, b: Footage, subjects: tuple[Subject, Subject], checkpoints: tuple[Checkpoint, ...]
) -> tuple[dict[str, Comparison], float]:
    """What every model says about two persons, by checkpoint, and the seconds from the videos to there."""
    people = tuple((found.source.key, choices().get(found.source.key, 0)) for found in (a, b))
    key = (people, tuple(calibration_of(known) for known in checkpoints))
    return remembered("verdicts", key, lambda: _compare(a, b, subjects, checkpoints))


def stop() -> None:
    """Stop reading until ``resume``; the click alone has already interrupted what was going on."""
    st.session_state["stopped"] = True


def resume() -> None:
    """Go on after ``stop``."""
    st.session_state["stopped"] = False


def is_stopped() -> bool:
    """Whether the user stopped the work."""
    return bool(st.session_state.get("stopped", False))


def remembered(shelf: str, key: Hashable, make: Callable[[], T], most: int = MOST_KEPT) -> T:
    """What ``make`` returns, made once in this session; of more than ``most`` the oldest is forgotten."""
    kept = memory.shelf(shelf)
    if key not in kept:
        kept[key] = make()
        while len(kept) > most:
            kept.pop(next(iter(kept)))
    found: T = kept[key]
    return found


def _source(name: str, content: bytes) -> Source:
    return Source(name, content, hashlib.sha256(content).hexdigest())


def _search(source: Source) -> Footage:
    started = time.perf_counter()
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, f"Opening {source.name}")
        st.button("Stop", key=f"stop {source.key}", on_click=stop, icon=":material/stop_circle:")

    def progress(stage: str, done: int, total: int | None) -> None:
        share = min(done / total, 1.0) if total else 0.0
        of = f" of {total}" if total else ""
        bar.progress(share, f"{source.name}: {STAGES.get(stage, stage)}, frame {done}{of}")

    try:
        video = _decoded(source, progress)
        scene = find_people(video, detector(), progress)
    finally:
        place.empty()
    if scene.kind != "nobody":
        st.session_state["videos"].pop(source.key)  # its people are cut out; its frames are some 100 MB
    return Footage(source, scene, video.frames[0].copy(), time.perf_counter() - started)


def _decoded(source: Source, progress: Progress | None = None) -> Video:
    """The frames of a video, kept for as long as a box may be chosen in it: for one video a side."""
    return remembered("videos", source.key, lambda: decode(source.content, source.name, progress=progress), len(SIDES))


def _subject(found: Footage, choice: Choice) -> Subject:
    return person_of(found.scene, choice) if isinstance(choice, int) else cut_out(_decoded(found.source), choice)


def _compare(
    a: Footage, b: Footage, subjects: tuple[Subject, Subject], checkpoints: tuple[Checkpoint, ...]
) -> tuple[dict[str, Comparison], float]:
    started = time.perf_counter()
    results = {result.checkpoint: result for result in compare_all(*subjects, checkpoints)}
    return results, a.seconds + b.seconds + time.perf_counter() - started

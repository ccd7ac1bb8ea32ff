"""The videos of this session: uploaded or bundled, searched for people once, kept when the page changes."""

import hashlib
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from reid_core.progress import Progress
from reid_core.video import DecodeLimits, Scene, Video, decode, find_people, mp4
from ui import memory
from ui.loaders import Example, detector

T = TypeVar("T")
SIDES = ("a", "b")
MOST_KEPT = 4
STAGES = {"decode": "Reading frames", "detect": "Looking for people", "track": "Following them"}
PLAYED_PX, PLAYED_CRF = 480, 28  # longer side of a scene to look at, and how poor it may be
FRAMES_PER_SECOND = 10  # at which it is played


@dataclass(frozen=True)
class Source:
    """A video before it is read; key is equal for equal videos, whichever side they stand on.

    part: of a long one what is looked at.
    """

    name: str
    content: bytes | Path
    key: str
    side: str
    part: "Part | None" = None


@dataclass(frozen=True)
class Part:
    """From when on, and for how long at most, s."""

    start_s: float
    length_s: float

    @property
    def limits(self) -> DecodeLimits:
        """What is read of it."""
        return DecodeLimits(start_s=self.start_s, max_frames=round(FRAMES_PER_SECOND * self.length_s))


@dataclass(frozen=True)
class Footage:
    """What was found in a video.

    scene: its people, as corrected. searched: as they were found. picture: its first frame, uint8 (H, W, 3). times_s:
    of all frames, (T,). film: a scene as browsers play it, small, a frame for each of these; empty of a person cut out.
    whole_s: how long the file says that it is, or None. seconds: what the search took.
    """

    source: Source
    scene: Scene
    searched: Scene
    picture: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    film: bytes
    whole_s: float | None
    seconds: float

    @property
    def count(self) -> int:
        """How many people may be chosen."""
        return len(self.scene.tracklets)


def bundled(example: Example) -> dict[str, Source]:
    """The two videos of a bundled example."""
    paths = zip(SIDES, (example.a, example.b), strict=True)
    return {side: Source(path.name, path, str(path), side) for side, path in paths}


def uploads() -> dict[str, Source]:
    """The user's own videos so far, by side; they stay when the page changes."""
    kept: dict[str, Source] = st.session_state.setdefault("uploads", {})
    return kept


def parts() -> dict[tuple[str, str], Part]:
    """Of long videos what is looked at, by side and key of the upload."""
    kept: dict[tuple[str, str], Part] = st.session_state.setdefault("parts", {})
    return kept


def parted(source: Source) -> Source:
    """An upload, or the part of it that was asked for, which is a video of its own."""
    part = parts().get((source.side, source.key))
    if part is None:
        return source
    return replace(source, key=f"{source.key} {part.start_s:g} {part.length_s:g}", part=part)


def keep_upload(side: str, name: str, content: bytes) -> None:
    """Take an uploaded file for one side; what was stopped before may start again."""
    uploads()[side] = _source(side, name, content)
    leave_choice(side)
    resume()


def brought() -> dict[str, Source]:
    """The pair that the page Runs handed over last, by side; the user's own videos are kept beside it."""
    kept: dict[str, Source] = st.session_state.get("brought", {})
    return kept


def bring(pair: Mapping[str, tuple[str, bytes]]) -> None:
    """Hand a pair, name and content by side, over to the pages that look at one."""
    st.session_state["brought"] = {side: _source(side, *file) for side, file in pair.items()}
    resume()


def footage(source: Source) -> Footage:
    """Read a video and look for people, once in a session, with progress and a way to stop.

    Raises: VideoError when the video cannot be used.
    """
    with waiting(f"search {source.side}") as tell:
        found = remembered("footage", source.key, lambda: _search(source, tell))
    return replace(found, source=source)


def is_found(source: Source) -> bool:
    """Whether the people of a video are known already."""
    return source.key in st.session_state.get("footage", {})


def leave_choice(side: str) -> None:
    """Another video stands on this side from now on: the link names nobody."""
    st.query_params.pop(f"person_{side}", None)


@contextmanager
def waiting(key: str) -> Iterator[Callable[[float, str], None]]:
    """Tell how far some work is, with a way to stop it; nothing is shown before the first call, or afterwards.

    Whether it is told or not takes one place on the page, so that what follows is drawn where it was before.
    """
    place = st.empty()
    bars: list[DeltaGenerator] = []

    def tell(share: float, text: str) -> None:
        if not bars:
            with place.container(horizontal=True, vertical_alignment="center"):
                bars.append(st.progress(share, text))
                st.button("Stop", key=f"stop {key}", on_click=stop, icon=":material/stop_circle:")
        bars[0].progress(share, text)

    try:
        yield tell
    finally:
        place.empty()


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


def _source(side: str, name: str, content: bytes) -> Source:
    return Source(name, content, hashlib.sha256(content).hexdigest(), side)


def _search(source: Source, tell: Callable[[float, str], None]) -> Footage:
    started = time.perf_counter()
    tell(0.0, f"Opening {source.name}")

    def progress(stage: str, done: int, total: int | None) -> None:
        share = min(done / total, 1.0) if total else 0.0
        of = f" of {total}" if total else ""
        tell(share, f"{source.name}: {STAGES.get(stage, stage)}, frame {done}{of}")

    video = decoded(source, progress)
    scene = find_people(video, detector(), progress)
    film = b"" if scene.kind == "person" else mp4(video.frames, FRAMES_PER_SECOND, PLAYED_CRF, PLAYED_PX)
    if scene.kind != "nobody":
        st.session_state["videos"].pop(source.key)  # its people are cut out; its frames are some 100 MB
    return Footage(
        source, scene, scene, video.frames[0].copy(), video.times_s, film, video.whole_s, time.perf_counter() - started
    )


def decoded(source: Source, progress: Progress | None = None) -> Video:
    """The frames of a video, kept for as long as a box may be chosen in it: for one video a side."""
    limits = source.part.limits if source.part else DecodeLimits()
    return remembered("videos", source.key, lambda: decode(source.content, source.name, limits, progress), len(SIDES))

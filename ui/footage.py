"""The videos of this session: uploaded or bundled, searched for people once, kept when the page changes."""

import hashlib
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from reid_core.progress import Progress
from reid_core.video import DecodeLimits, PersonDetector, Scene, Video, decode, find_people, mp4
from ui import memory
from ui.loaders import EXAMPLES_FOLDER, Example, detector
from ui.own import SIDES, forget_own
from ui.work import Crowded, Tell, begin, stop_work, waited_for

T = TypeVar("T")
UNKNOWN: Any = object()
_SHELVING = Lock()
MOST_KEPT, MOST_SHARED = 4, 16
STAGES = {
    "decode": "Reading frames",
    "detect": "Looking for people",
    "original": "Looking closer",
    "track": "Following them",
}
PLAYED_PX, PLAYED_CRF = 480, 28  # longer side of a scene to look at, and how poor it may be
FRAMES_PER_SECOND = 10  # at which it is played


@dataclass(frozen=True)
class Source:
    """A video before it is read. file: equal for equal files. part: what is looked at, None: all of it."""

    name: str
    content: bytes | Path
    file: str
    side: str
    part: "Part | None" = None

    @property
    def key(self) -> str:
        """Equal for equal videos, whichever side they stand on."""
        return self.file if self.part is None else f"{self.file} {self.part}"

    @property
    def is_bundled(self) -> bool:
        """Whether it ships, and is nobody's own."""
        return isinstance(self.content, Path) and self.content.parent == EXAMPLES_FOLDER

    @property
    def title(self) -> str:
        """Its name and the letter of its side: one file may stand on both."""
        return f"{self.name} ({self.side.upper()})"


@dataclass(frozen=True)
class Part:
    """From when on, and for how long at most, s."""

    start_s: float
    length_s: float

    def __str__(self) -> str:
        return f"{self.start_s:g}-{self.length_s:g}"

    @property
    def limits(self) -> DecodeLimits:
        """What is read of it."""
        return DecodeLimits(start_s=self.start_s, max_frames=round(FRAMES_PER_SECOND * self.length_s))


@dataclass(frozen=True)
class Footage:
    """What was found in a video.

    scene: its people. picture: its first frame, uint8 (H, W, 3). times_s:
    of all frames, (T,). film: a scene as browsers play it, small, a frame for each of these; empty of a person cut out.
    whole_s: how long the file says that it is, or None. seconds: what the search took. steps: in which its tracks were
    put right, as the link has them.
    """

    source: Source
    scene: Scene
    picture: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    film: bytes
    whole_s: float | None
    seconds: float
    steps: str = ""

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


def parted(source: Source) -> Source:
    """A video, or the part of it that was asked for, which is a video of its own."""
    key = (source.side, source.file)
    part = _part_of(linked_text(source, "part", key))
    if part is None:
        keep_text(source, "part", key, "")
    return replace(source, part=part)


def take_part(source: Source, part: "Part") -> None:
    """Look at this part of a video from now on."""
    for name in ("person", "tracks"):
        st.query_params.pop(f"{name}_{source.side}", None)
    keep_text(source, "part", (source.side, source.file), str(part))
    resume()


def _part_of(text: str) -> "Part | None":
    """What is written as ``str`` of a part; None for the whole, or for what is no part."""
    with suppress(ValueError, OverflowError):
        start_s, length_s = map(float, text.split("-", 1))
        part = Part(start_s, length_s)
        return part if part.limits else None
    return None


def linked_text(source: Source, name: str, key: Hashable) -> str:
    """What was chosen, else what the link says; which says so from then on. Args: as of ``keep_text``."""
    text = chosen_text(name, key, st.query_params.get(f"{name}_{source.side}", ""))
    keep_text(source, name, key, text)
    return text


def keep_text(source: Source, name: str, key: Hashable, text: str) -> None:
    """Choose something of a video; the link says it, of an own one for when it is uploaded again.

    Args: name: what is chosen. key: equal where it is to be the same.
    """
    _texts()[name, key] = text
    if text:
        st.query_params[f"{name}_{source.side}"] = text
    else:
        st.query_params.pop(f"{name}_{source.side}", None)


def chosen_text(name: str, key: Hashable, otherwise: str = "") -> str:
    """What was chosen in this session. Args: as of ``keep_text``. otherwise: where nothing was."""
    return _texts().get((name, key), otherwise)


def _texts() -> dict[tuple[str, Hashable], str]:
    kept: dict[tuple[str, Hashable], str] = st.session_state.setdefault("chosen of videos", {})
    return kept


def keep_upload(side: str, name: str, content: bytes) -> None:
    """Take an uploaded file for one side; what was stopped before may start again.

    Where it is the one that the link names and this session lacks, what the link says of it holds.
    """
    if lost(side) != name:
        forget_own(side)
    uploads()[side] = read_upload(side, name, content)
    st.query_params[f"file_{side}"] = name
    resume()


def brought() -> dict[str, Source]:
    """The pair that the page Runs handed over last, by side; the user's own videos are kept beside it."""
    kept: dict[str, Source] = st.session_state.get("brought", {})
    return kept


def bring(pair: Mapping[str, tuple[str, bytes]]) -> None:
    """Hand a pair, name and content by side, over to the pages that look at one."""
    st.session_state["brought"] = {side: read_upload(side, *file) for side, file in pair.items()}
    resume()


def footage(source: Source) -> Footage:
    """Read a video and look for people, once in a session or of a bundled one at all, with progress and a way to stop.

    It goes on while another page is looked at. Raises: VideoError when the video cannot be used.
    """
    with waiting(f"search {source.side}") as tell:
        found = remembered("footage", source.key, lambda: _searched(source, tell))
    return replace(found, source=source)


def _searched(source: Source, tell: Tell) -> Footage:
    return remembered("footage", source.key, lambda: waited_for(*_work_on(source), tell), of=(source,))


def search_ahead(sources: Iterable[Source]) -> None:
    """Begin to look for the people of videos that will be asked for, all at once."""
    for source in sources:
        if not is_found(source) and not is_stopped():
            with suppress(Crowded):  # said where it is waited for
                begin(*_work_on(source))


def _work_on(source: Source) -> tuple[str, str, Callable[[Tell], Footage]]:
    """The search of a video, as ``begin`` takes it."""
    finder = detector()  # here: what Streamlit keeps is out of reach where the search runs
    return source.key, f"Opening {source.name}", lambda tell: _search(source, finder, tell)


def is_found(source: Source) -> bool:
    """Whether the people of a video are known already."""
    return source.key in memory.shelf("footage") or source.key in memory.shelf("footage", source.is_bundled)


def lost(side: str) -> str:
    """The name of an own video that the link names and this session lacks, else nothing."""
    return "" if side in uploads() else st.query_params.get(f"file_{side}", "")


@contextmanager
def waiting(key: str, on_stop: Callable[[], None] | None = None) -> Iterator[Callable[[float, str], None]]:
    """Tell how far some work is, with a way to stop it; nothing is shown before the first call, or afterwards.

    Whether it is told or not takes one place on the page, so that what follows is drawn where it was before.

    Args: on_stop: stops this work alone, where the rest of the page is to stay; by default all stops until ``resume``.
    """
    place = st.empty()
    bars: list[DeltaGenerator] = []

    def tell(share: float, text: str) -> None:
        if not bars:
            with place.container(horizontal=True, vertical_alignment="center"):
                bars.append(st.progress(share, text))
                st.button("Stop", key=f"stop {key}", on_click=on_stop or stop, icon=":material/stop_circle:")
        bars[0].progress(share, text)

    try:
        yield tell
    finally:
        place.empty()


def stop() -> None:
    """Stop reading until ``resume``."""
    st.session_state["stopped"] = True
    stop_work()


def resume() -> None:
    """Go on after ``stop``."""
    st.session_state["stopped"] = False


def is_stopped() -> bool:
    """Whether the user stopped the work."""
    return bool(st.session_state.get("stopped", False))


def remembered(shelf: str, key: Hashable, make: Callable[[], T], most: int = MOST_KEPT, of: Sequence[Source] = ()) -> T:
    """What ``make`` returns, made once in this session; of more than ``most`` the oldest is forgotten.

    Args: of: the videos that it is made of and of nothing else that is a session's own: where all are bundled it is
        made once for all sessions, which share it, so it is never changed.
    """
    shared = bool(of) and all(source.is_bundled for source in of)
    kept = memory.shelf(shelf, shared)
    if (known := kept.get(key, UNKNOWN)) is not UNKNOWN:
        found: T = known
        return found
    made = make()
    with _SHELVING:
        found = kept.setdefault(key, made)
        while len(kept) > (max(most, MOST_SHARED) if shared else most):
            kept.pop(next(iter(kept)))
    return found


def read_upload(side: str, name: str, content: bytes) -> Source:
    """A file that a user handed in."""
    return Source(name, content, hashlib.sha256(content).hexdigest(), side)


def _search(source: Source, finder: PersonDetector, tell: Tell) -> Footage:
    started = time.perf_counter()
    progress = told_of(source, tell)
    video = decoded(source, progress)
    scene = find_people(video, finder, progress)
    film = b"" if scene.kind == "person" else mp4(video.frames, FRAMES_PER_SECOND, PLAYED_CRF, PLAYED_PX)
    seconds = time.perf_counter() - started
    return Footage(source, scene, video.frames[0].copy(), video.times_s, film, video.whole_s, seconds)


def decoded(source: Source, progress: Progress | None = None) -> Video:
    """The frames of a video; nobody keeps them, since they are some 100 MB."""
    limits = source.part.limits if source.part else DecodeLimits()
    return decode(source.content, source.name, limits, progress)


def told_of(source: Source, tell: Tell) -> Progress:
    """Say how far the search of a video is."""

    def progress(stage: str, done: int, total: int | None) -> None:
        share = min(done / total, 1.0) if total else 0.0
        of = f" of {total}" if total else ""
        tell(share, f"{source.name}: {STAGES.get(stage, stage)}, frame {done}{of}")

    return progress

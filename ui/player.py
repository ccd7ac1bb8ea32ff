"""A film to look at: a box round each person that can be clicked, and a lane of time for each.

With a click the browser says which films it has: these are not sent again. It keeps them as long as its session lasts.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.style import MARK

_html, _css, _js = (Path(__file__).with_name(f"player.{part}").read_text() for part in ("html", "css", "js"))
_component = st.components.v2.component("scene player", html=_html, css=_css, js=_js)


@dataclass(frozen=True)
class Lane:
    """A person as the browser draws it.

    place: what a click on him hands over. mark: in the corner of his box. seen, told: how long, for the eye, and when,
    for a screen reader. thumbnail: an address. frames: of the film in which he is, (T,). boxes: left, top, right,
    bottom in shares of the picture, (T, 4). spans: from when to when, s. jumps: when the looks change, s.
    """

    place: int
    mark: str
    title: str
    seen: str
    told: str
    thumbnail: str
    frames: list[int]
    boxes: list[list[float]]
    spans: list[tuple[float, float]]
    jumps: list[float]
    chosen: bool


@dataclass(frozen=True)
class Film:
    """What is played: its name, the MP4, one time of the video for each of its frames, s; size: width, height."""

    name: str
    content: bytes
    times_s: NDArray[np.float64]
    size: tuple[int, int]
    frames_per_second: int


def play(film: Film, lanes: Sequence[Lane], key: str, follow: Callable[[int], None], at_once: bool = False) -> None:
    """Show a film and who is in it.

    In the browser a click is an event "person", with the key and the place, as well: others need not wait for the page.

    Args: follow: told the place of whom the user clicks. at_once: whether it plays without a click.
    """

    def clicked() -> None:
        chosen = st.session_state[key]["chosen"]
        if chosen is not None:
            _held().update(chosen["films"])
            follow(int(chosen["place"]))

    width, height = film.size
    digest = hashlib.sha256(film.content).hexdigest()
    _component(
        key=key,
        on_chosen_change=clicked,
        data={
            "key": key,
            "name": film.name,
            "digest": digest,
            "film": "" if digest in _held() else "data:video/mp4;base64," + base64.b64encode(film.content).decode(),
            "shape": f"{width} / {height}",
            "rate": film.frames_per_second,
            "times": film.times_s.round(3).tolist(),
            "people": [asdict(lane) for lane in lanes],
            "mark": MARK,
            "atOnce": at_once,
        },
    )


def _held() -> set[str]:
    """Which films the browser has, by their digest: a page that is loaded anew has none, and is another session."""
    kept: set[str] = st.session_state.setdefault("films in the browser", set())
    return kept

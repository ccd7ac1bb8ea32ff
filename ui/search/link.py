"""What the link of the page says: whom one looks for, what was confirmed and rejected, what is played."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.carried import left_out

QUERY, UNSURE, CONFIRMED, REJECTED, PLAYED, FILE = KEYS = "query", "unsure", "yes", "no", "play", "file"
KEPT = "search link"
IN_ROW, IN_LINE = "hit", "line"  # where a film is shown: below its hit, or below the time line


@dataclass(frozen=True)
class Asked:
    """What is asked of the index.

    query: a tracklet, or an embedding (n,) of somebody who is in no index; None: nobody yet. confirmed, rejected:
    tracklets that are this person, and that are not. played: a tracklet whose film is shown. at: where. unsure: whether
    what the embedding is of was doubted. file: the picture or clip that is looked for instead once it has been read.
    """

    query: int | NDArray[np.float32] | None = None
    confirmed: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()
    played: int | None = None
    at: str = IN_ROW
    unsure: bool = False
    file: str = ""


def asked(rows: Iterable[int], length: int) -> Asked:
    """What the link says, or was asked before the page was left; what names nothing of this index is passed over.

    Args: rows: the tracklets of the index. length: of an embedding.
    """
    known = set(rows)
    st.query_params.update(left_out(KEPT, KEYS))
    place, _, number = st.query_params.get(PLAYED, "").partition(".")
    played = _numbers(number, known)
    return Asked(
        _query(st.query_params.get(QUERY, ""), known, length),
        _numbers(st.query_params.get(CONFIRMED, ""), known),
        _numbers(st.query_params.get(REJECTED, ""), known),
        played[0] if played else None,
        IN_LINE if place == IN_LINE else IN_ROW,
        UNSURE in st.query_params,
        st.query_params.get(FILE, ""),
    )


def ask(query: int | NDArray[np.float32], unsure: bool = False) -> None:
    """Look for somebody else; what was confirmed and rejected was of the one before. Args: unsure: as in ``Asked``."""
    forget()
    _say(QUERY, str(query) if isinstance(query, int) else _packed(query))
    _say(UNSURE, "1" if unsure else "")


def read(file: str) -> None:
    """Look for somebody of a picture or clip that is still to be read; of none any more where it has no name."""
    _say(FILE, file)


def decide(tracklet: int, same: bool | None) -> None:
    """Confirm that a tracklet is the one looked for, reject it, or (None) take that back."""
    for key, value in ((CONFIRMED, True), (REJECTED, False)):
        kept = [number for number in st.query_params.get(key, "").split(",") if number not in ("", str(tracklet))]
        _say(key, ",".join([*kept, str(tracklet)] if same is value else kept))


def play(tracklet: int, at: str) -> None:
    """Show the film of a tracklet, or where it is shown close it."""
    now = f"{at}.{tracklet}"
    _say(PLAYED, "" if st.query_params.get(PLAYED) == now else now)


def forget() -> None:
    """Nobody is looked for."""
    for key in KEYS:
        _say(key, "")


def _say(key: str, value: str) -> None:
    """In the link, and for when the user comes back from another page."""
    if value:
        _kept()[key] = st.query_params[key] = value
    else:
        _kept().pop(key, None)
        st.query_params.pop(key, None)


def _kept() -> dict[str, str]:
    kept: dict[str, str] = st.session_state.setdefault(KEPT, {})
    return kept


def _numbers(text: str, known: set[int]) -> tuple[int, ...]:
    numbers = [int(part) for part in text.split(",") if part.isascii() and part.isdecimal()]
    return tuple(dict.fromkeys(number for number in numbers if number in known))


def _query(text: str, known: set[int], length: int) -> int | NDArray[np.float32] | None:
    if text.isascii() and text.isdecimal():
        return int(text) if int(text) in known else None
    try:
        packed = np.frombuffer(base64.urlsafe_b64decode(text), np.float16)
    except ValueError:
        return None
    fits = packed.shape == (length,) and bool(np.isfinite(packed).all())
    return packed.astype(np.float32) if fits else None


def _packed(embedding: NDArray[np.float32]) -> str:
    """Two bytes a number: the picture itself is neither in the link nor on the server."""
    return base64.urlsafe_b64encode(embedding.astype(np.float16).tobytes()).decode()

"""What a session remembers while its browser is there, and all of them of what ships; and back what was freed."""

import atexit
import ctypes
import gc
import os
import sys
from collections.abc import Hashable
from threading import Timer
from typing import Any

import streamlit as st

M_ARENA_MAX, MOST_ARENAS = -8, 2  # the first is glibc's name for the second, malloc.h
MANY = 500  # modules
SETTLE_S = 5  # until a script that was stopped has let go of what it held

Shelves = dict[str, dict[Hashable, Any]]


def shelf(name: str, shared: bool = False) -> dict[Hashable, Any]:
    """What is remembered under a name in this session. Args: shared: in all of them, so nothing of anybody's own."""
    if shared:
        return _of_all().setdefault(name, {})
    kept: dict[Hashable, Any] = st.session_state.setdefault(name, {})
    _shelves()[name] = kept
    return kept


def forget_when_the_browser_goes() -> None:
    """Empty the shelves then: Streamlit keeps the rest of a session until it may end another one, hours later."""
    _held(_shelves())


def give_back() -> None:
    """Return what was freed to the machine, which the allocator would keep; nothing where it is not glibc."""
    gc.collect()
    trim = _of_the_allocator("malloc_trim")
    if trim is not None:
        trim(0)


def share_arenas() -> None:
    """Let all threads take memory from few places: in one of its own each would keep what it once needed.

    Streamlit runs every script in a new thread. Nothing where the allocator is not glibc.
    """
    mallopt = _of_the_allocator("mallopt")
    if mallopt is not None:
        mallopt(M_ARENA_MAX, MOST_ARENAS)


def set_imports_aside() -> None:
    """Take what was imported out of sight of the garbage collector, which Streamlit calls after each script.

    Else that is a quarter of a second of a core for every click, in which nobody is answered. Only where many modules
    came since: what sessions hold at this moment is set aside with them.
    """
    known = shelf("imported", shared=True)
    if len(sys.modules) - known.get("modules", 0) < MANY:
        return
    if not known:
        atexit.register(gc.unfreeze)  # bindings complain of what is left at the end
    known["modules"] = len(sys.modules)
    gc.collect()
    gc.freeze()


def _of_the_allocator(name: str) -> Any:
    """A function of glibc; None where it is another library's process, as on macOS and Windows."""
    return getattr(ctypes.CDLL(None), name, None) if os.name == "posix" else None


def _shelves() -> Shelves:
    shelves: Shelves = st.session_state.setdefault("shelves", {})
    return shelves


@st.cache_resource(show_spinner=False)
def _of_all() -> Shelves:
    return {}


def _let_go(held: Shelves) -> None:
    for kept in held.values():
        kept.clear()
    later = Timer(SETTLE_S, give_back)
    later.daemon = True
    later.start()


@st.cache_resource(scope="session", on_release=_let_go, show_spinner=False)
def _held(_shelves: Shelves) -> Shelves:
    return _shelves

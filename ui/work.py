"""Work in the background of a session: begun once, found again by whatever page asks, stopped when not wanted."""

import os
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from ui import memory

T = TypeVar("T")
Tell = Callable[[float, str], None]  # how far the work is, as a share, and in words

MOST_AT_ONCE = 2  # in a session: of a pair's two videos
MOST_WAITING = 32  # of all sessions: whoever comes then is asked to come again
LOOK_S = 0.1  # from one look how far it is to the next


class Stopped(Exception):
    """Nobody wants the work any more."""


class Crowded(ValueError):
    """Too much waits already; the message is one sentence."""


@dataclass(eq=False)
class Work:
    """Something that is being made. told: how far it is."""

    told: tuple[float, str]
    result: Future[Any] = field(default_factory=Future)


def begin(key: Hashable, text: str, make: Callable[[Tell], T]) -> Work:
    """Let something be made, if it is not already.

    Args: key: equal for equal work. text: said until it begins. make: gets a function to say how far it is with; it
        runs beside the page, whose session it cannot reach.
    Raises: Crowded: ``MOST_WAITING`` wait already.
    """
    going_on = _going_on()
    if key not in going_on:
        while len(going_on) >= MOST_AT_ONCE:
            going_on.pop(next(iter(going_on)))
        _begin(going_on, key, text, make)
    return going_on[key]


def waited_for(key: Hashable, text: str, make: Callable[[Tell], T], tell: Tell) -> T:
    """What ``make`` returns, which goes on when the page that waits for it here is left.

    Args: as of ``begin``. tell: shows on the page how far it is; the page may stop there.
    """
    going_on, work = _going_on(), begin(key, text, make)
    while not work.result.done():
        tell(*_told(work))
        wait([work.result], LOOK_S)
    going_on.pop(key, None)
    found: T = work.result.result()
    return found


def stop_work() -> None:
    """Stop what goes on in this session."""
    _going_on().clear()


def _going_on() -> dict[Hashable, Work]:
    """The session's work by key: what is no longer in here stops where it tells the next time."""
    return memory.shelf("work")


def _begin(going_on: dict[Hashable, Work], key: Hashable, text: str, make: Callable[[Tell], T]) -> None:
    line = _line()
    if len(line.waiting) >= MOST_WAITING:
        raise Crowded(f"{len(line.waiting)} videos of other people wait already; try again in some minutes")
    work = going_on[key] = Work((0.0, text))

    def tell(share: float, text: str) -> None:
        if going_on.get(key) is not work:
            raise Stopped
        work.told = share, text

    def made() -> T:
        line.waiting.remove(work)
        return make(tell)

    line.waiting.append(work)
    work.result = line.workers.submit(made)


def _told(work: Work) -> tuple[float, str]:
    """How far it is; of what waits, how much is to begin before it."""
    share, text = work.told
    with suppress(ValueError):
        if ahead := _line().waiting.index(work):
            return share, f"{text}; {ahead} {'waits' if ahead == 1 else 'wait'} before it"
    return share, text


@dataclass(frozen=True)
class _Line:
    """Who works, and what waits for it, of all sessions, in its order."""

    workers: ThreadPoolExecutor
    waiting: list[Work] = field(default_factory=list)


@st.cache_resource(show_spinner=False)
def _line() -> _Line:
    """Shared by all sessions: as many at once as there are processors, so that the raw frames in memory are bounded."""
    return _Line(ThreadPoolExecutor(os.cpu_count(), "work"))

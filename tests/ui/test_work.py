"""Work goes on without the page that asked for it, and ends when nobody wants it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import streamlit as st

from ui import memory, work
from ui.work import MOST_AT_ONCE, Crowded, Stopped, begin, stop_work, waited_for

LONG_S = 60  # that nothing here takes


class Left(Exception):
    """The page was left, which Streamlit tells by an exception where something is to be shown."""


@pytest.fixture(autouse=True)
def a_new_session():
    st.session_state.clear()
    yield
    stop_work()
    st.session_state.clear()


def leave(share, text):
    raise Left


def show(share, text):
    pass


def begun(key, make):
    """Ask for work that takes longer than the page is looked at."""
    with pytest.raises(Left):
        waited_for(key, "waits", make, leave)


def test_work_goes_on_when_the_page_is_left_and_is_found_again():
    made, go_on = [], Event()

    def make(tell):
        made.append("begun")
        assert go_on.wait(LONG_S)
        return "made"

    begun("key", make)
    go_on.set()
    assert waited_for("key", "waits", make, show) == "made"
    assert made == ["begun"]
    assert not memory.shelf("work"), "what is there is not kept twice"


def test_how_far_it_is_is_told_to_the_page_that_waits():
    told, seen = [], Event()

    def make(tell):
        tell(0.5, "half")
        assert seen.wait(LONG_S)

    def show_it(share, text):
        told.append((share, text))
        if text == "half":
            seen.set()

    waited_for("key", "waits", make, show_it)
    assert told[-1] == (0.5, "half") and set(told) <= {(0.0, "waits"), (0.5, "half")}


def endless(ended):
    """Work that ends only if it is told to; says how it ended."""

    def make(tell):
        try:
            while True:
                tell(0.0, "on and on")
        except Stopped:
            ended.set()

    return make


def test_a_stop_ends_what_goes_on_and_it_may_begin_again():
    ended = Event()
    begun("key", endless(ended))
    stop_work()
    assert ended.wait(LONG_S)
    assert waited_for("key", "waits", lambda tell: "anew", show) == "anew"


def test_the_end_of_the_session_ends_its_work():
    ended = Event()
    begun("key", endless(ended))
    memory._let_go(st.session_state["shelves"])
    assert ended.wait(LONG_S)


def test_of_more_work_than_a_pair_of_videos_needs_the_oldest_ends():
    first = Event()
    begun("first", endless(first))
    for number in range(MOST_AT_ONCE):
        begun(number, endless(Event()))
    assert first.wait(LONG_S)


@pytest.fixture
def all_busy(monkeypatch):
    """Two workers who wait for a sign, given at the end."""
    sign, line = Event(), work._Line(ThreadPoolExecutor(2))
    monkeypatch.setattr(work, "_line", lambda: line)
    for _ in range(2):
        line.workers.submit(sign.wait, LONG_S)
    yield sign
    sign.set()
    line.workers.shutdown()


def test_who_waits_is_told_how_many_are_before(all_busy):
    begin("first", "first waits", lambda tell: "first")
    told = []

    def show_it(share, text):
        told.append(text)
        all_busy.set()

    assert waited_for("second", "second waits", lambda tell: "second", show_it) == "second"
    assert told[0] == "second waits; 1 waits before it"


def test_of_too_many_the_last_is_asked_to_come_again(all_busy, monkeypatch):
    monkeypatch.setattr(work, "MOST_WAITING", 1)
    begin("first", "waits", lambda tell: "first")
    with pytest.raises(Crowded, match="1 videos of other people wait already; try again"):
        begin("second", "waits", lambda tell: "second")
    all_busy.set()
    assert waited_for("first", "waits", show, show) == "first"
    assert waited_for("second", "waits", lambda tell: "second", show) == "second"


def test_what_fails_tells_why_and_is_tried_again():
    with pytest.raises(ZeroDivisionError):
        waited_for("key", "waits", lambda tell: 1 / 0, show)
    assert waited_for("key", "waits", lambda tell: 5, show) == 5


def test_what_was_begun_ahead_is_not_begun_again():
    made = []
    begin("key", "waits", lambda tell: made.append("ahead") or "made")
    assert waited_for("key", "waits", lambda tell: made.append("again"), show) == "made"
    assert made == ["ahead"]

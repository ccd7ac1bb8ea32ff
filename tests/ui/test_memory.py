"""What a session remembers goes when its browser goes."""

import gc
import sys
from types import ModuleType

import pytest
from streamlit.runtime.caching.cache_resource_api import clear_session_cache
from streamlit.testing.v1 import AppTest

from ui import memory


def test_what_was_held_is_let_go_at_the_end_and_given_back_a_little_later(monkeypatch):
    started = []

    class Timer:
        def __init__(self, seconds, work):
            started.append((seconds, work))

        def start(self):
            started.append("begun")

    monkeypatch.setattr(memory, "Timer", Timer)
    held = {"footage": {"key": "frames"}}
    memory._let_go(held)
    assert held == {"footage": {}} and started == [(memory.SETTLE_S, memory.give_back), "begun"]


def test_giving_back_is_harmless_where_the_allocator_cannot(monkeypatch):
    memory.give_back()
    memory.share_arenas()
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    memory.give_back()
    memory.share_arenas()


def test_threads_share_two_arenas(monkeypatch):
    asked = []

    class Library:
        def mallopt(self, name, value):
            asked.append((name, value))

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: Library())
    memory.share_arenas()
    assert asked == [(-8, 2)]


def test_the_shelves_of_a_session_are_emptied_when_its_browser_goes(monkeypatch):
    monkeypatch.setattr(memory, "give_back", lambda: None)

    def page() -> None:
        from ui import memory

        memory.forget_when_the_browser_goes()
        memory.shelf("footage").setdefault("key", "frames")

    clear_session_cache("test session id")  # which all pages under test share
    shown = AppTest.from_function(page).run()
    assert not shown.exception and shown.session_state["footage"] == {"key": "frames"}
    shown.run()
    clear_session_cache("test session id")
    assert shown.session_state["footage"] == {}
    shown.run()
    assert not shown.exception and shown.session_state["footage"] == {"key": "frames"}, "it may come back"


@pytest.fixture
def in_sight():
    """Nothing is set aside yet."""
    memory.shelf("imported", shared=True).clear()
    gc.unfreeze()
    yield
    memory.shelf("imported", shared=True).clear()
    gc.freeze()


def seen_by_the_collector(thing: object) -> bool:
    return any(one is thing for one in gc.get_objects())


def test_what_was_imported_is_set_aside_once_and_again_when_many_modules_came(monkeypatch, in_sight):
    assert seen_by_the_collector(memory)
    memory.set_imports_aside()
    assert not seen_by_the_collector(memory)
    of_a_session = {"of": ["a session"]}
    monkeypatch.setitem(sys.modules, "one_more", ModuleType("one_more"))
    memory.set_imports_aside()
    assert seen_by_the_collector(of_a_session), "for one module more nothing of a session is set aside"
    for number in range(memory.MANY):
        monkeypatch.setitem(sys.modules, f"new_{number}", ModuleType(f"new_{number}"))
    new = sys.modules["new_0"]
    memory.set_imports_aside()
    assert not seen_by_the_collector(new)


def test_a_page_sets_aside_what_it_imported(in_sight):
    def page() -> None:
        import streamlit as st

        from ui.frame import FRAMED, framed

        st.session_state[FRAMED] = True
        framed()

    assert gc.get_freeze_count() == 0
    assert not AppTest.from_function(page, default_timeout=200).run().exception
    assert gc.get_freeze_count() > 100_000

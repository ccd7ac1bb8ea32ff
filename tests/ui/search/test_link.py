"""The link of the page Search: what is asked comes back from it, and what names nothing is passed over."""

import numpy as np
import pytest
import streamlit as st

from ui.search import link

ROWS, LENGTH = range(1, 9), 4


@pytest.fixture(autouse=True)
def session(monkeypatch):
    """A session and its link as plain dictionaries."""
    params, state = {}, {}
    monkeypatch.setattr(st, "query_params", params)
    monkeypatch.setattr(st, "session_state", state)
    return params, state


def test_what_was_asked_confirmed_rejected_and_played_comes_back(session):
    link.ask(3)
    link.decide(5, True)
    link.decide(6, False)
    link.play(5, link.IN_LINE)
    assert session[0] == {"query": "3", "yes": "5", "no": "6", "play": "line.5"}
    assert link.asked(ROWS, LENGTH) == link.Asked(3, (5,), (6,), 5, link.IN_LINE)


def test_a_person_of_no_index_travels_as_his_embedding():
    embedding = np.array([0.5, -0.25, 0.125, 1], np.float32)
    link.ask(embedding)
    assert link.asked(ROWS, LENGTH).query == pytest.approx(embedding)
    assert link.asked(ROWS, LENGTH + 1).query is None


def test_whether_anything_certain_can_rest_on_it_travels_with_an_embedding_and_is_forgotten_with_it(session):
    link.ask(np.ones(LENGTH, np.float32), unsure=True)
    assert link.asked(ROWS, LENGTH).unsure
    session[0].clear()  # another page was looked at
    assert link.asked(ROWS, LENGTH).unsure
    link.ask(np.ones(LENGTH, np.float32))
    assert not link.asked(ROWS, LENGTH).unsure and "unsure" not in session[0]


def test_a_decision_is_changed_and_taken_back():
    link.decide(5, True)
    link.decide(6, True)
    link.decide(5, False)
    assert link.asked(ROWS, LENGTH) == link.Asked(None, (6,), (5,))
    link.decide(5, None)
    link.decide(6, None)
    assert link.asked(ROWS, LENGTH) == link.Asked()


def test_another_query_forgets_what_was_said_of_the_one_before(session):
    link.decide(5, True)
    link.play(5, link.IN_ROW)
    link.ask(2)
    assert session[0] == {"query": "2"}


def test_a_second_click_on_play_closes_the_film():
    link.play(5, link.IN_ROW)
    link.play(5, link.IN_ROW)
    assert link.asked(ROWS, LENGTH).played is None


def test_the_page_is_as_it_was_left(session):
    link.ask(3)
    session[0].clear()
    assert link.asked(ROWS, LENGTH).query == 3
    assert session[0] == {"query": "3"}


@pytest.mark.parametrize("text", ["99", "-1", "²", "AAAA", "nobody!", "_" * 10])
def test_a_link_that_names_nothing_of_this_index_asks_for_nobody(session, text):
    session[0].update(query=text, yes="99,5,5,x", play="hit.77")
    assert link.asked(ROWS, LENGTH) == link.Asked(None, (5,))

"""Films in the browser: sent once, clicked."""

from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from ui import player
from ui.player import Film, play


@pytest.fixture
def sent(monkeypatch):
    """What the browser gets, call by call, in a new session."""
    told = []
    monkeypatch.setattr(player, "_component", lambda **of: told.append(of))
    st.session_state.clear()
    yield told
    st.session_state.clear()


def test_a_film_is_not_sent_again_once_the_browser_has_said_that_it_is_there(sent):
    film, followed = Film("x.mp4", b"a film", np.arange(3) / 10, (64, 48), 10), []
    for _ in range(2):  # nothing is known of the browser before a click
        play(film, [], "player", followed.append)
        assert sent[-1]["data"]["film"].startswith("data:video/mp4;base64,")
    st.session_state["player"] = {"chosen": {"place": 3, "films": [sent[-1]["data"]["digest"]]}}
    sent[-1]["on_chosen_change"]()
    assert followed == [3]
    play(film, [], "player", followed.append)
    assert sent[-1]["data"]["film"] == "" and sent[-1]["data"]["digest"] == sent[0]["data"]["digest"]
    play(replace(film, content=b"another film"), [], "player", followed.append)
    assert sent[-1]["data"]["film"].startswith("data:video/mp4;base64,")

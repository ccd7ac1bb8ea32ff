"""Whom one looks for: doubts of what was brought hold as long as its embedding does."""

import numpy as np
import pytest
import streamlit as st

from reid_core.search import open_index
from ui.search import link
from ui.search.indexes import BUNDLED
from ui.search.query import PICTURE, query_of
from ui.search.words import BROUGHT_UNSURE

SOMEBODY = np.ones(4, np.float32)


@pytest.mark.parametrize(
    ("state", "unsure", "doubts"),
    [
        ({}, False, ()),
        ({}, True, (BROUGHT_UNSURE,)),
        (
            {PICTURE: ("a.png", "", ("a.png shows the person in the dark",))},
            True,
            ("a.png shows the person in the dark",),
        ),
        ({PICTURE: ("a.png", "", ())}, False, ()),
    ],
)
def test_a_link_alone_knows_whether_there_were_doubts_and_the_session_which(monkeypatch, state, unsure, doubts):
    monkeypatch.setattr(st, "session_state", state)
    assert query_of(open_index(BUNDLED), link.Asked(SOMEBODY, unsure=unsure)).doubts == doubts

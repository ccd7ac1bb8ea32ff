"""What a session keeps, and for how long."""

import pytest
import streamlit as st

from ui.footage import MOST_KEPT, bundled, is_stopped, keep_upload, read_upload, remembered, resume, stop, uploads
from ui.loaders import examples


@pytest.fixture(autouse=True)
def a_new_session():
    st.session_state.clear()
    yield
    st.session_state.clear()


def test_what_is_remembered_is_made_once():
    made = []
    for _ in range(3):
        assert remembered("shelf", "key", lambda: made.append(1) or len(made)) == 1
    assert len(made) == 1


def test_the_oldest_is_forgotten_when_there_are_too_many():
    for number in range(MOST_KEPT + 1):
        remembered("shelf", number, lambda: "first")
    assert remembered("shelf", MOST_KEPT, lambda: "again") == "first"
    assert remembered("shelf", 0, lambda: "again") == "again"


def test_what_is_made_of_bundled_videos_alone_is_made_once_for_all_sessions():
    ships, own = bundled(examples()["same"])["a"], read_upload("b", "b.mp4", b"my own")
    kept = {"ships": (ships,), "mine": (ships, own), "nothing known": ()}
    assert {remembered("shelf", key, lambda: "first", of=of) for key, of in kept.items()} == {"first"}
    st.session_state.clear()
    found = {key: remembered("shelf", key, lambda: "again", of=of) for key, of in kept.items()}
    assert found == {"ships": "first", "mine": "again", "nothing known": "again"}


def test_what_fails_is_not_remembered():
    with pytest.raises(ZeroDivisionError):
        remembered("shelf", "key", lambda: 1 / 0)
    assert remembered("shelf", "key", lambda: 5) == 5


def test_equal_uploads_have_equal_keys_and_a_new_one_goes_on_after_a_stop():
    stop()
    assert is_stopped()
    keep_upload("a", "x.mp4", b"one")
    keep_upload("b", "y.mp4", b"one")
    assert not is_stopped()
    assert uploads()["a"].key == uploads()["b"].key != "x.mp4"
    keep_upload("b", "y.mp4", b"two")
    assert uploads()["a"].key != uploads()["b"].key


def test_a_stop_lasts_until_the_user_goes_on():
    stop()
    assert is_stopped()
    resume()
    assert not is_stopped()

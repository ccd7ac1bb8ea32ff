"""Tracks that are put right on the page: whom the choices mean afterwards, and that all can be taken back."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from reid_core.video import Tracklet
from ui.verify.player import frames_of, seen_spans


def page() -> None:
    """Three people: one there always, one early, one late; the choice of both sides is told."""
    import numpy as np
    import streamlit as st

    from reid_core.video import Scene, Tracklet
    from ui.corrections import corrected
    from ui.footage import Footage, Source, footage
    from ui.people import choices, choose
    from ui.verify.tracks import correct

    def person(start: int, stop: int, shade: int) -> Tracklet:
        frames = np.full((stop - start, 128, 64, 3), shade, np.uint8)
        return Tracklet(frames, np.arange(start, stop) / 10, np.zeros((stop - start, 4), np.float32))

    source = Source("x.mp4", b"x", "x", "a")
    if "footage" not in st.session_state:
        scene = Scene("x.mp4", (person(0, 30, 10), person(0, 9, 60), person(15, 25, 60)), "people")
        picture = np.zeros((100, 200, 3), np.uint8)
        found = Footage(source, scene, picture, np.arange(30) / 10, b"", None, 1.0)
        st.session_state["footage"] = {"x": found}
        choose(found, st.session_state.get("first", 1))
        choices()["b", "x"] = 2
    found = corrected(footage(source))
    correct(found)
    st.text(" ".join(f"{len(one)}" for one in found.scene.tracklets))
    st.text(" ".join(f"{side} {choice}" for (side, _), choice in sorted(choices().items())))


@pytest.fixture
def shown() -> AppTest:
    return AppTest.from_function(page, default_timeout=200)


def told(shown: AppTest) -> list[str]:
    assert not shown.exception
    return [text.value for text in shown.text]


def test_a_track_is_split_where_the_user_says_and_choices_stay(shown):
    shown.session_state["first"] = 0
    shown.run()
    shown.slider(key="split a 0 30").set_value(12).run()
    shown.button(key="do split a 0 30").click().run()
    assert told(shown) == ["12 9 10 18", "a 0 b 2"]
    shown.button(key="as found a").click().run()
    assert told(shown) == ["30 9 10", ""]


def test_two_tracks_are_joined_and_who_was_chosen_is_who_they_are_now(shown):
    shown.run()
    assert shown.selectbox(key="join a 1 3").options == ["person 3"]  # the first is there all the time
    shown.button(key="do join a 1 3").click().run()
    assert told(shown) == ["30 19", "a 1 b 1"]


def test_who_is_seen_all_the_time_can_be_joined_with_nobody(shown):
    shown.session_state["first"] = 0
    shown.run()
    assert told(shown) and not shown.selectbox


def test_a_lane_has_a_part_for_each_time_that_somebody_is_seen():
    times = np.array([0.0, 0.1, 0.2, 0.5, 0.6, 0.9])
    places = np.array([0, 1, 3, 4, 5])
    one = Tracklet(np.zeros((5, 128, 64, 3), np.uint8), times[places], np.zeros((5, 4), np.float32))
    assert frames_of(one, times).tolist() == places.tolist()
    assert seen_spans(one, times) == [(0.0, 0.1), (0.5, 0.9)]

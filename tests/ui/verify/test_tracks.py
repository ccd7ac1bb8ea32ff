"""Tracks that are put right on the page: whom the choices mean afterwards, and that all can be taken back."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from reid_core.video import Scene, Subject, Tracklet
from ui.footage import Footage, Source
from ui.verify.player import frames_of, seen_spans
from ui.verify.tracks import known_anyway
from ui.verify.words import AT_ONE_TIME, SAME_FRAMES


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
    shown.select_slider(key="split a 0 30").set_value(12).run()
    captions = [picture.caption for block in shown.get("image") for picture in block.proto.imgs]
    assert captions == ["before, 1.1 s", "after, 1.2 s"]
    assert shown.button(key="do split a 0 30").help == "What comes then becomes person 4."
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


@pytest.mark.parametrize(
    ("file", "start", "left", "said"),
    [
        ("x", 0, 0, SAME_FRAMES),
        ("x", 5, 3, SAME_FRAMES),  # of another part of the file, with a box that is a little off
        ("x", 5, 40, AT_ONE_TIME),
        ("x", 20, 40, ""),  # one leaves before the other comes
        ("y", 0, 0, ""),
    ],
)
def test_of_two_who_are_seen_at_one_time_of_one_file_it_is_known_whether_they_are_one(file, start, left, said):
    def seen(name: str, begin: int, at: int) -> tuple[Footage, Subject]:
        boxes = np.tile(np.array([at, 0, at + 20, 60], np.float32), (15, 1))
        one = Tracklet(np.zeros((15, 128, 64, 3), np.uint8), np.arange(begin, begin + 15) / 10, boxes)
        scene, source = Scene("x.mp4", (one,), "people"), Source("x.mp4", b"", name, "a")
        picture = np.zeros((60, 80, 3), np.uint8)
        return Footage(source, scene, picture, one.times_s, b"", None, 1.0), Subject("x.mp4", one, "auto")

    (a, one), (b, other) = seen("x", 0, 0), seen(file, start, left)
    assert known_anyway((a, b), (one, other)) == said


def test_a_lane_has_a_part_for_each_time_that_somebody_is_seen():
    times = np.array([0.0, 0.1, 0.2, 0.5, 0.6, 0.9])
    places = np.array([0, 1, 3, 4, 5])
    one = Tracklet(np.zeros((5, 128, 64, 3), np.uint8), times[places], np.zeros((5, 4), np.float32))
    assert frames_of(one, times).tolist() == places.tolist()
    assert seen_spans(one, times) == [(0.0, 0.1), (0.5, 0.9)]

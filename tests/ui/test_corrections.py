"""Tracks that were put right travel in the link, and so does the part of a video that is looked at."""

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    """A bundled video of two seconds or what is looked at of it, with two people who take turns."""
    from pathlib import Path

    import numpy as np
    import streamlit as st

    from reid_core.video import Scene, Tracklet
    from ui import footage
    from ui.corrections import changes, corrected, put_right, take_back
    from ui.footage import Footage, Source, parted

    def person(start: int, stop: int) -> Tracklet:
        frames = np.full((stop - start, 128, 64, 3), start, np.uint8)
        return Tracklet(frames, np.arange(start, stop) / 10, np.zeros((stop - start, 4), np.float32))

    source = parted(Source("x.mp4", st.session_state.get("content", Path("x.mp4")), "x.mp4", "a"))
    searched = st.session_state.setdefault("searched", Scene("x.mp4", (person(0, 12), person(12, 20)), "people"))
    picture = np.zeros((100, 200, 3), np.uint8)
    found = corrected(Footage(source, searched, picture, np.arange(20) / 10, b"", None, 1.0))
    st.button("split", on_click=put_right, args=(found, "split", 0, 5, {0: 0, 1: 1}))
    st.button("join", on_click=put_right, args=(found, "join", 0, 1, {0: 0, 1: 0}))
    st.button("take back", on_click=take_back, args=(found,))
    st.button("part", on_click=footage.take_part, args=(source, footage.Part(0.5, 1)))
    st.text(" ".join(f"{len(one)}" for one in found.scene.tracklets))
    st.text(str(source.part))
    st.text("; ".join(changes(found)))


def opened(content: bytes | None = None, **link: str) -> AppTest:
    shown = AppTest.from_function(page, default_timeout=200)
    if content is not None:
        shown.session_state["content"] = content
    for name, value in link.items():
        shown.query_params[name] = value
    return shown.run()


def click(shown: AppTest, label: str) -> AppTest:
    next(button for button in shown.button if button.label == label).click().run()
    assert not shown.exception
    return shown


def link(shown: AppTest) -> dict[str, str]:
    return {name: "".join(value) for name, value in shown.query_params.items()}


def test_a_link_puts_the_tracks_right_in_another_session():
    shown = click(click(opened(), "split"), "join")
    assert shown.text[0].value == "13 7"
    assert link(shown) == {"tracks_a": "split-1-5_join-1-2"}
    again = opened(**link(shown))
    assert again.text[0].value == "13 7" and link(again) == link(shown)
    assert link(click(again, "take back")) == {} and again.text[0].value == "12 8"


@pytest.mark.parametrize("steps", ["split-3-2", "split-1-12", "join-1-1", "join-1", "cut-1-2", "split-0-2", "nonsense"])
def test_steps_that_do_not_fit_are_none(steps):
    shown = opened(tracks_a=steps)
    assert not shown.exception and shown.text[0].value == "12 8" and link(shown) == {}


def test_the_part_of_a_video_is_in_the_link():
    shown = click(opened(tracks_a="split-1-5"), "part")
    assert shown.text[1].value == "0.5-1" and link(shown) == {"part_a": "0.5-1"}
    assert shown.text[0].value == "12 8", "another part has other tracks"
    assert opened(part_a="0.5-1").text[1].value == "0.5-1"


@pytest.mark.parametrize("part", ["5", "a-b", "2--1", "-1-2", "1-0", "0-inf", "nan-1"])
def test_what_is_no_part_is_all_of_it(part):
    shown = opened(part_a=part)
    assert not shown.exception and shown.text[1].value == "None" and link(shown) == {}


def test_the_tracks_of_an_upload_are_put_right_once_it_is_there_again():
    said = link(click(opened(b"mine"), "split"))
    assert said == {"tracks_a": "split-1-5"}
    assert opened(b"mine", **said).text[0].value == "5 8 7"


def test_what_was_put_right_is_told_in_words():
    shown = click(click(opened(), "split"), "join")
    assert shown.text[2].value == "person 1 split from its frame 5 on; person 1 joined with person 2"
    assert click(shown, "take back").text[2].value == ""

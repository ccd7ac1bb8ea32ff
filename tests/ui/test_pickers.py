"""What is asked of the user: options that change under a stored choice, and pairs of other pages."""

import pytest
from streamlit.testing.v1 import AppTest


def asked(widget: str) -> AppTest:
    """A page that asks for one of a few, whose titles and names the state decides."""

    def page(widget: str) -> None:
        import streamlit as st

        from ui import pickers

        titles = st.session_state.get("titles", {"a": "A, first", "b": "B, second"})
        st.text(f"chosen: {getattr(pickers, widget)('Which', titles, 'which')}")
        st.button("Other", on_click=pickers.go_to, args=("which", [*titles][-1]))

    return AppTest.from_function(page, args=(widget,))


def chosen(page: AppTest) -> str:
    assert not page.exception
    return page.text[0].value


@pytest.mark.parametrize("widget", ["linked_choice", "linked_select"])
def test_a_choice_stays_when_its_title_changes(widget):
    page = asked(widget).run()
    page.button[0].click().run()
    assert chosen(page) == "chosen: b"
    page.query_params.clear()
    page.session_state["titles"] = {"b": "B, now the first", "a": "A, second", "c": "C"}
    page.run()
    assert chosen(page) == "chosen: b"
    page.run()  # the browser has sent the title that it has seen
    assert chosen(page) == "chosen: b"
    page.button[0].click().run()
    assert chosen(page) == "chosen: c" and page.query_params["which"] in ("c", ["c"])


@pytest.mark.parametrize("widget", ["linked_choice", "linked_select"])
def test_a_choice_that_is_no_longer_there_becomes_the_first(widget):
    page = asked(widget)
    page.query_params["which"] = "b"
    assert chosen(page.run()) == "chosen: b"
    page.session_state["titles"] = {"x": "X", "y": "Y"}
    assert chosen(page.run()) == "chosen: x"


def test_a_pair_of_a_run_is_looked_at_beside_the_user_s_own_videos():
    def page() -> None:
        import streamlit as st

        from ui.footage import bring, keep_upload
        from ui.pickers import pick_pair

        if "begun" not in st.session_state:
            st.session_state["begun"] = True
            keep_upload("a", "mine.mp4", b"1")
            bring({"a": ("probe.zip", b"2"), "b": ("near.zip", b"3")})
        st.text(", ".join(f"{side} {source.name}" for side, source in pick_pair().items()))

    shown = AppTest.from_function(page)
    shown.query_params["example"] = "run"
    shown.run()
    assert not shown.exception and shown.text[0].value == "a probe.zip, b near.zip"
    shown.query_params["example"] = "own"
    shown.run()
    assert not shown.exception and shown.text[0].value == "a mine.mp4"


def test_a_pair_of_a_run_that_is_gone_is_said_and_no_example_takes_its_place():
    def page() -> None:
        import streamlit as st

        from ui.pickers import pick_pair

        st.text(str(pick_pair()))

    shown = AppTest.from_function(page)
    shown.query_params["example"] = "run"
    shown.run()
    assert shown.text[0].value == "{}" and "open it there" in shown.caption[0].value


def test_the_link_of_own_videos_holds_when_they_are_uploaded_again_and_not_of_others():
    def script():
        import streamlit as st

        from ui.footage import keep_upload

        keep_upload("a", "mine.mp4", b"1")
        keep_upload("b", "other.mp4", b"2")
        st.text(f"{st.query_params.get('person_a')} {st.query_params.get('person_b')}")

    page = AppTest.from_function(script)
    page.query_params.update(file_a="mine.mp4", person_a="2", file_b="mine.mp4", person_b="2")
    assert page.run().text[0].value == "2 None"
    page.query_params.update(file_a="mine.mp4", person_a="2")
    assert page.run().text[0].value == "None None", "another file of this name, of this session"


def long_video() -> None:
    """A page that looks at an upload of 36 seconds, whose frames grow brighter."""
    import numpy as np
    import streamlit as st

    from reid_core.video import mp4
    from ui.footage import keep_upload, uploads
    from ui.pickers import pick_pair, watch

    if not uploads():
        st.query_params["example"] = "own"
        shades = np.linspace(0, 255, 360).astype(np.uint8)
        keep_upload("a", "long.mp4", mp4((np.full((128, 64, 3), shade, np.uint8) for shade in shades), 10))
    found = watch(pick_pair()["a"])
    st.text("nobody" if found is None else f"{found.times_s[0]:.1f} to {found.times_s[-1]:.1f}")


def look_at(page: AppTest, start: float, length: float) -> str:
    """Ask for a part of the video: what was read."""
    for name, value in (("start", start), ("length", length)):
        next(box for box in page.number_input if box.key.endswith(name)).set_value(value)
    next(button for button in page.button if button.label == "Look at this part").click().run()
    assert not page.exception
    return page.text[0].value


def test_of_a_long_video_it_is_said_what_was_not_looked_at_and_another_part_can_be():
    page = AppTest.from_function(long_video, default_timeout=200).run()
    assert page.text[0].value == "0.0 to 29.9"
    assert "long.mp4: only 0.0 to 29.9 s of 36.0 s were used." in page.caption[-1].value
    assert look_at(page, 20, 5) == "20.0 to 24.9"
    assert "long.mp4: only 20.0 to 24.9 s of 36.0 s were used." in page.caption[-1].value
    assert look_at(page, 30, 30) == "30.0 to 35.9"


def test_a_video_that_is_used_whole_is_not_asked_about():
    def page() -> None:
        from ui.footage import bundled
        from ui.loaders import examples
        from ui.pickers import watch

        watch(bundled(examples()["same"])["a"])

    shown = AppTest.from_function(page, default_timeout=200).run()
    assert not shown.exception and not shown.number_input

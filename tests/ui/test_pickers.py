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

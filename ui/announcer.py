"""What Streamlit leaves out: what a screen reader hears without being asked, tables that the keyboard can scroll."""

from pathlib import Path

import streamlit as st

ANNOUNCED = "announced"  # the key of the container whose words are an answer

_html, _js = (Path(__file__).with_name(f"announcer.{part}").read_text() for part in ("html", "js"))
_component = st.components.v2.component("announcer", html=_html, js=_js)


def announcer() -> None:
    """Say progress and answers of the page in a live region; it shows nothing."""
    with st.container(height=1, border=False):  # what Streamlit shows until the component is here would be pushed about
        _component(key="announcer", data={"answer": f".st-key-{ANNOUNCED}"})

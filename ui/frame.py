"""The frame of app.py round a page that Streamlit has started without it."""

import runpy
from pathlib import Path

import streamlit as st

APP = Path(__file__).resolve().parents[1] / "app.py"
FRAMED = "framed"  # in the state of every session that app.py has begun


def framed() -> None:
    """Start over with app.py where a page's own address was the first that a new server was asked for.

    Until ``st.navigation`` has run once, Streamlit lists the folder ``pages`` itself and runs the page alone, without
    title, width and our navigation. Every page calls this first.
    """
    if FRAMED not in st.session_state:
        runpy.run_path(str(APP))
        st.stop()

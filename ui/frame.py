"""The frame of app.py round a page that Streamlit has started without it."""

import runpy
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

APP = Path(__file__).resolve().parents[1] / "app.py"


def framed() -> None:
    """Start over with app.py where a page's own address was the first that a new server was asked for.

    Until ``st.navigation`` has run once, Streamlit lists the folder ``pages`` itself and runs the page alone, without
    title, width and our navigation. Every page calls this first.
    """
    if PagesManager.uses_pages_directory:
        runpy.run_path(str(APP))
        st.stop()

"""The frame of app.py round a page that Streamlit has started without it."""

import logging
import runpy
import time
from pathlib import Path
from typing import Protocol

import streamlit as st

from reid_core.model import CheckpointError
from reid_core.runs import RunError
from ui.memory import set_imports_aside
from ui.own import name_own_videos

APP = Path(__file__).resolve().parents[1] / "app.py"
PLACES = Path(__file__).with_name("places.css")
FRAMED = "framed"  # in the state of every session that app.py has begun
WIDE_S = 0.25  # until a browser has read what hides a page while it is narrow, as it begins


def begin_wide() -> None:
    """Begin a page of the app, unseen until the browser has made it wide."""
    st.html(PLACES)
    if FRAMED not in st.session_state:
        time.sleep(WIDE_S)
    st.set_page_config("Person re-identification", str(APP.parent / "assets" / "icon.png"), layout="wide")
    st.session_state[FRAMED] = True


def framed() -> None:
    """Start over with app.py where a page's own address was the first that a new server was asked for.

    Until ``st.navigation`` has run once, Streamlit lists the folder ``pages`` itself and runs the page alone, without
    title, width and our navigation. Every page calls this first, after its imports.
    """
    if FRAMED not in st.session_state:
        runpy.run_path(str(APP))
        st.stop()
    set_imports_aside()
    name_own_videos()


class Runs(Protocol):
    """A page of ``st.navigation``."""

    def run(self) -> None:
        """Draw it."""


def shown(page: Runs) -> None:
    """Draw a page; what was deleted or damaged while the app runs, or a full disk, is a sentence and no end of it."""
    try:
        page.run()
    except (CheckpointError, RunError, OSError) as error:
        logging.getLogger(__name__).exception("a page cannot be shown")
        st.error(f"This page cannot be shown: {error}")

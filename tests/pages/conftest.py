"""A page without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui.frame import FRAMED
from ui.library import SETTING

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def no_own_runs(tmp_path_factory, monkeypatch):
    """The runs that ship alone, whatever the user's own folder holds."""
    monkeypatch.setenv(SETTING, str(tmp_path_factory.mktemp("none")))


@pytest.fixture
def open_page():
    """Make a page by its path, ready to run; the first run of a session loads every model."""

    def make(path: str) -> AppTest:
        page = AppTest.from_file(str(ROOT / path), default_timeout=200)
        page.session_state[FRAMED] = True
        return page

    return make

"""The frame of the app: page settings, navigation, the words at the foot, what screen readers hear."""

from pathlib import Path

import streamlit as st

from ui.announcer import announcer
from ui.frame import begin_wide, shown
from ui.glossary import show_glossary
from ui.memory import forget_when_the_browser_goes, share_arenas

HERE = Path(__file__).resolve().parent

begin_wide()
share_arenas()
forget_when_the_browser_goes()

page = st.navigation(
    [
        st.Page(HERE / "pages" / "home.py", title="Home", icon=":material/home:", default=True),
        st.Page(HERE / "pages" / "verify.py", title="Verify", icon=":material/compare_arrows:", url_path="verify"),
        st.Page(HERE / "pages" / "search.py", title="Search", icon=":material/person_search:", url_path="search"),
        st.Page(HERE / "pages" / "attention.py", title="Attention", icon=":material/visibility:", url_path="attention"),
        st.Page(HERE / "pages" / "bias_lab.py", title="Bias lab", icon=":material/science:", url_path="bias_lab"),
        st.Page(HERE / "pages" / "train.py", title="Train", icon=":material/model_training:", url_path="train"),
        st.Page(HERE / "pages" / "runs.py", title="Runs", icon=":material/leaderboard:", url_path="runs"),
    ],
    position="top",
)
body = st.container(key="page")
announcer()
try:
    with body:
        shown(page)
finally:  # a page may stop; and what is below it from the start would be pushed down as it grows
    show_glossary()

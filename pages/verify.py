"""Two videos in, a verdict out."""

import streamlit as st

from ui.footage import is_found, is_stopped, search_ahead
from ui.frame import framed
from ui.pickers import ask_for_videos, pick_allowed, pick_model, pick_pair
from ui.verify.views import compared, people

framed()

st.title("The same person?")
st.markdown("Two videos in, a verdict out: do they show one person or two?")

sources = pick_pair()
search_ahead(sources.values())
name, allowed = pick_model(), pick_allowed()
columns, below = st.columns(2, gap="large"), st.empty()
if len(sources) < 2:
    with below:
        ask_for_videos(sources)
elif not is_stopped() and not all(is_found(source) for source in sources.values()):
    below.info("Comparing the two videos", icon=":material/hourglass_top:")  # instead of a verdict on others

found = people(sources, columns)
if len(sources) == 2:
    with below.container():
        if len(found) == 2:
            compared(found["a"], found["b"], name, allowed)

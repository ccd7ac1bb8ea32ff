"""Train a network: put the command together, see what it costs, run it, watch it."""

import os

import streamlit as st

from ui.allowed import SETTING, may_name
from ui.frame import framed
from ui.jobs import ask
from ui.train.cost import show_cost
from ui.train.data import known_data, offer_to_make, pick_data
from ui.train.form import in_a_shell, pick_training
from ui.train.queue import show_queue
from ui.train.words import LEAD, NO_DATA, NOT_HERE

framed()

st.title("Train")
st.markdown(LEAD)

if not may_name(os.environ.get(SETTING) or "."):
    st.info(NOT_HERE, icon=":material/computer:")
    st.stop()
if not known_data():
    st.info(NO_DATA, icon=":material/folder_off:")
offer_to_make()

data = pick_data()
if data is not None:
    check = (f"check of {data[0]}", ("check-data", data[1], data[0]))
    st.button("Check the data", icon=":material/fact_check:", on_click=ask, args=check)
    words = pick_training(data)
    if words is not None:
        st.code(in_a_shell(words), None, wrap_lines=True)
        start = (words[words.index("--out") + 1].rsplit("/", 1)[-1], words)
        st.button("Start", type="primary", icon=":material/play_arrow:", on_click=ask, args=start)
        show_cost(words)
show_queue()

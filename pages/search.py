"""One person, hours of footage: where and when he was seen."""

import streamlit as st

from ui.frame import framed
from ui.search.own import index_own, indexing, pick_index
from ui.search.views import explain, search
from ui.search.words import INTRO

framed()

st.title("Find this person")
st.markdown(INTRO)

jobs = indexing()
index = pick_index(jobs)
if index is not None:
    search(index)
index_own(jobs)
explain()

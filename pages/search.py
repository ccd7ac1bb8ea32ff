"""One person, hours of footage: where and when he was seen."""

import streamlit as st

from ui.frame import framed
from ui.search.own import index_own, pick_index
from ui.search.views import explain, search
from ui.search.words import INTRO

framed()

st.title("Find this person")
st.markdown(INTRO)

index = pick_index()
if index is not None:
    search(index)
index_own()
explain()

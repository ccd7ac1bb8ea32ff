"""Which frames count: models stacked over one strip of frames."""

import streamlit as st

from ui.attention.data import explained
from ui.attention.views import (
    linked_views,
    pick_models,
    pick_rule,
    show_deletion,
    show_downloads,
    show_lags,
    show_summary,
    start_with_the_story,
)
from ui.attention.words import LEAD, WHAT_IS_SHOWN
from ui.clips import clip_of
from ui.frame import framed
from ui.pickers import pick_pair, pick_person, pick_side, watch

framed()

st.title("Which frames count?")
st.markdown(LEAD)

start_with_the_story()
sources = pick_pair()
if not sources:
    st.info("Choose a video, or two to see what the frames do to the verdict.", icon=":material/upload:")
    st.stop()
side = pick_side("Look into", sources, "look")
people = {name: watch(source) for name, source in sources.items()}
looked_into = people.pop(side)
other = next(iter(people.values()), None)
if looked_into is None:
    st.stop()
names = pick_models()
pick_person(looked_into, side)

try:
    clip = clip_of(looked_into)
    partner = None if other is None else clip_of(other)
    if clip is None:
        st.stop()
    shown = explained(clip, partner, names, pick_rule(names))
except ValueError as error:
    st.error(str(error))
    st.stop()

linked_views(shown)
with st.expander("What is shown"):
    st.markdown(WHAT_IS_SHOWN)

st.subheader("In words and numbers", anchor=False)
show_summary(shown)

st.subheader("Is it true? Leave frames out", anchor=False)
show_deletion(shown)

st.subheader("Vanishing gradients", anchor=False)
show_lags(shown)
show_downloads(shown)

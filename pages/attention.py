"""Which frames count: models stacked over one strip of frames."""

import streamlit as st

from ui.attention.views import explanation, pick_models, start_with_the_story
from ui.attention.words import LEAD
from ui.clips import clip_of
from ui.frame import framed
from ui.people import take_choice
from ui.pickers import pick_pair, pick_person, pick_side, watch_all

framed()

st.title("Which frames count?")
st.markdown(LEAD)

start_with_the_story()
sources = pick_pair()
if not sources:
    st.info("Choose a video, or two to see what the frames do to the verdict.", icon=":material/upload:")
    st.stop()
which, models = st.columns(2, gap="large")
with which:
    side = pick_side("Look into", sources, "look")
with models:
    names = pick_models()
people = watch_all(sources)
looked_into = people.pop(side)
other = next(iter(people.values()), None)
if looked_into is None:
    st.stop()
pick_person(looked_into, side)
if other is not None:
    take_choice(other)

try:
    clip = clip_of(looked_into)
    partner = None if other is None else clip_of(other)
except ValueError as error:
    st.error(str(error))
    st.stop()
if clip is not None:
    explanation(clip, partner, names)

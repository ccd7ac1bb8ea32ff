"""A laboratory for temporal bias: cover a part of a video, drag the cover, and see who changes their mind."""

import streamlit as st

from ui.bias.views import laboratory, pick_people, start_with_the_story
from ui.bias.words import LEAD
from ui.clips import clip_of
from ui.frame import framed
from ui.pickers import pick_pair, pick_side, watch

framed()

st.title("Bias lab")
st.markdown(LEAD)

start_with_the_story()
sources = pick_pair()
if len(sources) < 2:
    st.info("Choose two videos. Each may be a clip of one person or a scene with several.", icon=":material/upload:")
    st.stop()
side = pick_side("Edit which video", sources, "edit")

people = {name: watch(source) for name, source in sources.items()}
pick_people(people)

try:
    clips = {name: clip_of(found) for name, found in people.items() if found is not None}
except ValueError as error:
    st.error(str(error))
    st.stop()

clip, partner = clips.pop(side, None), next(iter(clips.values()), None)
if clip is not None and partner is not None:
    laboratory(clip, partner)

"""A laboratory for temporal bias: cover a part of a video, drag the cover, and see who changes their mind."""

import streamlit as st

from ui.bias.story import pick_step, told_step
from ui.bias.views import heading, laboratory, pick_edit, pick_people, start_with_the_story
from ui.clips import clip_of
from ui.frame import framed
from ui.pickers import OWN, ask_for_videos, linked_select, pick_pair, pick_side, watch_all

framed()
start_with_the_story()

large = bool(st.session_state.get("present", st.query_params.get("present") == "true"))
place, rail = (st.container(), st.popover("Controls")) if large else st.columns([4, 1], gap="medium")
title = place.container()
with rail:
    pick_step()
    edit = pick_edit()
with place if st.session_state["example"] == OWN else rail:  # there is no room for uploads in the rail
    sources = pick_pair(linked_select)
step = told_step(edit)
with title:
    heading(step, large)

with place:
    if len(sources) < 2:
        ask_for_videos(sources)
        st.stop()
    with rail:
        side = pick_side("Edit which video", sources, "edit", linked_select)
    people = watch_all(sources)
    pick_people(people)
    try:
        clips = {name: clip_of(found) for name, found in people.items() if found is not None}
    except ValueError as error:
        st.error(str(error))
        st.stop()
    clip, partner = clips.pop(side, None), next(iter(clips.values()), None)
    if clip is not None and partner is not None:
        laboratory(clip, partner, edit, step, large)

"""A laboratory for temporal bias: cover a part of a video, drag the cover, and see who changes their mind."""

import streamlit as st

from ui.bias.stage import place_of_stage
from ui.bias.story import chosen_step, pick_step, told_step
from ui.bias.views import heading, laboratory, pick_edit, pick_people, start_with_the_story, tell_more
from ui.clips import clip_of
from ui.frame import framed
from ui.own import EXAMPLE, OWN
from ui.pickers import ask_for_videos, linked_select, pick_pair, pick_side, watch_all

framed()
start_with_the_story()

large = bool(st.session_state.get("present", st.query_params.get("present") == "true"))
place, rail = (st.container(), st.popover("Controls")) if large else st.columns([4, 1], gap="medium")
own = st.query_params.get(EXAMPLE, st.session_state[EXAMPLE]) == OWN  # on a reload the link alone says so
with place:  # the stage first: it is to be seen without scrolling, however much is asked of the user's own videos
    heading(chosen_step(), large)
    (scene, held), asked = place_of_stage(reserved=not own), st.container()
with rail:
    pick_step()
    edit = pick_edit()
# A presenter's screen has the stage alone, but uploads have no room in a rail.
ask = rail if large and not own else asked
with ask:
    sources = pick_pair(linked_select)
step = told_step(edit)
with asked:
    if len(sources) < 2:
        ask_for_videos(sources)
        st.stop()
    with ask:
        side = pick_side("Edit which video", sources, "edit")
    people = watch_all(sources)
    pick_people(people)
    try:
        clips = {name: clip_of(found) for name, found in people.items() if found is not None}
    except ValueError as error:
        st.error(str(error))
        st.stop()
clip, partner = clips.pop(side, None), next(iter(clips.values()), None)
if clip is not None and partner is not None:
    with scene:
        shown = laboratory(clip, partner, edit, step, large, held)
    if shown is not None:
        tell_more(shown)  # below the controls, which on a phone stand below the stage

"""All stored runs: how good they are, how they differ, and where they fail."""

import streamlit as st

from ui.frame import framed
from ui.library import library, opened
from ui.live import show_live
from ui.pickers import linked_choice
from ui.runs.bias import show_bias
from ui.runs.gallery import show_gallery
from ui.runs.pickers import pick_one, pick_runs
from ui.runs.real import show_real
from ui.runs.views import show_configurations, show_ranks, show_training, show_verification
from ui.runs.words import LEAD, NO_RUNS, VIEWS

framed()

st.title("Runs")
st.markdown(LEAD)

show_live()
stored = library()
if stored.problems:
    with st.expander(f"Folders that cannot be read: {len(stored.problems)}", icon=":material/warning:"):
        st.text("\n".join(stored.problems))
if not stored.runs:
    st.info(NO_RUNS, icon=":material/model_training:")
    st.stop()

runs = opened(pick_runs(stored.runs))
if not runs:
    st.info("Select one or more runs in the table.", icon=":material/checklist:")
    st.stop()

view = linked_choice("Show", VIEWS, "view")
if view == "ranks":
    show_ranks(runs)
elif view == "verification":
    show_verification(runs)
elif view == "bias":
    show_bias(runs)
elif view == "real":
    show_real(stored.runs)
elif view == "training":
    show_training(runs)
elif view == "settings":
    show_configurations(runs)
else:
    show_gallery(pick_one(runs))

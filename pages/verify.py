"""Two videos in, a verdict out."""

import streamlit as st

from ui.calibrations import calibrated, calibrated_checkpoints
from ui.footage import chosen_subject, verdicts
from ui.frame import framed
from ui.pickers import pick_allowed, pick_model, pick_pair, pick_person, watch
from ui.strip import linked_strips
from ui.style import QUIET
from ui.verify.calibration import pick_calibration
from ui.verify.charts import verdict_scale, verdict_scale_in_words
from ui.verify.report import provenance, report, show_card, show_table, verdict_table
from ui.verify.words import FORMULA
from ui.words import ICONS

framed()

st.title("The same person?")
st.markdown("Two videos in, a verdict out: do they show one person or two?")

sources = pick_pair()
name, allowed = pick_model(), pick_allowed()
if len(sources) < 2:
    st.info("Choose two videos. Each may be a clip of one person or a scene with several.", icon=":material/upload:")
    st.stop()

a, b = watch(sources["a"]), watch(sources["b"])
if a is None or b is None:
    st.stop()

people = st.columns(2, gap="large")
with people[0]:
    pick_person(a, "a")
with people[1]:
    pick_person(b, "b")

try:
    subjects = chosen_subject(a), chosen_subject(b)
    if subjects[0] is None or subjects[1] is None:
        st.stop()
    found, seconds = verdicts(a, b, (subjects[0], subjects[1]), calibrated_checkpoints())
except ValueError as error:
    st.error(str(error))
    st.stop()

results = {known: result.allowing(allowed) for known, result in found.items()}
result, network = results[name], calibrated(name)
answer, chart = st.columns([2, 3], gap="large", vertical_alignment="center")
with answer:
    st.header(f"{ICONS[result.verdict]} {result.answer}", anchor=False)
    st.markdown(result.reason)
    st.caption(f"{result.held_against} {provenance(network)} Calibrated on {result.calibration}.")
    for warning in result.warnings:
        st.warning(warning)
with chart:
    st.plotly_chart(verdict_scale(result), config=QUIET, alt=verdict_scale_in_words(result))

st.subheader("What the models saw", anchor=False)
linked_strips((subjects[0], subjects[1]))

st.subheader("All models on this pair", anchor=False)
show_table(verdict_table(results))
st.download_button(
    "Download as JSON", report(results, name, seconds), "verdict.json", "application/json", icon=":material/download:"
)

pick_calibration()
with st.expander("How the verdict is made"):
    st.markdown(FORMULA)
with st.expander("What this model was trained on"):
    show_card(network)

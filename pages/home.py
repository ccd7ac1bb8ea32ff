"""What this is about, at once and without a click."""

import streamlit as st

from ui.charts import before_and_after, before_and_after_in_words
from ui.frame import framed
from ui.home.cards import example_cards
from ui.home.words import BIAS, LEAD, RESPONSIBLE
from ui.loaders import example_verdicts, examples, model_table
from ui.style import QUIET
from ui.words import changed_answers

framed()

st.title("Have these cameras seen the same person?")
st.markdown(LEAD)

example_cards(examples())

st.header("What is temporal bias?", anchor=False)
words, chart = st.columns([2, 3], gap="large", vertical_alignment="center")
words.markdown(BIAS)
answers = words.empty()
answers.markdown("The models look at the pair.")  # what is said in its place takes as much room
words.page_link(
    "pages/verify.py", label="See it in Verify", icon=":material/compare_arrows:", query_params={"example": "covered"}
)
words.page_link("pages/bias_lab.py", label="Move the cover in the Bias lab", icon=":material/science:")

st.header("The models that ship", anchor=False)
st.table(model_table().set_index("Model"))

st.header("Use it responsibly", anchor=False)
st.markdown(RESPONSIBLE)

# last, so that everything else is there while the models work
with chart:
    before, after = example_verdicts("same"), example_verdicts("covered")
    figure = before_and_after(before, after, ("whole video", "its end covered"))
    st.plotly_chart(figure, config=QUIET, alt=before_and_after_in_words(before, after))
answers.markdown(changed_answers(before, after))

"""The words that are not everyday ones: what each means, told where it stands and at the foot of every page."""

import streamlit as st

GLOSSARY = {
    "embedding": "The numbers that a model makes of the frames of a person; those of one person lie close together.",
    "distance": "How far two embeddings lie apart; smaller is more alike.",
    "alpha": "Attention: the weights with which a model draws on the frames. They sum to one.",
    "gradient": "How much the embedding would change with a small change of a frame; without it nothing is learned.",
    "rank 1": "The share of the people looked for who are the very first among those that were found.",
    "FAR": "False acceptance rate: of all pairs of two persons, how many are taken for one person.",
    "FRR": "False rejection rate: of all pairs of one person, how many are taken for two.",
}


def show_glossary() -> None:
    """Every word with its meaning under the pointer, or on a tap or the keyboard's focus."""
    with st.container(horizontal=True, gap="medium", key="glossary"):
        for word, meaning in GLOSSARY.items():
            st.markdown(word, help=meaning, width="content")

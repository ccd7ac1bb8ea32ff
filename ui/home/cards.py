"""The bundled pairs as cards."""

from collections.abc import Mapping

import streamlit as st

from ui.loaders import Example
from ui.pictures import file_uri


def example_cards(examples: Mapping[str, Example]) -> None:
    """A poster, a title, a sentence and a way in for each pair."""
    with st.container(key="posters"):
        columns = st.columns(len(examples))
    for column, example in zip(columns, examples.values(), strict=True):
        with column.container(border=True, height="stretch"):
            st.image(file_uri(example.poster), width="stretch", alt=f"Frames of both videos of: {example.title}")
            st.markdown(f"**{example.title}**")
            st.caption(example.story)
            st.page_link(
                "pages/verify.py", label="Compare", icon=":material/play_circle:", query_params={"example": example.key}
            )

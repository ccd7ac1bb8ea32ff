"""The parts of the page Search: who is looked for, where he was found, the time line of everybody."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from reid_core.search import Answer, Index, find
from ui.search import link
from ui.search.hits import decide, show_film, show_hits
from ui.search.indexes import model_of, rows_of, width_of
from ui.search.query import pick_query, query_of, show_query
from ui.search.timeline import Bar, timeline
from ui.search.words import HOW, LOOKS, WHAT_IS_KEPT, span
from ui.style import GREY, SKY

TOP = 20


def search(index: Index) -> None:
    """Ask an index and show what it answers."""
    rows = rows_of(index)
    if rows.empty:
        st.info("Nobody is in this index.")
        return
    asked = link.asked(rows["tracklet"], width_of(index))
    asked = asked if asked.query is not None else replace(asked, query=int(rows["tracklet"].iloc[0]))
    answer = answered(index, asked)
    show_timeline(index, asked, answer)
    left, right = st.columns([2, 3], gap="large")
    with left:
        show_query(index, asked)
        pick_query(index)
    with right:
        show_hits(index, answer, asked)


def explain() -> None:
    """How it is done, and what is kept where."""
    with st.expander("How somebody is found"):
        st.markdown(HOW)
    with st.expander("What is kept, and where"):
        st.markdown(WHAT_IS_KEPT)


def answered(index: Index, asked: link.Asked) -> Answer:
    """The hits for what is asked, enough of them to leave room beside those that the user has judged."""
    top = TOP + len(asked.confirmed) + len(asked.rejected)
    return find(query_of(index, asked), [index], model_of(index), top)


def show_timeline(index: Index, asked: link.Asked, answer: Answer) -> None:
    """Everybody of the index in time, and the film of whom the user clicks."""
    st.subheader("Who was where when", anchor=False)
    timeline(bars(rows_of(index), asked, answer), asked.played, lambda number: link.play(number, link.IN_LINE))
    if asked.played is not None and asked.at == link.IN_LINE:
        with st.container(horizontal=True):
            decide(asked.played, asked, "line")
        show_film(index, asked.played, link.IN_LINE)


def bars(rows: pd.DataFrame, asked: link.Asked, answer: Answer) -> list[Bar]:
    """Every tracklet of an index as a bar."""
    looks = looks_of(asked, answer)
    several = rows.groupby("camera")["digest"].nunique() > 1
    return [
        _bar(row, looks.get(row["tracklet"], "far"), bool(several[row["camera"]])) for row in rows.to_dict("records")
    ]


def _bar(row: Mapping[Hashable, Any], look: str, several: bool) -> Bar:
    """Args: several: whether the camera has more than this video, each of which has a time of its own."""
    return Bar(
        number=row["tracklet"],
        lane=f"{row['camera']}, {row['video']}" if several else row["camera"],
        start_s=row["start_s"],
        end_s=row["end_s"],
        mark=str(row["tracklet"]),
        colour=GREY if look == "far" else SKY,
        look=look,
        told=f"{row['camera']}, {span(row['start_s'], row['end_s'])}, tracklet {row['tracklet']}, {LOOKS[look]}",
    )


def looks_of(asked: link.Asked, answer: Answer) -> dict[int, str]:
    """What each tracklet of which something is known is on the time line."""
    looks = {hit.tracklet: "hit" for hit in answer.within}
    looks |= dict.fromkeys(asked.confirmed, "confirmed") | dict.fromkeys(asked.rejected, "rejected")
    return looks | ({asked.query: "query"} if isinstance(asked.query, int) else {})

"""The parts of the page Search: who is looked for, where he was found, the time line of everybody."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from reid_core.search import Answer, Index, find
from ui.downloads import offer
from ui.report import zipped
from ui.search import link
from ui.search.hits import decide, show_film, show_hits
from ui.search.indexes import model_of, rows_of, width_of
from ui.search.query import ask_again, pick_query, query_of, read_taken, show_query
from ui.search.report import search_report
from ui.search.timeline import Bar, colour_of, timeline
from ui.search.who import counted, edit_person, identities_of, letters, offer_exports, offer_to_keep
from ui.search.words import HOW, JUMPS, WHAT_IS_KEPT, bar_in_words, people_in_words
from ui.style import GREY

TOP = 20
MOST_BARS = 2000


def search(index: Index) -> None:
    """Ask an index and show what it answers."""
    rows = rows_of(index)
    if rows.empty:
        st.info("Nobody is in this index.")
        return
    read_taken(model_of(index))
    asked = link.asked(rows["tracklet"], width_of(index))
    if asked.file:
        ask_again(index, asked.file)
        return
    asked = asked if asked.query is not None else replace(asked, query=int(rows["tracklet"].iloc[0]))
    answer = answered(index, asked)
    drawn = show_timeline(index, asked, answer)
    left, right = st.columns([2, 3], gap="large")
    with left:
        show_query(index, asked)
        offer_to_keep(index, asked)
        pick_query(index)
    with right:
        show_hits(index, answer, asked)
        report = search_report(index, answer, asked, drawn)
        offer("Report (zip, opens offline)", lambda: zipped(report()), "search.zip", "application/zip")


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


def show_timeline(index: Index, asked: link.Asked, answer: Answer) -> list[Bar]:
    """Everybody of the index in time, the film of whom the user clicks, and who was where when as files.

    Returns: what was drawn.
    """
    st.header("Who was where when", anchor=False)
    rows = rows_of(index)
    try:
        found = identities_of(index)
    except ValueError as error:
        st.caption(str(error))
        found = None
    if found is not None:
        st.caption(people_in_words(found["identity"].nunique(), len(found)))
    drawn = bars(shown(rows, looks_of(asked, answer)), found, asked, answer)
    if len(drawn) < len(rows):
        st.caption(f"Of {len(rows)} tracklets the {len(drawn)} are drawn that were found, confirmed or rejected.")
    if drawn:
        timeline(drawn, asked.played, lambda number: link.play(number, link.IN_LINE))
    if any(bar.jumps_s for bar in drawn):
        st.caption(JUMPS)
    if asked.played is not None and asked.at == link.IN_LINE:
        with st.container(horizontal=True):
            decide(asked.played, asked, link.IN_LINE)
        if found is not None:
            edit_person(index, found, asked.played)
        show_film(index, asked.played, link.IN_LINE)
    if found is not None:
        offer_exports(index, found)
    return drawn


def shown(rows: pd.DataFrame, looks: Mapping[int, str]) -> pd.DataFrame:
    """Which tracklets have a bar: all, or where they are too many for a browser those of which something is known."""
    return rows if len(rows) <= MOST_BARS else rows[rows["tracklet"].isin(list(looks))]


def bars(rows: pd.DataFrame, found: pd.DataFrame | None, asked: link.Asked, answer: Answer) -> list[Bar]:
    """Every tracklet of an index as a bar. Args: found: the people of the index; None where they are not known."""
    looks, several = looks_of(asked, answer), rows.groupby("camera")["digest"].nunique() > 1
    people, names = (counted(found), letters(found)) if found is not None else ({}, {})
    return [
        Bar(
            number=row["tracklet"],
            lane=f"{row['camera']}, {row['video']}" if several[row["camera"]] else row["camera"],
            start_s=row["start_s"],
            end_s=row["end_s"],
            mark=names.get(row["tracklet"], ""),
            colour=colour_of(people[row["tracklet"]]) if people else GREY,
            look=looks.get(row["tracklet"], "far"),
            told=bar_in_words(row, names.get(row["tracklet"]), looks.get(row["tracklet"], "far")),
            jumps_s=row["jumps_s"],
        )
        for row in rows.to_dict("records")
    ]


def looks_of(asked: link.Asked, answer: Answer) -> dict[int, str]:
    """What each tracklet of which something is known is on the time line."""
    looks = {hit.tracklet: "hit" for hit in answer.within}
    looks |= {hit.tracklet: "unclear" for hit in answer.unclear}
    looks |= dict.fromkeys(asked.confirmed, "confirmed") | dict.fromkeys(asked.rejected, "rejected")
    return looks | ({asked.query: "query"} if isinstance(asked.query, int) else {})

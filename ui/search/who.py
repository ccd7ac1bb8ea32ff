"""The people of an index: which tracklets are one person, as letters and colours, and as files to take along."""

import io
import zipfile
from functools import partial

import pandas as pd
import streamlit as st

from reid_core.search import (
    Decision,
    Index,
    as_csv,
    as_json,
    as_motchallenge,
    identities,
    merge,
    rename,
    split,
    who_was_where,
)
from ui.downloads import offer
from ui.footage import remembered
from ui.search import link
from ui.search.indexes import BUNDLED, model_of
from ui.search.timeline import letter_of
from ui.search.words import BY_HAND, KEEPING, person_in_words

Identities = dict[int, int]  # of tracklets, counted in the order in which their people are first seen


def identities_of(index: Index) -> pd.DataFrame:
    """As ``reid_core.search.identities`` finds them; found again when tracklets or decisions were added.

    Raises: ValueError: there are too many tracklets, or decisions contradict each other.
    """
    key = (index, index.tracklets.version, index.decisions())
    return remembered("identities", key, lambda: identities(index, model_of(index)))


def counted(found: pd.DataFrame) -> Identities:
    """The people, from 0 on, in the order of their lowest tracklets."""
    order = {identity: place for place, identity in enumerate(sorted(found["identity"].unique()))}
    return {int(row["tracklet"]): order[row["identity"]] for row in found.to_dict("records")}


def letters(found: pd.DataFrame) -> dict[int, str]:
    """What each tracklet's person is called: the name that was given, else a letter."""
    names = dict(zip(found["tracklet"], found["name"], strict=True))
    return {number: names[number] or letter_of(place) for number, place in counted(found).items()}


def offer_exports(index: Index, found: pd.DataFrame) -> None:
    """Who was where when, for others to read."""
    with st.container(horizontal=True):
        offer("Who was where when (CSV)", lambda: as_csv(who_was_where(index, found)), "who-was-where.csv", "text/csv")
        offer("The same (JSON)", lambda: as_json(who_was_where(index, found)), "who-was-where.json", "application/json")
        offer("Boxes (MOTChallenge)", partial(motchallenge, index, found), "motchallenge.zip", "application/zip")


def motchallenge(index: Index, found: pd.DataFrame) -> bytes:
    """A text file a video, in a zip; frames are counted at the rate at which the video was read."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, video in enumerate(index.videos(), 1):
            name = f"{number:03}-{video.camera}-{video.video}-{video.rate:g}-per-second.txt".replace("/", "_")
            archive.writestr(name, as_motchallenge(index, found, video.digest, video.rate))
    return buffer.getvalue()


def offer_to_keep(index: Index, asked: link.Asked) -> None:
    """Let what the user said of a person of an own index be kept in it, or taken out of it again."""
    number = asked.query
    if index.place == str(BUNDLED) or not isinstance(number, int):
        return
    kept = [one for one in index.decisions() if number in (one.a, one.b)]
    with st.container(horizontal=True):
        st.button("Keep in the index", key="keep", on_click=_keep, args=(index, number, asked), help=KEEPING)
        if kept:
            st.button(f"Take {len(kept)} back", key="take back", on_click=_take_back, args=(index, kept))


def edit_person(index: Index, found: pd.DataFrame, number: int) -> None:
    """Name the person of a tracklet, put him together with another, or split the tracklet off; of an own index."""
    if index.place == str(BUNDLED):
        st.caption(BY_HAND)
        return
    called, place = letters(found), counted(found)
    own = [other for other in place if place[other] == place[number]]
    others = {called[other]: other for other in place if place[other] != place[number]}
    st.markdown(f"**{person_in_words(called[number], len(own))}**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", found["name"][found["tracklet"] == number].iloc[0], key=f"name {number}", width=180)
        st.button("Name", key="rename", on_click=_rename, args=(index, found, number))
        if others:
            st.selectbox("The same person as", list(others), key=f"other {number}", width=180)
            st.button("Merge", key="merge", on_click=_merge, args=(index, found, number, others))
        if len(own) > 1:
            st.button("Split this time off", key="split", on_click=split, args=(index, found, number))
        if kept := [one for one in index.decisions() if number in (one.a, one.b)]:
            st.button(f"Take {len(kept)} back", key="take back here", on_click=_take_back, args=(index, kept))


def _rename(index: Index, found: pd.DataFrame, number: int) -> None:
    rename(index, found, number, st.session_state[f"name {number}"].strip())


def _merge(index: Index, found: pd.DataFrame, number: int, others: dict[str, int]) -> None:
    merge(index, found, number, others[st.session_state[f"other {number}"]])


def _keep(index: Index, number: int, asked: link.Asked) -> None:
    same = [Decision("same", number, other) for other in asked.confirmed if other != number]
    different = [Decision("different", number, other) for other in asked.rejected if other != number]
    if same or different:
        index.decide(*same, *different)


def _take_back(index: Index, kept: list[Decision]) -> None:
    for one in kept:
        index.undecide(one.a, one.b)

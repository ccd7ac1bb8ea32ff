"""What was found, as rows: a strip, camera, time, how sure; a film at that moment; yes and no."""

import numpy as np
import streamlit as st

from reid_core.search import STRIP_FRAMES, Answer, Index, changes, clock, span
from reid_core.video import VideoError, boxes_at
from ui.announcer import ANNOUNCED
from ui.player import Film, Lane, play
from ui.search import link
from ui.search.indexes import film_of, rows_of, strip_of, tracklet_of
from ui.search.words import (
    BEYOND,
    JUMPS,
    REJECTED,
    among_in_words,
    found_in_words,
    nobody_in_words,
    rests_on,
    sure_in_words,
    unclear_in_words,
)

FEWEST, BESIDE = 8, 3  # hits that are shown in all, and of those beyond the threshold at least
STRIP_PX = 100  # high; a frame is half as wide


def show_hits(index: Index, answer: Answer, asked: link.Asked) -> None:
    """The answer, and a row a hit: confirmed, within the threshold, too close to call, beyond it, rejected."""
    said = (*asked.confirmed, *asked.rejected)
    sure = {hit.tracklet: hit.probability_same for hit in answer.hits}
    within = [hit.tracklet for hit in answer.within if hit.tracklet not in said]
    unclear = [hit for hit in answer.unclear if hit.tracklet not in said]
    beyond = [hit.tracklet for hit in answer.beyond if hit.tracklet not in said]
    with st.container(key=ANNOUNCED):
        st.header(found_in_words(len(asked.confirmed), len(within), answer.nobody), anchor=False)
    if answer.nobody and not asked.confirmed:
        st.markdown(nobody_in_words(answer.searched))
    for number in (*asked.confirmed, *within):
        _row(index, number, sure.get(number), asked)
    if unclear or answer.doubts:
        st.warning(unclear_in_words(answer.unsure))
    for hit in unclear:
        _row(index, hit.tracklet, sure[hit.tracklet], asked)
    if beyond:
        st.markdown(f"**{BEYOND}**")
        if told := among_in_words(sure[beyond[0]], answer.searched):
            st.caption(told)
        for number in beyond[: max(FEWEST - len(within), BESIDE)]:
            _row(index, number, sure[number], asked)
    if asked.rejected:
        st.markdown(f"**{REJECTED}**")
        for number in asked.rejected:
            _row(index, number, sure.get(number), asked)
    st.caption(rests_on(answer))


def _row(index: Index, number: int, sure: float | None, asked: link.Asked) -> None:
    """Args: sure: how probable it is that this is the person; None where it was not measured."""
    one = tracklet_of(index, number)
    told = f"{one.camera}, {span(one.start_s, one.end_s)}"
    with st.container(border=True, gap="small", key=f"hit {number}"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            show_strip(index, number, f"Tracklet {number}: {told}")
            said = [] if sure is None else [sure_in_words(sure)]
            st.markdown("  \n".join([f"**{told}**", *said, *changes(one.jumps_s)]), width="content")
        with st.container(horizontal=True, gap="small"):
            shown = asked.played == number and asked.at == link.IN_ROW
            what = "Close" if shown else f"Play {clock(one.start_s)}"
            icon = ":material/close:" if shown else ":material/play_arrow:"
            st.button(what, key=f"play {number}", icon=icon, on_click=link.play, args=(number, link.IN_ROW))
            decide(number, asked)
        if shown:
            show_film(index, number, link.IN_ROW)


def show_strip(index: Index, number: int, alt: str) -> None:
    """Some frames of a tracklet, which have their place before they are there, and push nothing down."""
    wide = STRIP_PX // 2 * min(STRIP_FRAMES, tracklet_of(index, number).frames)
    with st.container(height=STRIP_PX, width=wide, border=False):
        st.image(strip_of(index, number), alt=alt, width=wide)


def decide(number: int, asked: link.Asked, at: str = link.IN_ROW) -> None:
    """Yes and no beside a tracklet; a second click takes the answer back. Args: at: where the buttons stand."""
    for same, said, text, icon in (
        (True, number in asked.confirmed, "It is", ":material/check:"),
        (False, number in asked.rejected, "It is not", ":material/close:"),
    ):
        st.button(
            text,
            key=f"{text} {number} {at}",
            icon=icon,
            type="primary" if said else "secondary",
            on_click=link.decide,
            args=(number, None if said else same),
        )


def show_film(index: Index, number: int, at: str) -> None:
    """Play the seconds of a tracklet with a box round everybody; a click on somebody plays him instead.

    Args: at: where the film is shown.
    """
    try:
        film = film_of(index, number)
    except VideoError as error:
        st.error(str(error))
        return
    one = tracklet_of(index, number)
    shown = Film(f"{one.video} {clock(one.start_s)}", film.film, film.times_s, film.size, film.frames_per_second)
    lanes = [_lane(index, other, shown, other == number) for other in _beside(index, number, film.times_s)]
    play(shown, lanes, f"film {at}", lambda chosen: link.play(chosen, at), at_once=True)
    if any(lane.jumps for lane in lanes):
        st.caption(JUMPS)
    with st.container(horizontal=True):
        st.button(
            "Look for this person",
            key=f"ask {number} {at}",
            icon=":material/search:",
            on_click=link.ask,
            args=(number,),
        )
        st.download_button("Film (MP4)", film.film, f"{one.camera}-{number}.mp4", "video/mp4", on_click="ignore")


def _beside(index: Index, number: int, times_s: np.ndarray) -> list[int]:
    """The tracklet and who is seen in the same film."""
    rows, one = rows_of(index), tracklet_of(index, number)
    there = (rows["digest"] == one.digest) & (rows["end_s"] >= times_s[0]) & (rows["start_s"] <= times_s[-1])
    others = rows["tracklet"][there & (rows["tracklet"] != number)].tolist()
    return [number, *others]


def _lane(index: Index, number: int, film: Film, chosen: bool) -> Lane:
    one = tracklet_of(index, number)
    boxes = boxes_at(film.times_s, one.times_s, one.boxes) / np.array([*film.size, *film.size], np.float32)
    frames = np.flatnonzero(~np.isnan(boxes).any(axis=1))
    start, end = (float(film.times_s[frames[place]]) for place in (0, -1)) if len(frames) else (one.start_s, one.end_s)
    title = f"Tracklet {number}"
    return Lane(
        place=number,
        mark=str(number),
        title=title,
        seen=f"{one.end_s - one.start_s:.1f} s",
        told="; ".join([f"{title} is seen from {span(one.start_s, one.end_s)}", *changes(one.jumps_s)]),
        thumbnail=strip_of(index, number),
        frames=frames.tolist(),
        boxes=boxes[frames].clip(0, 1).round(4).tolist(),
        spans=[(round(start, 3), round(end, 3))],
        jumps=[time_s for time_s in one.jumps_s.tolist() if start <= time_s <= end],
        chosen=chosen,
    )

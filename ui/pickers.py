"""What is asked of the user: which pair, which model, who of a scene, where nobody was found."""

from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from reid_core.model import ALLOWED, DEFAULT_ALLOWED
from reid_core.video import VideoError
from ui.calibrations import link_calibrations
from ui.corrections import corrected
from ui.footage import (
    Footage,
    Part,
    Source,
    brought,
    bundled,
    footage,
    is_stopped,
    keep_upload,
    lost,
    parted,
    resume,
    take_part,
    uploads,
)
from ui.loaders import checkpoint_names, examples
from ui.own import BROUGHT, EXAMPLE, OWN, SIDES, forget_own, leave_choice
from ui.people import choice_of, choose, take_choice
from ui.pictures import frame_uri
from ui.words import model_title, plain
from ui.work import Crowded

Ask = Callable[[str, Mapping[str, str], str], str]
BROUGHT_WORDS = "Opened in the ranked gallery of a run: the few small frames that the run keeps of two tracklets."
BROUGHT_GONE = (
    "This pair was opened in the gallery of a run and is not kept when the page is loaded again: open it there."
)
IN_MEMORY = "Uploads are held in memory until this browser session or the app ends; no link brings them back."
GONE = "it was held in memory, and that ended when the page was loaded anew."
PERSON_PX = 88  # wide is somebody to be picked
MOST_SPREAD, SCROLLED_PX = 6, 270  # more people than these are scrolled through, a row and a part of the next
MOST_S = 30  # of a video are looked at
SUFFIXES = ["mp4", "mov", "mkv", "webm", "avi", "ts", "gif", "zip"]
SIDE_NAMES = {"a": "First video", "b": "Second video"}


def pick_model() -> str:
    """The checkpoint whose verdict is told; in the URL."""
    return linked_choice("Model", {name: model_title(name) for name in checkpoint_names()}, "checkpoint")


def pick_allowed() -> float:
    """The operating point: the share of pairs of either kind that may get the wrong answer; in the URL."""
    percent = st.select_slider(
        "Wrong answers allowed, of 100 pairs of either kind",
        [round(100 * share) for share in ALLOWED],
        round(100 * DEFAULT_ALLOWED),
        key="allowed",
        width=360,
        help="Fewer wrong answers, more that is too close to call.",
        bind="query-params",
        persist_state="session",
    )
    return float(percent) / 100


def pick_pair(ask: Ask | None = None) -> dict[str, Source]:
    """A bundled pair or the user's own videos, by side; the choice is in the URL. Own videos may be missing yet.

    Args: ask: ``linked_select`` where it is narrow.
    """
    link_calibrations()
    titles = {key: example.title for key, example in examples().items()} | {OWN: "Your own videos"}
    if brought() or st.query_params.get(EXAMPLE) == BROUGHT:
        titles[BROUGHT] = "A pair of a run"
    key = (ask or linked_choice)("Videos", titles, EXAMPLE)
    if key == BROUGHT:
        st.caption(BROUGHT_WORDS if brought() else BROUGHT_GONE)
        return brought()
    if key != OWN:
        st.caption(examples()[key].story)
        return {side: parted(source) for side, source in bundled(examples()[key]).items()}
    for side, column in zip(SIDES, st.columns(2), strict=True):
        with column:
            _upload(side)
    st.caption(IN_MEMORY)
    return {side: parted(source) for side, source in uploads().items()}


def pick_side(label: str, sources: Mapping[str, Source], key: str) -> str:
    """One of the videos, the second at first; from a list, which no name is too long for."""
    titles = {side: f"{SIDE_NAMES[side]}: {sources[side].name}" for side in reversed(SIDES) if side in sources}
    return linked_select(label, titles, key)


def linked_choice(label: str, titles: Mapping[str, str], key: str) -> str:
    """One of a few, shown by title; it stays when the page changes and stands in the URL as ``key=name``."""
    _take_link(titles, key)
    chosen = st.segmented_control(
        label,
        list(titles),
        format_func=titles.__getitem__,
        required=True,
        key=key,
        persist_state="session",
        on_change=_follow,
        args=(key, titles),
    )
    return str(chosen)


def linked_select(label: str, titles: Mapping[str, str], key: str) -> str:
    """One of many; as ``linked_choice``, which is for a few."""
    _take_link(titles, key)
    chosen = st.selectbox(
        label,
        list(titles),
        format_func=titles.__getitem__,
        key=key,
        persist_state="session",
        on_change=_follow,
        args=(key, titles),
    )
    return str(chosen)


def go_to(key: str, name: str) -> None:
    """Choose another of a ``linked_choice`` or ``linked_select``, as a click on it would."""
    st.session_state[key] = st.query_params[key] = name
    if key == EXAMPLE:
        for side in SIDES:
            leave_choice(side)
    resume()


def _take_link(titles: Mapping[str, str], key: str) -> None:
    """Choose what the URL says, else what was chosen before, which the URL says from then on, else the first.

    A widget's own binding would put the title into the URL, and links would break with every better word. The browser
    knows an option by its title alone, so it is told anew each time: where titles change, an old one names nothing.
    """
    first = next(iter(titles))
    known = st.query_params.get(key), st.session_state.get(key), first
    st.session_state[key] = next(name for name in known if name in titles)
    if st.session_state[key] != first:
        st.query_params[key] = st.session_state[key]


def _follow(key: str, titles: Mapping[str, str]) -> None:
    if st.session_state[key] in titles:  # else the browser chose of titles that are no longer shown
        go_to(key, st.session_state[key])


def linked_slider(label: str, low: int, high: int, key: str, first: int | None = None) -> int:
    """A whole number that stays when the page changes and stands in the URL; not asked where there is only one.

    Args: first: where it begins, by default at ``low``.
    """
    if low >= high:
        return low
    if st.session_state.get(key, low) > high:
        st.session_state[key] = high
    begin = low if first is None else first
    return st.slider(label, low, high, begin, key=key, bind="query-params", persist_state="session")


def ask_for_videos(sources: Mapping[str, Source]) -> None:
    """Say which videos are to be chosen yet."""
    missing = [SIDE_NAMES[side].lower() for side in SIDES if side not in sources]
    which = "two videos" if len(missing) == len(SIDES) else f"the {' and the '.join(missing)}, too"
    st.info(f"Choose {which}. Each may be a clip of one person or a scene with several.", icon=":material/upload:")


def watch_all(sources: Mapping[str, Source]) -> dict[str, Footage | None]:
    """The people of each video, by side; what is to be said of them stands side by side. Returns: as ``watch``."""
    found = {side: _looked_at(source) for side, source in sources.items()}
    told = [
        (sources[side], one) for side, one in found.items() if one is not None and (one.scene.warnings or _long(one))
    ]
    if told:  # columns of nothing would take room
        for column, (source, one) in zip(st.columns(len(told), gap="large"), told, strict=True):
            with column:
                _tell(source, one)
    return found


def watch(source: Source) -> Footage | None:
    """The people of a video, or None after saying in one sentence why there are none to compare."""
    found = _looked_at(source)
    if found is not None:
        _tell(source, found)
    return found


def _looked_at(source: Source) -> Footage | None:
    if is_stopped():
        st.info("Stopped.", icon=":material/stop_circle:")
        st.button("Go on", on_click=resume, key="go on")
        st.stop()
    try:
        return corrected(footage(source))
    except Crowded as error:
        st.info(str(error), icon=":material/hourglass_empty:")
    except VideoError as error:
        st.error(str(error))
        if source.part is not None:
            _pick_part(source, source.part.start_s + 1)
    return None


def _tell(source: Source, found: Footage) -> None:
    """Warnings, and which part of a long video was looked at."""
    for warning in found.scene.warnings:
        st.caption(f":material/info: {warning}.")
    if (whole_s := _long(found)) is not None:
        _pick_part(source, whole_s)


def _long(found: Footage) -> float | None:
    """How long a video is of which only a part was looked at."""
    looked_at_s = float(np.ptp(found.times_s))
    return found.whole_s if found.whole_s is not None and found.whole_s > looked_at_s + 1 else None


def _pick_part(source: Source, whole_s: float) -> None:
    """Which part of a long video is looked at. Args: whole_s: how long it is."""
    part, key = source.part or Part(0, MOST_S), f"part {source.side} {source.file}"

    def follow() -> None:
        take_part(source, Part(st.session_state[f"{key} start"], st.session_state[f"{key} length"]))

    with st.form(key, border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("From, s", 0.0, max(whole_s - 1, part.start_s), float(part.start_s), 1.0, key=f"{key} start")
        st.number_input("Length, s", 1.0, float(MOST_S), float(part.length_s), 1.0, key=f"{key} length")
        st.form_submit_button("Look at this part", on_click=follow)


def pick_person(found: Footage, side: str) -> None:
    """Who of a scene is compared. Nothing is asked where there is one person only."""
    take_choice(found)
    if found.scene.kind == "nobody":
        pick_frame_or_box(found, side)
    elif len(found.scene.tracklets) > 1:
        _pick_one_of(found, side)


def _upload(side: str) -> None:
    st.file_uploader(SIDE_NAMES[side], SUFFIXES, key=f"upload_{side}", on_change=_take, args=(side,))
    if name := lost(side):
        say_lost(name)
    if side not in uploads():
        return
    if st.session_state[f"upload_{side}"] is None:  # the widget forgets its file when the page changes
        st.caption(f"Using **{plain(uploads()[side].name)}** from before.")


def say_lost(name: str) -> None:
    """Ask for a file that the link names and this session lacks."""
    st.warning(f"Upload {plain(name)} again: {GONE}", icon=":material/upload:")


def _take(side: str) -> None:
    uploaded = st.session_state[f"upload_{side}"]
    if uploaded is None:
        uploads().pop(side, None)
        forget_own(side)
    else:
        keep_upload(side, uploaded.name, uploaded.getvalue())


def _pick_one_of(found: Footage, side: str) -> None:
    chosen = choice_of(found) or 0
    st.markdown(f"**{SIDE_NAMES[side]}: {found.count} people.** Who is to be compared?")
    many = found.count > MOST_SPREAD
    with st.container(horizontal=True, gap="small", height=SCROLLED_PX if many else "content"):
        for place, tracklet in enumerate(found.scene.tracklets):
            with st.container(width=PERSON_PX):
                name, seen = f"Person {place + 1}", f"{tracklet.duration_s:.1f} s"
                alt = f"{name} of {found.source.name}, seen for {seen}"
                st.image(frame_uri(tracklet.thumbnail), width=PERSON_PX - 24, caption=seen, alt=alt)
                st.button(
                    name,
                    key=f"person {side} {place}",
                    type="primary" if place == chosen else "secondary",
                    on_click=choose,
                    args=(found, place),
                    width="stretch",
                )


def pick_frame_or_box(found: Footage, side: str) -> None:
    """Where the person of a video is in which nobody was found."""
    height, width = found.picture.shape[:2]
    st.warning(f"Nobody was found in {found.source.name}. Use the whole frame, or say where the person is.")
    st.image(
        frame_uri(found.picture),
        width=320,
        caption=f"{width} x {height} pixels",
        alt=f"First frame of {found.source.name}",
    )
    st.button(
        "Use the whole frame",
        key=f"whole {side}",
        on_click=choose,
        args=(found, "full"),
    )
    with st.form(f"box {side}", border=False):
        columns = st.columns(4)
        x = columns[0].number_input("Left, px", 0, width - 1, 0, key=f"x {side}")
        y = columns[1].number_input("Top, px", 0, height - 1, 0, key=f"y {side}")
        w = columns[2].number_input("Width, px", 1, width, width, key=f"w {side}")
        h = columns[3].number_input("Height, px", 1, height, height, key=f"h {side}")
        if st.form_submit_button("Use this box"):
            choose(found, (float(x), float(y), float(w), float(h)))

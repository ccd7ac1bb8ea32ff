"""The ranked gallery of a probe: its ten nearest with the small frames that the run keeps."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from reid_core.explain.colours import GREEN, rgb
from reid_core.runs import Run
from ui.footage import bring
from ui.own import BROUGHT
from ui.pickers import go_to, linked_select
from ui.pictures import frame_uri
from ui.runs.pickers import pick_split

Frames = NDArray[np.uint8]
WIDTH_PX = 164  # two beside each other on a phone
EDGE_PX = 5
MOST_MISSED = 3  # true matches that are shown where the ten nearest hold none
CROP_SIZE = (64, 128)  # of the frames that are handed to other pages
ELSEWHERE = {"Verify": "pages/verify.py", "Attention": "pages/attention.py"}


def show_gallery(run: Run) -> None:
    """Choose a probe, the worst first, and see its ten nearest of the gallery."""
    if run.summary.empty:
        st.info("This run was tested on nothing, so it has no probes.", icon=":material/search_off:")
        return
    split_column, probe_column, steps = st.columns([1, 3, 2], vertical_alignment="bottom")
    with split_column:
        split = pick_split(run)
    probes = run.probes(split)
    titles = probe_titles(probes)
    with probe_column:
        probe = linked_select("Probe, the worst first", titles, "probe")
    with steps.container(horizontal=True):
        _steps(list(titles), probe)
    kept = run.nearest[(run.nearest["split"] == split) & (run.nearest["probe"] == probe)]
    missed = [] if kept["right"].any() else run.matches(split, probe)[:MOST_MISSED]
    strips = run.strips([probe, *kept["gallery"], *missed])
    if not strips:
        st.info("This run keeps no frames; it has names and distances only.", icon=":material/hide_image:")
    failures = int((probes["first_match"] > 1).sum())
    place = list(titles).index(probe) + 1
    st.caption(
        f"Number {place} of {len(probes)} probes. {failures} of them fail at rank 1, where a tie is a failure too."
    )
    with st.container(horizontal=True, gap="large"):
        _frames_of(f"**Probe** {titles[probe]}", probe, strips)
        for name in missed:
            _frames_of(f"**The true match**, farther away than these ten: {name}", name, strips, right=True)
    with st.container(horizontal=True, gap="small"):
        for row in kept.to_dict("records"):
            with st.container(width=WIDTH_PX):
                _neighbour(row, strips, run.info.head)
    st.caption(
        "Verify and Attention open the few small frames that are kept with the run. The distance there is that of "
        "another model on fewer frames."
    )


def _steps(names: Sequence[str], probe: str) -> None:
    """Buttons to the probes before and after one."""
    at = names.index(probe)
    for label, icon, to in (("Back", "arrow_back", at - 1), ("Next", "arrow_forward", at + 1)):
        there = 0 <= to < len(names)
        name = names[to] if there else probe
        st.button(label, icon=f":material/{icon}:", on_click=go_to, args=("probe", name), disabled=not there)


def probe_titles(probes: pd.DataFrame) -> dict[str, str]:
    """What is said of each probe of ``Run.probes``, by its name."""
    return {row["probe"]: f"{row['probe']}: {rank_in_words(row['first_match'])}" for row in probes.to_dict("records")}


def rank_in_words(first_match: float) -> str:
    """Where the right person came in the gallery."""
    return f"found at rank {first_match:.0f}" if np.isfinite(first_match) else "not among the ten nearest"


def picture(frames: Frames, right: bool) -> Frames:
    """Frames side by side, those of the right person in a green frame. Args: frames: uint8 (T, H, W, 3)."""
    row = np.hstack(list(frames))
    if not right:
        return row
    edges = (EDGE_PX,) * 4
    framed: Frames = cv2.copyMakeBorder(row, *edges, cv2.BORDER_CONSTANT, value=rgb(GREEN)).astype(np.uint8)
    return framed


def as_video(frames: Frames) -> bytes:
    """Frames as a zip of numbered images, which is one of the forms of a video that can be uploaded."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number, frame in enumerate(frames):
            large = cv2.resize(frame, CROP_SIZE, interpolation=cv2.INTER_CUBIC)
            archive.writestr(f"{number:03d}.png", cv2.imencode(".png", large[..., ::-1])[1].tobytes())
    return content.getvalue()


def _frames_of(words: str, name: str, strips: Mapping[str, Frames], right: bool = False) -> None:
    """A tracklet that is no neighbour: words, and its frames where the run keeps them."""
    with st.container(width="content"):
        st.markdown(words)
        if name in strips:
            st.image(frame_uri(picture(strips[name], right)), width=WIDTH_PX, alt=f"Frames of {name}")


def _neighbour(row: Mapping[Any, Any], strips: Mapping[str, Frames], head: str) -> None:
    right, name = bool(row["right"]), str(row["gallery"])
    icon, word = (":green[:material/check_circle:]", "right") if right else (":red[:material/cancel:]", "wrong")
    told = f"{row['rank']}. {word} person, distance {row['distance']:.3f}"
    if name in strips:
        st.image(frame_uri(picture(strips[name], right)), width=WIDTH_PX, alt=f"{told}: frames of {name}")
    st.markdown(f"{icon} **{row['rank']}.** {word}, {row['distance']:.3f}  \n{name}")
    if {name, row["probe"]} <= strips.keys():
        with st.container(horizontal=True, gap="small"):
            for title, page in ELSEWHERE.items():
                if st.button(title, key=f"{title} {row['rank']}", type="tertiary", help=f"Open this pair in {title}"):
                    _open(page, {"a": row["probe"], "b": name}, strips, head)


def _open(page: str, pair: Mapping[str, str], strips: Mapping[str, Frames], head: str) -> None:
    """Go to a page with two tracklets and the shipped model of this head, if there is one."""
    bring({side: (f"{name.replace('/', '-')}.zip", as_video(strips[name])) for side, name in pair.items()})
    st.switch_page(page, query_params={"example": BROUGHT, "checkpoint": head})

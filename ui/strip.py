"""The linked frame strip: one frame index, thumbnails that set it, and the frame itself."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from reid_core.video import Subject
from ui.pickers import linked_slider
from ui.pictures import frame_uri
from ui.style import MARK, QUIET

THUMBNAILS = 12
FRAME_WIDTH_PX = 128
PALER = 3  # so much less contrast have frames that are not used
WHY = {
    "cut off": "the person is cut off by the border",
    "hidden": "somebody stands in front",
    "not seen": "the detector does not see the person",
    "blurred": "the picture is blurred",
}
EDGE = {"color": MARK, "width": 4}

Frames = NDArray[np.uint8]


@st.fragment
def linked_strips(people: Mapping[str, Subject], key: str = "frame") -> None:
    """The frames of several persons with one slider; a click on a thumbnail moves it. The frame is in the URL.

    Args: people: by title.
    """
    last = max(len(subject.whole) for subject in people.values()) - 1
    t = linked_slider("Frame", 0, last, key)
    large, strips = st.columns([1, 3], vertical_alignment="center")
    with large.container(horizontal=True, gap="small"):
        for title, subject in people.items():
            _frame(subject, t, title)
    with strips:
        for number, (title, subject) in enumerate(people.items()):
            _strip(subject, t, key, f"{key} strip {number}", title)
            if subject.left_out:
                st.caption(left_out_in_words(subject))


def _frame(subject: Subject, t: int, title: str) -> None:
    at = nearest_frame(len(subject.whole), t)
    moment = subject.whole.times_s[at]
    flaw = subject.unused.flaws[at] if subject.unused else ""
    st.image(
        frame_uri(subject.whole.frames[at]),
        caption=f"frame {at}, {moment:.1f} s" + (f", left out: {flaw}" if flaw else ""),
        width=FRAME_WIDTH_PX,
        alt=f"{title}, frame {at} at {moment:.1f} seconds",
    )


def _strip(subject: Subject, t: int, key: str, name: str, title: str) -> None:
    whole = subject.whole
    shown = thumbnail_indices(len(whole))

    def follow() -> None:
        points = st.session_state[name]["selection"]["points"]
        if points:
            st.session_state[key] = int(shown[points[0]["point_index"]])

    st.plotly_chart(
        strip(_dimmed(subject), shown, nearest_frame(len(whole), t), title),
        key=name,
        config=QUIET,
        on_select=follow,
        selection_mode="points",
        alt=f"{len(shown)} of the {len(whole)} frames of the person in {title}, in order",
    )


def left_out_in_words(subject: Subject) -> str:
    """Which frames are not used, and why, as a sentence."""
    reasons = ", ".join(f"{WHY[flaw]} in {count}" for flaw, count in subject.left_out.items())
    return f"{sum(subject.left_out.values())} of {len(subject.whole)} frames are not used (pale): {reasons}."


def _dimmed(subject: Subject) -> Frames:
    """All frames of the person, those that are not used paler."""
    frames, unused = subject.whole.frames, subject.unused
    if unused is None:
        return frames
    pale = np.array([bool(flaw) for flaw in unused.flaws])[:, None, None, None]
    return np.where(pale, frames // PALER + 255 - 255 // PALER, frames).astype(np.uint8)


def nearest_frame(length: int, t: int) -> int:
    """The frame that a shorter tracklet shows at the shared index t: t, or its last."""
    return min(t, length - 1)


def thumbnail_indices(length: int) -> NDArray[np.int64]:
    """Up to ``THUMBNAILS`` frames, evenly spread from first to last."""
    return np.linspace(0, length - 1, min(length, THUMBNAILS)).round().astype(np.int64)


def strip(frames: Frames, shown: NDArray[np.int64], current: int, title: str) -> go.Figure:
    """Thumbnails in a row, each clickable, the one nearest to ``current`` framed.

    Args: frames: uint8 (T, H, W, 3). shown: the frames in the row, ascending. current: a frame, 0 to T-1.
    """
    near = int(np.abs(shown - current).argmin())
    places = np.arange(len(shown))
    # Plotly's pictures cannot be clicked; the markers above them can, if they are not wholly transparent
    barely = {"marker": {"opacity": 0.01}}
    figure = go.Figure()
    figure.add_scatter(
        x=places,
        y=np.zeros(len(shown)),
        mode="markers",
        marker={"size": 60, "symbol": "square", "opacity": 0.01},
        selected=barely,
        unselected=barely,
        customdata=shown,
        hovertemplate="frame %{customdata}<extra></extra>",
        showlegend=False,
    )
    figure.add_shape(type="rect", x0=near - 0.48, x1=near + 0.48, y0=-0.96, y1=0.96, line=EDGE)
    return figure.update_layout(
        title={"text": title, "font": {"size": 14}},
        images=[_picture(frames[index], place) for place, index in enumerate(shown)],
        xaxis={"visible": False, "range": [-0.5, THUMBNAILS - 0.5], "constrain": "domain", "constraintoward": "left"},
        yaxis={"visible": False, "range": [-1, 1], "scaleanchor": "x", "constrain": "domain", "constraintoward": "top"},
        height=168,
        margin={"l": 0, "r": 0, "t": 34, "b": 2},
        dragmode=False,
    )


def _picture(frame: Frames, place: int) -> dict[str, Any]:
    at = {"xref": "x", "yref": "y", "x": place, "y": 0, "xanchor": "center", "yanchor": "middle"}
    return {"source": frame_uri(frame), **at, "sizex": 0.96, "sizey": 1.92, "sizing": "contain", "layer": "below"}

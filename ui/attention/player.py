"""The clip as a player: a frame large, its border as strong as its bar; it follows the pointer over the charts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from reid_core.explain import COVERED, Importance, main_measure, shares, tallest_share
from ui.clips import Clip
from ui.pictures import frame_uri
from ui.style import MARK, look_of
from ui.words import model_title

FASTEST_MS, SLOWEST_MS = 60, 400  # from one frame to the next

_html, _css, _js = (Path(__file__).with_name(f"player.{part}").read_text() for part in ("html", "css", "js"))
_component = st.components.v2.component("clip player", html=_html, css=_css, js=_js)


def player(
    clip: Clip, found: Mapping[str, Importance], frame: int, charts: Sequence[str], shaded: bool = False
) -> None:
    """Show a frame of the clip, the one under the pointer in a chart, or all in order, without asking the server.

    A tap on a chart moves the linked frame.

    Args: found: importances by model; the border tells the first one's. frame: the linked one, a place in the
        tracklet. charts: keys of those whose columns are the frames of the clip. shaded: whether one of them has
        shades of the theme, and is to be drawn again where the browser's is another.
    """
    rows = {model: shares(main_measure(one)[1]) for model, one in found.items()}
    first, covered = next(iter(rows)), range(len(clip))[clip.covered]

    def follow() -> None:
        tapped = st.session_state["player"]["tapped"]
        if tapped is not None:
            st.session_state["frame"] = int(clip.places[tapped])

    interval = 1000 * float(np.ptp(clip.times_s)) / max(len(clip) - 1, 1)
    _component(
        key="player",
        on_tapped_change=follow,
        on_theme_change=lambda: None,  # to be drawn again is all that is asked
        data={
            "name": clip.subject.name,
            "frames": [frame_uri(picture) for picture in clip.frames],
            "titles": [
                f"frame {clip.places[t]}, {clip.times_s[t]:.1f} s" + (f", {COVERED}" if t in covered else "")
                for t in range(len(clip))
            ],
            "told": [
                [f"{model_title(model)}: {len(clip) * of[t]:.1f} × an even share" for model, of in rows.items()]
                for t in range(len(clip))
            ],
            "strengths": (rows[first] / tallest_share(rows[first])).tolist(),
            "colour": look_of(first).colour,
            "mark": MARK,
            "current": clip.at(frame),
            "interval_ms": min(max(interval, FASTEST_MS), SLOWEST_MS),
            "charts": list(charts),
            "shaded": st.context.theme.type if shaded else None,
        },
    )

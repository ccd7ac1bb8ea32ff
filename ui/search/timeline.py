"""Who is seen when: a lane a camera, a bar a tracklet in the colour of its identity; a click on a bar plays it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from reid_core.explain.colours import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION
from reid_core.search import clock
from ui.style import MARK

COLOURS = (SKY, ORANGE, GREEN, PURPLE, "#F0E442", VERMILLION, BLUE)  # Okabe and Ito's, the letter tells the rest
TICKS = (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200)
MOST_TICKS = 9
PX_PER_S, WIDEST_PX = 6, 12_000
# Of timeline.css: the scale with all margins and a bar to scroll with, a row of a lane, between two lanes.
SCALE_PX, ROW_PX, LANE_PX = 40, 29, 6

_html, _css, _js = (Path(__file__).with_name(f"timeline.{part}").read_text() for part in ("html", "css", "js"))
_component = st.components.v2.component("search timeline", html=_html, css=_css, js=_js)


@dataclass(frozen=True)
class Bar:
    """A tracklet on the time line.

    number: of the tracklet. mark: what stands on it. look: query, confirmed, rejected, hit or far. jumps_s: when the
    looks change.
    """

    number: int
    lane: str
    start_s: float
    end_s: float
    mark: str
    colour: str
    look: str
    told: str
    jumps_s: tuple[float, ...] = ()


def timeline(bars: Sequence[Bar], played: int | None, follow: Callable[[int], None], key: str = "timeline") -> None:
    """Show the time line. Args: played: whose bar is framed. follow: told whose bar is clicked."""

    def clicked() -> None:
        number = st.session_state[key]["chosen"]
        if number is not None:
            follow(int(number))

    names = sorted({bar.lane for bar in bars})
    duration_s = max(bar.end_s for bar in bars)
    lanes = [_lane(name, [bar for bar in bars if bar.lane == name]) for name in names]
    high = SCALE_PX + sum(ROW_PX * lane["rows"] + LANE_PX for lane in lanes)
    with st.container(height=high, border=False):  # it has its place before it is there, and pushes nothing down
        _component(
            key=key,
            on_chosen_change=clicked,
            data={
                "label": "Time line: a lane a camera, a bar for each time that somebody is seen",
                "duration_s": duration_s,
                "ticks": [{"time_s": time_s, "text": clock(time_s)} for time_s in ticks(duration_s)],
                "least": f"{min(round(PX_PER_S * duration_s), WIDEST_PX)}px",
                "lanes": lanes,
                "played": played,
                "mark": MARK,
            },
        )


def colour_of(identity: int) -> str:
    """The colour of an identity: its own while there are few, then again from the first."""
    return COLOURS[identity % len(COLOURS)]


def letter_of(identity: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    before, last = divmod(identity, 26)
    return (letter_of(before - 1) if before else "") + chr(ord("A") + last)


def ticks(duration_s: float) -> list[float]:
    """Round times from the beginning to the end, no more than ``MOST_TICKS``."""
    step = next((step for step in TICKS if duration_s / step < MOST_TICKS), duration_s / (MOST_TICKS - 1))
    return [number * step for number in range(int(duration_s / step) + 1)]


def rows_of(spans: Sequence[tuple[float, float]]) -> list[int]:
    """In which row of a lane each bar lies, the first that is free: bars of one time do not hide each other."""
    free: list[float] = []
    rows = [0] * len(spans)
    for place in sorted(range(len(spans)), key=lambda place: spans[place]):
        start, end = spans[place]
        row = next((row for row, until in enumerate(free) if until <= start), len(free))
        free[row : row + 1] = [end]
        rows[place] = row
    return rows


def _lane(name: str, bars: list[Bar]) -> dict[str, Any]:
    bars = sorted(bars, key=lambda bar: bar.start_s)
    rows = rows_of([(bar.start_s, bar.end_s) for bar in bars])
    drawn = [asdict(bar) | {"row": row} for bar, row in zip(bars, rows, strict=True)]
    return {"name": name, "rows": max(rows) + 1, "bars": drawn}

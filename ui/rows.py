"""Rows of bars that share the axis of a clip's frames, over a strip of thumbnails: built as plain data, then drawn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from reid_core.explain import COVERED, NOT_COVERED, middles, tallest_share
from ui.pictures import frame_uri
from ui.strip import THUMBNAILS
from ui.style import GREY

BAR_PX, STRIP_PX, GAP_PX = 62, 110, 24
FLAT = {"color": GREY, "width": 1.5, "dash": "dash"}  # where all frames count the same
# Plotly hides what is not selected; here a click only moves the linked frame
STEADY = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}
BARELY = {"selected": {"marker": {"opacity": 0.01}}, "unselected": {"marker": {"opacity": 0.01}}}


class Rows:
    """A figure in the making: rows of these heights, px, over ``count`` frames. Rows are numbered from 0, the top.

    Plotly checks each call that adds to a figure, which takes longer than all the heads; so all is added at once.
    """

    def __init__(self, heights: Sequence[int], count: int) -> None:
        total = sum(heights) + GAP_PX * (len(heights) - 1)
        tops = np.cumsum([0, *(height + GAP_PX for height in heights)])
        axis = {"range": [-0.7, count - 0.3], "visible": False, "fixedrange": True, "anchor": _axis(len(heights) - 1)}
        self.count = count
        self.traces: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {
            "xaxis": axis,
            "height": total + 28,
            "barmode": "overlay",
            "bargap": 0.12,
            "showlegend": False,
            "dragmode": False,
            "margin": {"l": 8, "r": 8, "t": 22, "b": 6},
            "shapes": [],
            "annotations": [],
            "images": [],
        }
        for row, (top, height) in enumerate(zip(tops, heights, strict=False)):
            domain = [max(0.0, 1 - (top + height) / total), 1 - top / total]
            self.layout[f"yaxis{row + 1}"] = {"domain": domain, "fixedrange": True, "zeroline": False}

    def trace(self, row: int, trace: dict[str, Any]) -> None:
        """Draw in a row."""
        self.traces.append(trace | {"xaxis": "x", "yaxis": _axis(row)})

    def axis(self, row: int, change: dict[str, Any]) -> None:
        """Change the vertical axis of a row."""
        self.layout[f"yaxis{row + 1}"] |= change

    def shape(self, shape: dict[str, Any], row: int | None = None) -> None:
        """Draw a shape in a row, or over all: then its y goes from 0 to 1."""
        self.layout["shapes"].append(shape | {"xref": "x", "yref": "paper" if row is None else _axis(row)})

    def title(self, row: int, text: str) -> None:
        """A line of text above a row."""
        place = {
            "x": 0,
            "xref": "paper",
            "y": 1,
            "yref": f"{_axis(row)} domain",
            "xanchor": "left",
            "yanchor": "bottom",
        }
        self.layout["annotations"].append(place | {"text": text, "showarrow": False, "font": {"size": 12}})

    def bars(
        self,
        row: int,
        values: NDArray[np.float64],
        colour: str,
        places: NDArray[np.int64],
        covered: slice = NOT_COVERED,
    ) -> None:
        """Bars of T frames in times an even share, 1 / T, with a dashed line at 1; each row has a scale of its own.

        Args: values: shares, (T,). places: of the frames in their tracklet, (T,). covered: which are hatched.
        """
        count = len(values)
        times, top = count * values, count * tallest_share(values)
        highest = 1.05 * top
        x, hatched = np.arange(count), np.zeros(count, bool)
        hatched[covered] = True
        pattern = {"shape": np.where(hatched, "/", "").tolist(), "fillmode": "replace"}
        seen = {"type": "bar", "x": x, "y": times, "marker": {"color": colour, "pattern": pattern}}
        self.trace(row, seen | {"hoverinfo": "skip"} | STEADY)
        column = {  # all of it can be clicked, however small its bar
            "type": "bar",
            "x": x,
            "y": np.full(count, highest),
            "marker": {"color": colour, "opacity": 0.01},
            "customdata": np.stack([places, 100 * values, times], axis=1),
            "text": np.where(hatched, ", covered", ""),
            "textposition": "none",
            "hovertemplate": "frame %{customdata[0]}%{text}: %{customdata[2]:.1f} times an even share, "
            "%{customdata[1]:.1f} % of all<extra></extra>",
        }
        self.trace(row, column | BARELY)
        self.shape({"type": "line", "x0": -0.5, "x1": count - 0.5, "y0": 1, "y1": 1, "line": FLAT}, row)
        ticks = {"tickvals": [1, top], "ticktext": ["even", f"{top:.1f} ×"]}
        self.axis(row, {"range": [0, highest], "showgrid": False} | ticks)

    def thumbnails(self, row: int, frames: NDArray[np.uint8], places: NDArray[np.int64]) -> None:
        """Some of the frames, uint8 (T, H, W, 3), each under the bars of as many as it stands for."""
        shown = middles(len(frames), THUMBNAILS)
        squares = {
            "type": "scatter",
            "x": shown,
            "y": np.zeros(len(shown)),
            "mode": "markers",
            "marker": {"size": 44, "symbol": "square", "opacity": 0.01},
            "customdata": places[shown],
            "hovertemplate": "frame %{customdata}<extra></extra>",
        }
        self.trace(row, squares | BARELY)
        stands_for = len(frames) / len(shown)
        size = {"sizex": 0.96 * stands_for, "sizey": 2, "xref": "x", "yref": _axis(row)}
        for number, t in enumerate(shown.tolist()):
            middle = (number + 0.5) * stands_for - 0.5
            place = {"x": middle, "y": 0, "xanchor": "center", "yanchor": "middle", "layer": "below"}
            self.layout["images"].append(size | place | {"source": frame_uri(frames[t])})
        self.axis(row, {"range": [-1, 1], "visible": False})

    def cover(self, covered: slice) -> None:
        """Shade the frames that are covered, over all rows, and say below what that means."""
        if covered == NOT_COVERED:
            return
        ends = {"x0": covered.start - 0.5, "x1": covered.stop - 0.5, "y0": 0, "y1": 1}
        look = {"fillcolor": GREY, "opacity": 0.2, "layer": "below", "line": {"width": 0}}
        self.shape({"type": "rect"} | ends | look)
        middle = (covered.start + covered.stop - 1) / 2
        place = {"x": middle, "xref": "x", "y": 0, "yref": "paper", "xanchor": "center", "yanchor": "top"}
        self.layout["annotations"].append(place | {"text": COVERED, "showarrow": False, "font": {"size": 12}})
        self.layout["margin"]["b"] += GAP_PX
        self.layout["height"] += GAP_PX

    def figure(self) -> go.Figure:
        """What was drawn."""
        return go.Figure({"data": self.traces, "layout": self.layout})


def _axis(row: int) -> str:
    return f"y{row + 1}" if row else "y"

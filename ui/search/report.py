"""Where somebody was found, as a report: small pictures of the hits, the time line, the numbers."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from reid_core.runs import now
from reid_core.search import Answer, Index, changes, clock, span
from ui.library import short_path
from ui.pictures import jpeg_uri
from ui.provenance import link_here, made
from ui.report import Report, html_table
from ui.search import link
from ui.search.indexes import model_of
from ui.search.timeline import Bar, rows_of, ticks
from ui.search.words import found_in_words, nobody_in_words, rests_on, unclear_in_words
from ui.style import layout

FAINT, LANE_PX = 0.3, 26
STAND = {
    "confirmed": "confirmed",
    "within": "within the threshold",
    "unclear": "too close to call",
    "beyond": "beyond the threshold",
    "rejected": "rejected",
}


def search_report(index: Index, answer: Answer, asked: link.Asked, bars: Sequence[Bar]) -> Callable[[], Report]:
    """What is to be written; all that only this session knows is asked for now."""
    here, checkpoint = link_here("search"), model_of(index)

    def write() -> Report:
        hits = hits_table(index, answer, asked)
        videos = [{"name": video.video, "sha256": video.digest} for video in index.videos()]
        facts = {"Command": command(index, asked), "Page": here, "Made": now()}
        facts["Index"] = f"{place_of(index)}, made {index.about['created']}"
        title = found_in_words(len(asked.confirmed), sum(hits["Stands"] == STAND["within"]), answer.nobody)
        parts = [f"<p>{escape(rests_on(answer))}</p>", *_pictures(index, hits, asked.query)]
        if answer.nobody and not asked.confirmed:
            parts.insert(0, f"<p>{escape(nobody_in_words(answer.searched))}</p>")
        if answer.unclear or answer.doubts:
            parts.insert(0, f"<p>{escape(unclear_in_words(answer.unsure))}</p>")
        said = {"confirmed": asked.confirmed, "rejected": asked.rejected}
        content = {"answer": answer.to_dict(), "query": asked.query if isinstance(asked.query, int) else None, **said}
        figures = [timeline_chart(bars)] if bars else []
        return Report(
            "search",
            f"Find this person: {title[0].lower()}{title[1:]}",
            [*parts, "<h2>Hits</h2>", html_table(hits)],
            figures,
            {"hits": hits},
            made(facts, [checkpoint], videos),
            content,
        )

    return write


def hits_table(index: Index, answer: Answer, asked: link.Asked) -> pd.DataFrame:
    """In the order of ``STAND``; who was confirmed or rejected may have no distance."""
    known = {hit.tracklet: hit for hit in answer.hits}
    said = (*asked.confirmed, *asked.rejected)
    groups = {
        "confirmed": asked.confirmed,
        "within": [hit.tracklet for hit in answer.within if hit.tracklet not in said],
        "unclear": [hit.tracklet for hit in answer.unclear if hit.tracklet not in said],
        "beyond": [hit.tracklet for hit in answer.beyond if hit.tracklet not in said],
        "rejected": asked.rejected,
    }
    numbers = [number for group in groups.values() for number in group]
    seen = index.table().set_index("tracklet").loc[numbers, ["camera", "video", "start_s", "end_s"]]
    measured = pd.DataFrame({n: _measured(known.get(n)) for n in numbers}).T.astype(float)
    stands = [STAND[name] for name, group in groups.items() for _ in group]
    table = pd.concat([seen, measured.reindex(seen.index)], axis=1)
    table.insert(0, "Stands", stands)
    return table.rename_axis("tracklet")


def timeline_chart(bars: Sequence[Bar]) -> go.Figure:
    """Who is seen when: a lane a camera, with as many rows as people are seen at once."""
    figure, names, low = go.Figure(), {}, 0
    for lane in sorted({bar.lane for bar in bars}):
        own = sorted((bar for bar in bars if bar.lane == lane), key=lambda bar: bar.start_s)
        rows = rows_of([(bar.start_s, bar.end_s) for bar in own])
        names[low + max(rows) / 2] = lane
        figure.add_bar(
            orientation="h",
            base=[bar.start_s for bar in own],
            x=[bar.end_s - bar.start_s for bar in own],
            y=[low + row for row in rows],
            text=[bar.mark for bar in own],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            hovertext=[bar.told for bar in own],
            hoverinfo="text",
            marker={
                "color": [bar.colour for bar in own],
                "opacity": [FAINT if bar.look == "far" else 1 for bar in own],
                "line": {"width": [2 if bar.look in ("confirmed", "query") else 0 for bar in own], "color": "black"},
            },
            showlegend=False,
        )
        low += max(rows) + 2
    times = ticks(max(bar.end_s for bar in bars))
    figure.update_layout(
        title="Who was where when",
        xaxis={"title": "time", "tickvals": times, "ticktext": [clock(time_s) for time_s in times]},
        yaxis={"tickvals": list(names), "ticktext": list(names.values()), "autorange": "reversed"},
        **layout(140 + LANE_PX * low),
    )
    return figure


def command(index: Index, asked: link.Asked) -> str:
    """What searches in a shell for the same; what was confirmed and rejected counts on the page alone."""
    place = place_of(index)
    query = f"{place}:{asked.query}" if isinstance(asked.query, int) else "PICTURE-OR-CLIP"
    words = shlex.join(["reid", "search", query, place, "--json"])
    return f"{words}; the page looked for those who were confirmed, too" if asked.confirmed or asked.rejected else words


def place_of(index: Index) -> str:
    """Where an index is, as it is written in a command."""
    return index.place if "://" in index.place else short_path(Path(index.place))


def _measured(hit: Any) -> dict[str, float]:
    if hit is None:
        return {"Same person, %": float("nan"), "Distance": float("nan")}
    return {"Same person, %": 100 * hit.probability_same, "Distance": hit.distance}


def _pictures(index: Index, hits: pd.DataFrame, query: Any) -> Iterator[str]:
    """The person looked for, where the index has pictures of him, and who was found; those beyond are in the table."""
    stands = dict(zip(hits.index.tolist(), hits["Stands"].tolist(), strict=True))
    asked = [query] if isinstance(query, int) else []
    shown = [number for number, words in stands.items() if words != STAND["beyond"]]
    for one in index.some(list(dict.fromkeys([*asked, *shown]))):
        what = "looked for" if one.tracklet in asked else stands[one.tracklet]
        told = escape("; ".join([f"{one.camera}, {span(one.start_s, one.end_s)}: {what}", *changes(one.jumps_s)]))
        yield f'<p class="strip"><img src="{jpeg_uri(one.strip)}" alt="{told}"></p><p>{told}</p>'

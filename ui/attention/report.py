"""Which frames count, as a report."""

import re
import shlex
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from reid_core.explain import attention_table, importance_table, summary
from reid_core.model import Checkpoint
from reid_core.runs import now
from ui.attention.data import Explained
from ui.attention.words import NOT_EXPLANATION, first_sentence, summary_in_words, summary_table
from ui.clips import Clip
from ui.pictures import frame_uri
from ui.provenance import made, video_facts
from ui.report import Report, file_name, html_table
from ui.strip import thumbnail_indices


def attention_report(
    shown: Explained, figures: list[go.Figure], left_out: pd.DataFrame, checkpoints: Sequence[Checkpoint], link: str
) -> Report:
    """Args: left_out: of ``deletion_table``. checkpoints: those of the models. link: where it was shown."""
    clip, partner = shown.clip, shown.partner
    tables = {
        "summary": summary_table(shown.found).set_index(["Model", "Importance"]),
        "frames-left-out": left_out.set_index("Model"),
        "importance": importance_table(shown.found, clip.places, clip.times_s).set_index("frame"),
    }
    for name, one in shown.found.items():
        if one.attention is not None:
            tables[f"attention-{file_name(name)}"] = attention_table(one.attention, clip.places)
    clips = [clip] if partner is None else [clip, partner]
    facts = {"Command": command(shown), "Page": link, "Made": now()}
    if shown.rule.k_top is not None:
        facts["Rule"] = f"k_top {shown.rule.k_top}, k_att {shown.rule.k_att}, not as trained"
    videos = [video_facts(one.footage, one.subject) for one in clips]
    content = {"models": {name: summary(one) for name, one in shown.found.items()}, "videos": videos}
    table = made(facts, checkpoints, videos)
    title = f"Which frames count in {clip.subject.name}?"
    return Report("attention", title, list(_parts(shown, tables)), figures, tables, table, content)


def command(shown: Explained) -> str:
    """What measures the same in a shell; it looks at who is seen longest, in one video, by the rule as trained."""
    clip = shown.clip
    covered = np.arange(len(clip))[clip.covered]
    stretch = ["--covered", *map(str, clip.places[covered[[0, -1]]])] if len(covered) else []
    return shlex.join(["reid", "explain", clip.subject.name, "--out", "why", "--checkpoint", *shown.found, *stretch])


def in_plain_words(markdown: str) -> str:
    """Without bold and colours."""
    return re.sub(r":\w+\[([^]]*)\]", r"\1", markdown).replace("**", "")


def _parts(shown: Explained, tables: dict[str, pd.DataFrame]) -> Iterator[str]:
    yield f"<p>{escape(in_plain_words(first_sentence(shown.found, shown.clip.places)))}</p>"
    yield _strip(shown.clip)
    for name, one in shown.found.items():
        yield f"<p>{escape(in_plain_words(summary_in_words(name, one)))}</p>"
    yield f"<p>{escape(in_plain_words(NOT_EXPLANATION))}</p>"
    yield f"<h2>Where importance lies</h2>\n{html_table(tables['summary'])}"
    yield f"<h2>Is it true? Frames left out</h2>\n{html_table(tables['frames-left-out'])}"


def _strip(clip: Clip) -> str:
    pictures = [
        f'<img src="{frame_uri(clip.frames[t])}" alt="frame {clip.places[t]}, {clip.times_s[t]:.1f} s">'
        for t in thumbnail_indices(len(clip)).tolist()
    ]
    return f'<div class="strip">{"".join(pictures)}</div>'

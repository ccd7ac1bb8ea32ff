"""The verdict as a report: what every model says, and of both videos the file, the frames, when they are and where."""

import json
import shlex
from collections.abc import Iterator
from html import escape
from typing import Any

import pandas as pd

from reid_core.video import Subject
from ui.footage import Footage
from ui.pictures import frame_uri
from ui.provenance import made, video_facts
from ui.report import Report, html_table
from ui.strip import thumbnail_indices
from ui.verify.charts import verdict_scale
from ui.verify.report import Case, provenance, report, verdict_table
from ui.verify.words import agreement
from ui.words import model_title

FACTS = {
    "name": "File",
    "sha256": "SHA-256",
    "bytes": "Size, bytes",
    "frames_read": "Frames read",
    "from_s": "From, s",
    "to_s": "To, s",
    "frame_size": "Frame, px",
    "people": "People",
    "put_right": "Tracks put right by hand",
    "person": "Person",
    "left_out": "Frames left out",
    "warnings": "Warnings",
}
SIDES = ("First video", "Second video")


def verdict_report(case: Case, link: str) -> Report:
    """Args: link: where it was shown."""
    sides = list(zip(SIDES, case.footage, case.subjects, strict=True))
    models = verdict_table(case.results).set_index("Model").rename(columns={"Same person": "Same person, %"})
    frames = {title.lower().replace(" ", "-"): frames_table(found, subject) for title, found, subject in sides}
    facts = {"Command": command(case), "Page": link, "Made": case.created}
    facts["Calibrated on"] = "; ".join(dict.fromkeys(result.calibration for result in case.results.values()))
    table = made(facts, case.checkpoints.values(), [video_facts(found, subject) for _, found, subject in sides])
    parts = [*_answer(case), "<h2>All models</h2>", html_table(models)]
    parts += [part for title, found, subject in sides for part in _video(title, found, subject)]
    title = agreement(tuple(case.results.values()))[0]
    figures = [verdict_scale(case.result)] if case.result.scale else []
    return Report("verify", title, parts, figures, {"models": models} | frames, table, json.loads(report(case)))


def command(case: Case) -> str:
    """What says the same in a shell; it can choose nobody but who is seen longest."""
    names, allowed = [found.source.name for found in case.footage], f"{case.result.allowed:g}"
    words = shlex.join(["reid", "compare", *names, "--checkpoint", case.model, "--allowed", allowed, "--json"])
    others = any(subject.crop.startswith("person ") for subject in case.subjects)
    return f"{words}; it compares who is seen longest, here another person was chosen" if others else words


def frames_table(found: Footage, subject: Subject) -> pd.DataFrame:
    """The frames of a video that were used: when, and the box in px."""
    facts = video_facts(found, subject)
    table = pd.DataFrame(facts["boxes"], columns=["Left, px", "Top, px", "Right, px", "Bottom, px"])
    table.insert(0, "Time, s", facts["times_s"])
    return table.set_index(pd.Index(facts["frames"], name="Frame"))


def _answer(case: Case) -> Iterator[str]:
    result = case.result
    yield f"<p>{escape(model_title(case.model))}: {escape(result.answer.lower())}. {escape(result.reason)}</p>"
    yield f"<p>{escape(result.held_against)} {escape(provenance(case.checkpoint))}</p>"


def _video(title: str, found: Footage, subject: Subject) -> Iterator[str]:
    facts, frames = video_facts(found, subject), subject.tracklet.frames
    pictures = "".join(
        f'<img src="{frame_uri(frames[t])}" alt="frame {facts["frames"][t]}, {facts["times_s"][t]} s">'
        for t in thumbnail_indices(len(frames)).tolist()
    )
    yield f'<h2>{title}</h2>\n<div class="strip">{pictures}</div>'
    yield html_table(pd.DataFrame({"": {words: _plain(facts[name]) for name, words in FACTS.items()}}))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items()) or "none"
    return (", ".join(map(str, value)) or "none") if isinstance(value, list) else str(value)

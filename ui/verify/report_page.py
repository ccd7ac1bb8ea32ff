"""The report as one page of HTML that opens without a network: pictures inside, no script."""

from collections.abc import Sequence
from html import escape
from typing import Any

from reid_core.video import Subject
from ui.footage import Footage
from ui.pictures import frame_uri
from ui.strip import thumbnail_indices
from ui.verify.report import Case, provenance, versions, video_facts
from ui.verify.words import agreement
from ui.words import model_title

LOOK = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid #8a8f98; padding: 0.25rem 0.6rem; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.strip { display: flex; flex-wrap: wrap; gap: 2px; }
.strip img { width: 64px; height: 128px; }
code { overflow-wrap: anywhere; }
"""
FACTS = {
    "name": "File",
    "sha256": "SHA-256",
    "bytes": "Size, bytes",
    "frames_read": "Frames read",
    "from_s": "From, s",
    "to_s": "To, s",
    "frame_size": "Frame, px",
    "people": "People found",
    "person": "Person",
    "left_out": "Frames left out",
    "warnings": "Warnings",
}


def report_page(case: Case) -> str:
    """The verdict, what every model says, and of both videos the file, the frames, when they are and where he is."""
    result = case.result
    headline, _ = agreement(tuple(case.results.values()))
    parts = [
        f"<h1>{escape(headline)}</h1>",
        f"<p>{escape(case.created)}. {escape(model_title(case.model))}: {escape(result.answer.lower())}. "
        f"{escape(result.reason)}</p>",
        f"<p>{escape(result.held_against)} {escape(provenance(case.checkpoint))} "
        f"Calibrated on {escape(result.calibration)}.</p>",
        "<h2>All models</h2>",
        _models(case),
        *(_video(*side) for side in zip(("First video", "Second video"), case.footage, case.subjects, strict=True)),
        "<h2>Made with</h2>",
        _table([(escape(name), escape(version)) for name, version in versions().items()]),
    ]
    title = f"{escape(case.footage[0].source.name)} and {escape(case.footage[1].source.name)}"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{LOOK}</style></head>\n<body>\n{body}\n</body></html>\n'
    )


def _models(case: Case) -> str:
    head = ("Model", "Verdict", "Same person, %", "Distance", "Threshold", "Calibrated on")
    rows = [
        (
            escape(model_title(name)),
            escape(result.answer),
            f"{100 * result.probability_same:.0f}",
            f"{result.distance:.3f}",
            f"{result.threshold:.3f}",
            escape(result.calibration),
        )
        for name, result in case.results.items()
    ]
    return _table(rows, head)


def _video(title: str, found: Footage, subject: Subject) -> str:
    facts = video_facts(found, subject)
    tracklet = subject.tracklet
    pictures = "".join(
        f'<img src="{frame_uri(tracklet.frames[t])}" alt="frame {facts["frames"][t]}, {facts["times_s"][t]} s">'
        for t in thumbnail_indices(len(tracklet)).tolist()
    )
    places = [
        (f"{frame}", f"{time:.2f}", ", ".join(f"{side:.0f}" for side in box))
        for frame, time, box in zip(facts["frames"], facts["times_s"], facts["boxes"], strict=True)
    ]
    return "\n".join(
        [
            f"<h2>{escape(title)}</h2>",
            f'<div class="strip">{pictures}</div>',
            _table([(words, f"<code>{escape(_plain(facts[name]))}</code>") for name, words in FACTS.items()]),
            f"<details><summary>The {len(places)} frames that were used</summary>",
            _table(places, ("Frame", "Time, s", "Box: left, top, right, bottom, px")),
            "</details>",
        ]
    )


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items()) or "none"
    return (", ".join(map(str, value)) or "none") if isinstance(value, list) else str(value)


def _table(rows: Sequence[tuple[str, ...]], head: tuple[str, ...] = ()) -> str:
    """Cells hold HTML."""
    top = f"<thead><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr></thead>" if head else ""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{top}<tbody>{body}</tbody></table>"

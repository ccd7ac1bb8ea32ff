"""All people of the first video against all of the second: cells coloured by probability, a click chooses both.

What is said of two stands in the browser already, and is shown there before the page has been drawn again.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from reid_core.evaluation import Comparison, Others, calibration_of, compare_all
from reid_core.model import Checkpoint
from reid_core.video import Subject
from ui.footage import Footage, remembered
from ui.own import SIDES
from ui.people import choice_of, choose, known_people, people_of
from ui.pictures import frame_uri
from ui.style import DIFFERENT, MARK, SAME
from ui.verify.player import player_of
from ui.verify.words import pair_in_words

_css, _js = (Path(__file__).with_name(f"matrix.{part}").read_text() for part in ("css", "js"))
_component = st.components.v2.component(
    "people matrix",
    html='<div class="matrix" tabindex="0" role="group"></div><p class="pair"></p>',
    css=_css,
    js=_js,
)

Table = tuple[tuple[Comparison, ...], ...]


def everybody(a: Footage, b: Footage, checkpoint: Checkpoint, allowed: float, cohort: Others | None = None) -> Table:
    """What a model says of any two, people of a in rows, of b in columns.

    Args: allowed: as in ``Calibration.uncertain_range``. cohort: by default who was seen together with either.
    """
    key = (a.scene, b.scene, checkpoint.name, calibration_of(checkpoint), allowed, cohort)
    of = (a.source, b.source) if cohort is None else ()
    return remembered(
        "matrices", key, lambda: _compared(people_of(a), people_of(b), checkpoint, allowed, cohort), of=of
    )


def matrix(a: Footage, b: Footage, table: Table) -> None:
    """Show the people of both videos against each other. Args: table: as ``everybody`` returns it."""

    def follow() -> None:
        cell = st.session_state["matrix"]["chosen"]
        if cell is not None:
            choose(a, int(cell[0]))
            choose(b, int(cell[1]))

    _component(
        key="matrix",
        on_chosen_change=follow,
        data={
            "label": f"How sure it is one person, %: rows are people of {a.source.title}, columns of {b.source.title}",
            "rows": _heads(a),
            "columns": _heads(b),
            "probabilities": [[round(one.probability_same, 4) for one in row] for row in table],
            "said": [[pair_in_words(one) for one in row] for row in table],
            "chosen": [choice_of(a), choice_of(b)],
            "players": [player_of(a), player_of(b)],
            "same": SAME,
            "different": DIFFERENT,
            "mark": MARK,
        },
    )


def _compared(
    a: Sequence[Subject], b: Sequence[Subject], checkpoint: Checkpoint, allowed: float, cohort: Others | None
) -> Table:
    def said(one: Subject, two: Subject) -> Comparison:
        (result,) = compare_all(one, two, (checkpoint,), cohort, known=known_people())
        return result.allowing(allowed)

    return tuple(tuple(said(one, two) for two in b) for one in a)


def _heads(found: Footage) -> list[dict[str, Any]]:
    side = "AB"[SIDES.index(found.source.side)]
    return [
        {"title": f"{side}{place + 1}", "thumbnail": frame_uri(tracklet.thumbnail)}
        for place, tracklet in enumerate(found.scene.tracklets)
    ]

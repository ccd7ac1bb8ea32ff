"""All people of the first video against all of the second: cells coloured by probability, a click chooses both."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from reid_core.evaluation import Others, calibration_of, compare_all
from reid_core.model import Checkpoint
from reid_core.video import Subject
from ui.footage import SIDES, Footage, remembered
from ui.people import choice_of, choose, known_people, people_of
from ui.pictures import frame_uri
from ui.style import DIFFERENT, MARK, SAME

_css, _js = (Path(__file__).with_name(f"matrix.{part}").read_text() for part in ("css", "js"))
_component = st.components.v2.component(
    "people matrix", html='<div class="matrix" tabindex="0" role="group"></div>', css=_css, js=_js
)


def probabilities(a: Footage, b: Footage, checkpoint: Checkpoint, cohort: Others | None = None) -> NDArray[np.float64]:
    """How sure a model is that two are one person, of all people of a and all of b: (P, Q).

    Args: cohort: by default who was seen together with either.
    """
    key = (a.scene, b.scene, checkpoint.name, calibration_of(checkpoint), cohort)
    return remembered("matrices", key, lambda: _compared(people_of(a), people_of(b), checkpoint, cohort))


def matrix(a: Footage, b: Footage, sure: NDArray[np.float64]) -> None:
    """Show the people of both videos against each other. Args: sure: as ``probabilities`` returns it."""

    def follow() -> None:
        cell = st.session_state["matrix"]["chosen"]
        if cell is not None:
            choose(a, int(cell[0]))
            choose(b, int(cell[1]))

    _component(
        key="matrix",
        on_chosen_change=follow,
        data={
            "label": f"How sure it is one person, %: people of {a.source.name} in rows, of {b.source.name} in columns",
            "rows": _heads(a),
            "columns": _heads(b),
            "probabilities": sure.round(4).tolist(),
            "chosen": [choice_of(a), choice_of(b)],
            "same": SAME,
            "different": DIFFERENT,
            "mark": MARK,
        },
    )


def _compared(
    a: Sequence[Subject], b: Sequence[Subject], checkpoint: Checkpoint, cohort: Others | None
) -> NDArray[np.float64]:
    known = known_people()
    rows = [[compare_all(one, two, (checkpoint,), cohort, known=known)[0].probability_same for two in b] for one in a]
    return np.array(rows, np.float64)


def _heads(found: Footage) -> list[dict[str, Any]]:
    side = "AB"[SIDES.index(found.source.side)]
    return [
        {"title": f"{side}{place + 1}", "thumbnail": frame_uri(tracklet.thumbnail)}
        for place, tracklet in enumerate(found.scene.tracklets)
    ]

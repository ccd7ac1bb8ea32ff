"""The parts of the page Verify: the people of a video, all of one against all of the other, the verdict on two."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from reid_core.evaluation import ANSWERS
from reid_core.model import Verdict
from reid_core.runs import now
from reid_core.video import Subject
from ui.announcer import ANNOUNCED
from ui.calibrations import calibrated, calibrated_checkpoints
from ui.downloads import offer
from ui.footage import Footage, Source
from ui.loaders import all_checkpoints, examples
from ui.own import SIDES
from ui.people import (
    begin_to_describe,
    choice_of,
    describe,
    is_described,
    subject_of,
    take_choice,
    verdicts,
)
from ui.pickers import pick_frame_or_box, watch
from ui.provenance import link_here
from ui.report import zipped
from ui.strip import linked_strips
from ui.style import QUIET
from ui.verify.calibration import pick_calibration
from ui.verify.charts import verdict_scale, verdict_scale_in_words
from ui.verify.cohort import cohort_of, pick_cohort
from ui.verify.labels import label_pair
from ui.verify.matrix import everybody, matrix
from ui.verify.player import player
from ui.verify.report import Case, provenance, report, show_card, show_table, verdict_table
from ui.verify.report_page import verdict_report
from ui.verify.tracks import correct, jump_times, known_anyway
from ui.verify.words import (
    ENCODER_SHARED,
    FORMULA,
    SAME_FRAMES,
    agreement,
    asked,
    choice_in_words,
    matrix_in_words,
    shown_in_words,
    truth_in_words,
)
from ui.words import ICONS, model_title
from ui.work import Crowded


def people(sources: Mapping[str, Source], columns: Sequence[DeltaGenerator]) -> dict[str, Footage]:
    """Show who is in the videos, and let every model look at each of them; without those that cannot be used.

    Whom the models look at, they do beside the search of the other video, and of both at once.

    Args: sources, and what is returned: by side. columns: where each of ``SIDES`` is shown.
    """
    places, found, unmarked = dict(zip(SIDES, columns, strict=True)), {}, set()
    for side, source in sources.items():
        with places[side]:
            one = watch(source)
            if one is not None:
                found[side] = one
                unmarked |= {side} if _shown(one) else set()
    known = {side: one for side, one in found.items() if _described(one, places[side])}
    if any(any(jump_times(known[side])) for side in unmarked & known.keys()):
        st.rerun()
    return known


def _shown(found: Footage) -> bool:
    """The player at once, with marks where tracks change their looks as soon as everybody has been looked at.

    Returns: whether these are missing yet.
    """
    take_choice(found)
    if found.scene.kind == "nobody":
        pick_frame_or_box(found, found.source.side)
        return False
    marked = is_described(found, all_checkpoints())
    begin_to_describe(found, all_checkpoints())
    if found.scene.kind == "person":
        return False
    st.markdown(choice_in_words(found.source.title, found.count, choice_of(found)))
    player(found, jump_times(found) if marked else ())
    return not marked


def _described(found: Footage, place: DeltaGenerator) -> bool:
    """Wait until every model has looked at the people of a video; False where too many others wait."""
    with place:
        try:
            describe(found, all_checkpoints())
        except Crowded as error:
            st.info(str(error), icon=":material/hourglass_empty:")
            return False
        if found.scene.kind == "people":
            correct(found)
    return True


def compared(a: Footage, b: Footage, name: str, allowed: float) -> None:
    """All people of two videos against each other, and what is said of the two who are chosen.

    Args: name: of the model that is asked first. allowed: as in ``Calibration.uncertain_range``.
    """
    several, cohort = a.count * b.count > 1, cohort_of(all_checkpoints())
    table, answer = st.columns(2, gap="large") if several else (None, st.container())
    if table is not None:
        with table:
            st.markdown("**Everybody against everybody**")
            rows = everybody(a, b, calibrated(name), allowed, cohort)
            doubted = any(one.doubts for row in rows for one in row)
            st.caption(matrix_in_words(a.source.title, b.source.title, model_title(name), doubted))
            matrix(a, b, rows)
    try:
        one, other = _chosen(a), _chosen(b)
        if one is None or other is None:
            if unclear := [found.source.title for found in (a, b) if found.count > 1 and choice_of(found) is None]:
                answer.info(asked(unclear), icon=":material/touch_app:")
            return
        known, seconds = verdicts(a, b, (one, other), calibrated_checkpoints(), cohort)
    except ValueError as error:
        st.error(str(error))
        return
    results = {model: result.allowing(allowed) for model, result in known.items()}
    case = Case((a, b), (one, other), results, {model: calibrated(model) for model in results}, name, seconds, now())
    _verdict(case, answer, wide=not several)
    _details(case)


def _chosen(found: Footage) -> Subject | None:
    choice = choice_of(found)
    return None if choice is None else subject_of(found, choice)


def _verdict(case: Case, place: DeltaGenerator, wide: bool) -> None:
    """What the models agree on, what one of them rests on, and where the distance lies."""
    result = case.result
    answer, chart = place.columns([2, 3], gap="large", vertical_alignment="center") if wide else (place, st.container())
    with answer:
        headline, verdict = agreement(tuple(case.results.values()))
        with st.container(key=ANNOUNCED):
            st.header(f"{ICONS[verdict]} {headline}", anchor=False)
        for truth in _truths(case.footage):
            st.markdown(truth_in_words(truth, tuple(case.results.values())))
        st.caption(ENCODER_SHARED)
        st.markdown(f"**{model_title(case.model)}: {result.answer.lower()}.**")
        st.markdown(result.reason)
        st.caption(f"{result.held_against} {provenance(case.checkpoint)} Calibrated on {result.calibration}.")
        told = {warning for found in case.footage for warning in found.scene.warnings}
        certain = known_anyway(case.footage, case.subjects)
        for warning in (*filter(None, (certain,)), *result.warnings):
            if warning not in told:
                st.warning(warning)
    with chart:
        st.plotly_chart(verdict_scale(result), config=QUIET, alt=verdict_scale_in_words(result))


def _truths(footage: tuple[Footage, Footage]) -> list[Verdict]:
    """What two videos are known to show, where they are an example of one person each; else nothing."""
    files = [Path(found.source.file) for found in footage]
    known = {one.truth for one in examples().values() if [one.a, one.b] == files}
    return [verdict for verdict in ANSWERS if verdict in known]


def _details(case: Case) -> None:
    """What the user knows, the frames, every model, the files, calibrations, and how it is done."""
    if known_anyway(case.footage, case.subjects) != SAME_FRAMES:
        label_pair(case.subjects, case.results)
    st.subheader("What the models saw", anchor=False)
    titles = (shown_in_words(found.source.title, found.count, choice_of(found)) for found in case.footage)
    linked_strips(dict(zip(titles, case.subjects, strict=True)))
    st.subheader("All models on this pair", anchor=False)
    show_table(verdict_table(case.results))
    with st.container(horizontal=True):
        offer("Report (JSON)", partial(report, case), "verdict.json", "application/json")
        link = link_here("verify", case.footage)
        offer(
            "Report (zip, opens offline)", lambda: zipped(verdict_report(case, link)), "verdict.zip", "application/zip"
        )
    pick_cohort()
    pick_calibration(case.footage, case.model)
    with st.expander("How the verdict is made"):
        st.markdown(FORMULA)
    with st.expander("What this model was trained on"):
        show_card(case.checkpoint)

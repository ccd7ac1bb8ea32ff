"""The people of this session's videos: who is chosen on which side, what the models make of them."""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from reid_core.evaluation import Comparison, KnownPeople, Others, calibration_of, compare_all, seen_with
from reid_core.model import Checkpoint
from reid_core.video import Box, Crop, Subject, Tracklet, cut_out, parse_crop, person_of, stood_in
from ui.footage import Footage, Source, decoded, remembered, told_of, waiting
from ui.own import SIDES
from ui.work import Crowded, Tell, begin, waited_for

Look = tuple[Callable[..., object], Subject | Tracklet]
Choice = int | str | Box  # a person of the scene by place, "full" for the whole frame, or a box


def choices() -> dict[tuple[str, str], Choice]:
    """Who was chosen, by the side and the key of the video."""
    kept: dict[tuple[str, str], Choice] = st.session_state.setdefault("choices", {})
    return kept


def choice_of(found: Footage) -> Choice | None:
    """Who was chosen on this side, or is there alone; None where nobody is and several may be."""
    choice = choices().get((found.source.side, found.source.key))
    if isinstance(choice, int) and choice >= found.count:  # of tracks that were put right before they were forgotten
        choice = None
    return 0 if choice is None and found.count == 1 else choice


def choose(found: Footage, choice: Choice) -> None:
    """Compare this one from now on; the link says so."""
    choices()[found.source.side, found.source.key] = choice
    st.query_params[f"person_{found.source.side}"] = _written(choice)


def follow_people(found: Footage, moved: Mapping[int, int]) -> None:
    """The people of a video stand elsewhere from now on, on both sides.

    Args: moved: where somebody who was chosen stands now; who is not named is no longer chosen.
    """
    for side in SIDES:
        before = choices().pop((side, found.source.key), None)
        if before is None:
            continue
        st.query_params.pop(f"person_{side}", None)
        if isinstance(before, int) and before in moved:
            choose(replace(found, source=replace(found.source, side=side)), moved[before])


def take_choice(found: Footage) -> None:
    """Choose whom the link names; where it names nobody, let it name who was chosen before."""
    linked = _read(st.query_params.get(f"person_{found.source.side}", ""), found)
    chosen = choice_of(found) if linked is None else linked
    if chosen is None or found.count == 1:
        st.query_params.pop(f"person_{found.source.side}", None)
    else:
        choose(found, chosen)


def chosen_subject(found: Footage) -> Subject | None:
    """The person to look into: who was chosen, else who is seen longest; None where nobody was found.

    Raises: ValueError for a box outside the frame.
    """
    choice = choice_of(found)
    if choice is None:
        return subject_of(found, 0) if found.count else None
    return subject_of(found, choice)


def subject_of(found: Footage, choice: Choice) -> Subject:
    """A person of a video. Raises: ValueError for a box outside the frame."""
    if isinstance(choice, int):
        return people_of(found)[choice]
    key = (found.source.key, choice)
    with waiting(f"cut out {found.source.side}") as tell:
        return remembered("cut out", key, lambda: _cut_out(found.source, choice, tell))


def _cut_out(source: Source, crop: Crop, tell: Tell) -> Subject:
    """Of a video in which nobody was found, where alone the whole frame may be chosen."""
    subject = cut_out(decoded(source, told_of(source, tell)), crop)
    return stood_in(subject) if crop == "full" else subject


def people_of(found: Footage) -> tuple[Subject, ...]:
    """All people of a scene."""
    scene = found.scene
    return remembered(
        "people", scene, lambda: tuple(person_of(scene, place) for place in range(found.count)), of=(found.source,)
    )


@st.cache_resource(show_spinner=False)
def known_people() -> KnownPeople:
    """Whom the models have looked at: each for as long as his tracklet lives, so of no session that has ended."""
    return KnownPeople()


def begin_to_describe(found: Footage, checkpoints: Sequence[Checkpoint]) -> None:
    """Let every model begin to look at the people of a video, beside whatever else goes on."""
    if not is_described(found, checkpoints):
        with suppress(Crowded):  # said where it is waited for
            begin(*_description(found, checkpoints))


def describe(found: Footage, checkpoints: Sequence[Checkpoint]) -> None:
    """Let every model look at the people of a video, once in a session, with progress and a way to stop.

    Raises: Crowded: too much waits already.
    """
    with waiting(f"describe {found.source.side}") as tell:
        if not is_described(found, checkpoints):
            waited_for(*_description(found, checkpoints), tell)


def is_described(found: Footage, checkpoints: Sequence[Checkpoint]) -> bool:
    """Whether every model has looked at all people of a video."""
    return all(known_people().knows(one.network, who) for _, who in _looks(found) for one in checkpoints)


def _description(found: Footage, checkpoints: Sequence[Checkpoint]) -> tuple[Hashable, str, Callable[[Tell], None]]:
    """The looks at the people of a video, as ``begin`` takes them."""
    known, looks = known_people(), _looks(found)  # here: the session is out of reach where they are taken
    text = f"{found.source.name}: Looking at its people"
    key = "describe", found.scene, tuple(one.name for one in checkpoints)
    return key, text, lambda tell: _look(known, text, looks, checkpoints, tell)


def _looks(found: Footage) -> list[Look]:
    """All people of a video, and who is somebody else for any of them."""
    known, people = known_people(), people_of(found)
    beside = dict.fromkeys(other for subject in people for other in seen_with(subject, subject).first)
    looks: list[Look] = [(known.output, subject) for subject in people]
    return looks + [(known.other, other) for other in beside]


def look_at(key: str, text: str, looks: Sequence[Look], checkpoints: Sequence[Checkpoint]) -> None:
    """Let every model look at those whom it does not know yet, with progress and a way to stop.

    Args: key: as of ``waiting``. looks: how a model looks at somebody, and at whom.
    """
    with waiting(key) as tell:
        _look(known_people(), text, looks, checkpoints, tell)


def _look(known: KnownPeople, text: str, looks: Sequence[Look], checkpoints: Sequence[Checkpoint], tell: Tell) -> None:
    for number, (look, who) in enumerate(looks):
        for checkpoint in checkpoints:
            if not known.knows(checkpoint.network, who):
                tell(number / len(looks), text)
                look(checkpoint.network, who)


def verdicts(
    a: Footage,
    b: Footage,
    subjects: tuple[Subject, Subject],
    checkpoints: tuple[Checkpoint, ...],
    cohort: Others | None = None,
) -> tuple[dict[str, Comparison], float]:
    """What every model says about two persons, by checkpoint, and the seconds from the videos to there.

    Args: cohort: by default who was seen together with either.
    """
    key = (*(subject.whole for subject in subjects), tuple(calibration_of(known) for known in checkpoints), cohort)
    with waiting("compare") as tell:
        of = (a.source, b.source) if cohort is None else ()
        return remembered("verdicts", key, lambda: _compare(a, b, subjects, checkpoints, cohort, tell), of=of)


def _written(choice: Choice) -> str:
    """A choice in a link; people are counted from 1, as on the page."""
    if isinstance(choice, int):
        return str(choice + 1)
    return choice if isinstance(choice, str) else ",".join(f"{side:g}" for side in choice)


def _read(text: str, found: Footage) -> Choice | None:
    """What ``_written`` wrote of this video; None of another one."""
    if text.isdecimal():
        return int(text) - 1 if 1 <= int(text) <= found.count else None
    with suppress(ValueError):
        crop = parse_crop(text)
        return None if found.count or crop == "auto" else crop
    return None


def _compare(
    a: Footage,
    b: Footage,
    subjects: tuple[Subject, Subject],
    checkpoints: tuple[Checkpoint, ...],
    cohort: Others | None,
    tell: Callable[[float, str], None],
) -> tuple[dict[str, Comparison], float]:
    started = time.perf_counter()
    tell(0.5, f"Comparing {subjects[0].name} and {subjects[1].name}")
    results = {
        result.checkpoint: result for result in compare_all(*subjects, checkpoints, cohort, known=known_people())
    }
    return results, a.seconds + b.seconds + time.perf_counter() - started

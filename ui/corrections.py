"""Tracks that the user put right, in steps that the link names."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce

from reid_core.video import Scene, join, split
from ui import memory
from ui.footage import Footage, chosen_text, keep_text, linked_text, remembered
from ui.people import follow_people

STEPS = {"split": split, "join": join}
BETWEEN_STEPS, BETWEEN_PARTS = "_", "-"  # neither of them is written otherwise in a link


def corrected(found: Footage) -> Footage:
    """What was found in a video, its tracks as the user or the link put them right; steps that do not fit are none."""
    key = found.source.key
    try:
        return _with(found, linked_text(found.source, "tracks", key))
    except (ValueError, IndexError):
        keep_text(found.source, "tracks", key, "")
        return found


def all_corrected() -> Iterator[Footage]:
    """Every video that was searched in this session, with its tracks put right; the link is left alone."""
    for found in memory.shelf("footage").values():
        yield _with(found, chosen_text("tracks", found.source.key))


def put_right(found: Footage, step: str, place: int, other: int, moved: Mapping[int, int]) -> None:
    """Split or join tracks from now on.

    Args: step: ``split`` or ``join``. place, other: as these have them. moved: as of ``follow_people``.
    """
    steps = linked_text(found.source, "tracks", found.source.key)
    written = BETWEEN_PARTS.join((step, str(place + 1), str(other + (step == "join"))))
    keep_text(found.source, "tracks", found.source.key, BETWEEN_STEPS.join(filter(None, (steps, written))))
    follow_people(found, moved)


def changes(found: Footage) -> list[str]:
    """What was put right, step by step in words; none where the tracks are as they were found."""
    return [_in_words(*step.split(BETWEEN_PARTS)) for step in found.steps.split(BETWEEN_STEPS) if step]


def take_back(found: Footage) -> None:
    """The tracks are as they were found."""
    keep_text(found.source, "tracks", found.source.key, "")
    follow_people(found, {})


def _with(found: Footage, steps: str) -> Footage:
    if not steps:
        return found
    scene = remembered(
        "corrected", (found.scene, steps), lambda: reduce(_step, steps.split(BETWEEN_STEPS), found.scene)
    )
    return replace(found, scene=scene, steps=steps)


def _in_words(step: str, place: str, other: str) -> str:
    """People are told by the numbers that they had then, frames by their place in the track, as in the link."""
    told = {"split": "split from its frame {} on", "join": "joined with person {}"}
    return f"person {place} {told[step].format(other)}"


def _step(scene: Scene, written: str) -> Scene:
    """A scene after a step as it is written; people are counted from 1, as on the page."""
    step, *numbers = written.split(BETWEEN_PARTS)
    place, other = map(int, numbers)
    if step not in STEPS or place < 1 or other < 1:
        raise ValueError(f"a step must be split-PERSON-FRAME or join-PERSON-OTHER, got {written}")
    return STEPS[step](scene, place - 1, other - (step == "join"))

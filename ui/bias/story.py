"""The story in six steps: the class commits to a guess, drags the cover, and sees who was right."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from reid_core.explain import Edit
from ui.bias.data import Shown
from ui.bias.stage import Telling
from ui.bias.words import NO_COVER, STEPS, Step, note_in_words, reveal_in_words, true_of
from ui.loaders import checkpoint_names
from ui.words import model_title

PHASES = ("predict", "drag", "reveal")
GO_ON = dict(zip(PHASES, ("That is our guess", "Reveal", "Next step"), strict=True))


def begin_as_linked() -> None:
    """Take step, phase and guess from the link that opened the page; a step alone sets the controls, too."""
    if "step" in st.session_state:
        return
    linked: Mapping[str, str] = st.query_params
    number = linked.get("step", "1" if linked.get("present") == "true" else "")
    st.session_state["step"] = int(number) if number in {str(n + 1) for n in range(len(STEPS))} else 0
    st.session_state["phase"] = linked["phase"] if linked.get("phase") in PHASES else PHASES[0]
    st.session_state["guess"] = [name for name in linked.get("guess", "").split(",") if name in checkpoint_names()]
    if st.session_state["step"] and "cover" not in linked:
        set_controls(STEPS[st.session_state["step"] - 1].edit)


def set_controls(edit: Edit) -> None:
    """Put all controls to an edit; where it covers nothing, the sliders of the cover stay where they are."""
    values: dict[str, str | int] = {
        "cover": edit.cover or NO_COVER,
        "order": edit.order,
        "longer": edit.longer,
        "length": round(100 * edit.length),
    }
    if edit.cover:
        values |= {"share": round(100 * edit.share), "at": round(100 * edit.position)}
    for key, value in values.items():
        st.session_state[key] = value
    for key in ("cover", "order", "longer"):
        st.query_params[key] = str(values[key])


def begin(number: int) -> None:
    """Tell a step from its beginning, or with 0 no story."""
    st.session_state.update({"step": number, "phase": PHASES[0], "guess": []})
    if number:
        set_controls(STEPS[number - 1].edit)


def pick_step() -> None:
    """The steps as buttons, and one for no step; a presenter has one at a time, large."""
    st.toggle("Presenter mode", key="present", bind="query-params", persist_state="session", on_change=_present)
    with st.container(gap="xsmall"):
        for number, title in enumerate(("Explore freely", *(step.title for step in STEPS))):
            kind: Literal["primary", "secondary"] = "primary" if number == st.session_state["step"] else "secondary"
            st.button(title, key=title, type=kind, on_click=begin, args=(number,), width="stretch")


def _present() -> None:
    if st.session_state["present"] and not st.session_state["step"]:
        begin(1)


def chosen_step() -> Step | None:
    """The step that was chosen, here or in the link."""
    number = st.session_state["step"]
    return STEPS[number - 1] if number else None


def told_step(edit: Edit) -> Step | None:
    """The step that is told, which stays in the link; another cover, order or length than its own ends it."""
    step = chosen_step()
    if step and (edit.cover, edit.order, edit.length) != (step.edit.cover, step.edit.order, step.edit.length):
        st.session_state["step"] = 0
        st.rerun()  # the buttons of the steps are drawn already
    wanted = {
        "step": str(st.session_state["step"]),
        "phase": st.session_state["phase"],
        "guess": ",".join(st.session_state["guess"]),
    }
    for key, value in wanted.items():
        if step is None or not value:
            st.query_params.pop(key, None)
        elif st.query_params.get(key) != value:
            st.query_params[key] = value
    return step


def tell_story(step: Step | None, shown: Shown, large: bool) -> Telling:
    """What a step asks, then says, then how good the guess was; how the stage is to be told."""
    if step is None:
        return Telling(large=large)
    phase, guessed, names = st.session_state["phase"], st.session_state["guess"], checkpoint_names()
    true = true_of(step, shown.outcomes)
    _say({"predict": step.question, "drag": step.look, "reveal": reveal_in_words(guessed, true, names)}[phase], large)
    with st.container(key="presented" if large else "told"):
        _guess_and_go_on(phase)
    last = step is STEPS[-1]
    notes = {one.model: note_in_words(one, one.model in guessed, one.model in true, last) for one in shown.outcomes}
    return Telling(phase == "predict", notes if phase == "reveal" else {}, large, last)


def _say(words: str, large: bool) -> None:
    if large:
        st.header(words, anchor=False)
    else:
        st.markdown(f":material/lightbulb: {words}")


def _guess_and_go_on(phase: str) -> None:
    number = st.session_state["step"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.pills(
            "Our guess",
            checkpoint_names(),
            selection_mode="multi",
            format_func=model_title,
            key="guess",
            label_visibility="collapsed",
            disabled=phase != PHASES[0],
            persist_state="session",
        )
        st.button("Step back", key="go_back", on_click=begin, args=(max(number - 1, 1),), disabled=number == 1)
        label = "To the first step" if number == len(STEPS) and phase == PHASES[-1] else GO_ON[phase]
        st.button(label, key="go_on", type="primary", on_click=_go_on)


def _go_on() -> None:
    at = PHASES.index(st.session_state["phase"])
    if at + 1 < len(PHASES):
        st.session_state["phase"] = PHASES[at + 1]
    else:
        begin(st.session_state["step"] % len(STEPS) + 1)

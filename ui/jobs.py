"""The queue of commands that outlive the page: put one in, find it again, and do with it what its state allows."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from reid_core import jobs as runner
from reid_core.jobs import Job
from ui.library import ROOT, roots

REFUSED = "job refused"
STATES = {
    "waiting": ":material/schedule: waiting",
    "running": ":material/play_circle: running",
    "paused": ":material/pause_circle: paused: it keeps its memory, and what waits goes on waiting",
    "stopped": ":material/stop_circle: stopped: what it finished is kept, Resume goes on there",
    "failed": ":material/error: ended with an error: what it finished is kept",
    "done": ":material/check_circle: done",
}
BUTTONS: dict[str, dict[str, tuple[str, Callable[[Path, str], None]]]] = {
    "waiting": {"Take out": ("close", runner.stop)},
    "running": {"Pause": ("pause", runner.pause), "Stop": ("stop_circle", runner.stop)},
    "paused": {"Go on": ("play_arrow", runner.go_on), "Stop": ("stop_circle", runner.stop)},
    "stopped": {"Resume": ("play_arrow", runner.again)},
    "failed": {"Resume": ("play_arrow", runner.again)},
    "done": {},
}


def place() -> Path:
    """The folder whose queue this is: that of the user's own runs."""
    return roots()[1]


def ask(name: str, words: tuple[str, ...]) -> None:
    """Put a command into the queue; where it cannot be put there ``show_refused`` says why."""
    _do(lambda: runner.submit(place(), name, words, ROOT))


def _do(act: Callable[[], None]) -> None:
    """Do something with the queue; a full disk, or one that may not be written, is told on the page."""
    st.session_state.pop(REFUSED, None)
    try:
        act()
    except OSError as error:
        st.session_state[REFUSED] = str(error)


def show_refused() -> None:
    """Why what was asked for last could not be done, if so."""
    if REFUSED in st.session_state:
        st.error(st.session_state[REFUSED])


def asked() -> tuple[Job, ...]:
    """All jobs in the order in which they were asked for; what waits is worked off from now on."""
    runner.wake(place())
    return runner.jobs(place())


def job_buttons(job: Job) -> None:
    """What may be done with a job now."""
    with st.container(horizontal=True):
        for label, (icon, act) in BUTTONS[job.state].items():
            key, bound = f"{label} {job.key}", partial(act, place(), job.key)
            st.button(label, key=key, icon=f":material/{icon}:", on_click=_do, args=(bound,))


def value_of(job: Job, option: str) -> str:
    """What follows an option in the words of a job's command."""
    return job.words[job.words.index(option) + 1]

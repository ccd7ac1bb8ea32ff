"""The queue of commands that outlive the page: put one in, find it again, and do with it what its state allows."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from reid_core import jobs as runner
from reid_core.jobs import Job
from ui.library import ROOT, roots

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
    """Put a command into the queue. Raises: OSError: as ``submit``."""
    runner.submit(place(), name, words, ROOT)


def asked() -> tuple[Job, ...]:
    """All jobs in the order in which they were asked for; what waits is worked off from now on."""
    runner.wake(place())
    return runner.jobs(place())


def job_buttons(job: Job) -> None:
    """What may be done with a job now."""
    with st.container(horizontal=True):
        for label, (icon, act) in BUTTONS[job.state].items():
            key = f"{label} {job.key}"
            st.button(label, key=key, icon=f":material/{icon}:", on_click=act, args=(place(), job.key))


def value_of(job: Job, option: str) -> str:
    """What follows an option in the words of a job's command."""
    return job.words[job.words.index(option) + 1]

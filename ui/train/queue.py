"""What was asked for: how far each job is, what may be done with it, and where its result is looked at."""

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from reid_core import jobs as runner
from reid_core.jobs import FOLDER, Job, jobs, wake
from reid_core.runs import Listed, LiveRun, task_of
from ui.library import ROOT, in_training, library, roots
from ui.live import live_run
from ui.train.data import tiny_command
from ui.train.form import in_a_shell
from ui.train.words import STATES
from ui.words import plain

EVERY_S = 2.0
BESIDE = 3
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
    """Put a command into the queue."""
    runner.submit(place(), name, words, ROOT)


def make_tiny() -> None:
    """Let a tiny data set be made, and choose it as soon as it is there."""
    ask("a tiny data set", tiny_command())
    st.query_params["data"] = tiny_command()[2]


@st.fragment(run_every=EVERY_S)
def show_queue() -> None:
    """All jobs, the last first; refreshes itself, and the whole page when one has ended."""
    wake(place())
    found = jobs(place())
    ended = [job.key for job in found if job.state == "done"]
    if st.session_state.setdefault("jobs done", ended) != ended:
        st.session_state["jobs done"] = ended
        st.rerun()
    if found:
        st.header("What was asked for", anchor=False)
    live = {run.name: run for run in in_training()}
    for job in reversed(found):
        with st.container(border=True, key=f"job {job.key}"):
            _job(job, live.get(job.name))
    if any(job.state in ("stopped", "failed", "done") for job in found):
        clear = runner.clear
        st.button("Clear what has ended", icon=":material/delete_sweep:", on_click=clear, args=(place(),))


def _job(job: Job, live: LiveRun | None) -> None:
    st.markdown(f"**{plain(job.name)}** {STATES[job.state]}")
    if live is not None and job.words[0] == "train":
        live_run(live)
    elif job.said and job.state != "done":
        st.caption(plain(job.said))
    if job.state == "failed":
        st.error(job.said.removeprefix("error: "))
    with st.container(horizontal=True):
        for label, (icon, act) in BUTTONS[job.state].items():
            key = f"{label} {job.key}"
            st.button(label, key=key, icon=f":material/{icon}:", on_click=act, args=(place(), job.key))
    if job.state == "done" and job.words[0] == "train":
        _result(job)
    with st.expander("Command, and what it said"):
        st.code(in_a_shell(job.words), None, wrap_lines=True)
        log = place() / FOLDER / f"{job.key}.log"
        st.code(log.read_text(errors="replace").replace("\r", "\n")[-5000:] if log.exists() else "", None)


def _result(job: Job) -> None:
    """Ways to the other pages; its position bias is measured first."""
    stored = library().runs
    key = next((key for key, run in stored.items() if run.folder == place() / job.name), None)
    if key is None:
        st.caption("Its run is no longer there.")
        return
    name = f"{job.name}/split_{stored[key].info.splits[0]}"
    with st.container(horizontal=True):
        st.page_link("pages/runs.py", label="Beside others in Runs", query_params={"runs": _beside(stored, key)})
        st.page_link("pages/verify.py", label="Use in Verify", query_params={"own": name, "checkpoint": name})
        st.page_link("pages/bias_lab.py", label="Try in the Bias lab", query_params={"own": name})
        measure = ("bias", *_values(job, "--out"), *("--data", *_values(job, "--data")))
        words = (*measure, "--dataset", *_values(job, "--dataset"))
        if not (place() / job.name / "bias.csv").exists():
            asked = (f"bias of {job.name}", words)
            st.button("Measure its position bias", key=f"bias {job.key}", on_click=ask, args=asked)


def _values(job: Job, option: str) -> tuple[str, ...]:
    """What follows an option of a job's command."""
    return job.words[job.words.index(option) + 1 :][:1]


def _beside(stored: Mapping[str, Listed], key: str) -> list[str]:
    """A run, and some of those that it may be ranked with."""
    task = task_of(stored[key])
    return [key, *(other for other, run in stored.items() if other != key and task_of(run) == task)][: 1 + BESIDE]

"""What was asked for: how far each job is, what may be done with it, and where its result is looked at."""

from collections.abc import Mapping

import streamlit as st

from reid_core import jobs as runner
from reid_core.jobs import Job, said_by
from reid_core.runs import Listed, LiveRun, task_of
from ui.jobs import STATES, ask, asked, job_buttons, place, show_refused, value_of
from ui.library import in_training, library
from ui.live import live_run
from ui.train.form import in_a_shell
from ui.words import plain

EVERY_S = 2.0
BESIDE = 3
MOST_LINES = 100  # of a log


@st.fragment(run_every=EVERY_S)
def show_queue() -> None:
    """All jobs, the last first; refreshes itself, and the whole page when one has ended."""
    show_refused()
    found = asked()
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
    job_buttons(job)
    if job.state == "done" and job.words[0] == "train":
        _result(job)
    with st.expander("Command, and what it said", expanded=job.words[0] == "check-data"):
        st.code(in_a_shell(job.words), None, wrap_lines=True)
        st.code("\n".join(said_by(place(), job.key)[-MOST_LINES:]), None, wrap_lines=True)


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
        words: tuple[str, ...] = ("bias", value_of(job, "--out"))
        words += tuple(word for option in ("--data", "--dataset") for word in (option, value_of(job, option)))
        if not (place() / job.name / "bias.csv").exists():
            named = (f"bias of {job.name}", words)
            st.button("Measure its position bias", key=f"bias {job.key}", on_click=ask, args=named)


def _beside(stored: Mapping[str, Listed], key: str) -> list[str]:
    """A run, and some of those that it may be ranked with."""
    task = task_of(stored[key])
    return [key, *(other for other, run in stored.items() if other != key and task_of(run) == task)][: 1 + BESIDE]

"""The runs that are stored: those that ship, the user's own, and which of them are looked at."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from reid_core.runs import Listed, LiveRun, Run, RunError, Task, list_run, live_runs, read_run, run_folders, task_of
from ui.style import Look, model_of, run_looks

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "assets" / "runs"
OWN = ROOT / "runs"
SETTING = "REID_RUNS"  # an environment variable: a folder to read instead of the user's runs/
FIRST_SHOWN = 5  # as many as models ship


@dataclass(frozen=True)
class Library:
    """All stored runs by their key in links, and a sentence for each folder that cannot be read."""

    runs: Mapping[str, Listed]
    problems: tuple[str, ...]


def roots() -> tuple[Path, Path]:
    """Where runs are: those that ship, and the user's own."""
    return SHIPPED, Path(os.environ.get(SETTING) or OWN)


def library() -> Library:
    """What is stored now; a folder is read once for as long as it does not change."""
    runs: dict[str, Listed] = {}
    problems = []
    for folder in (folder for root in roots() for folder in run_folders(root)):
        found = _listed(str(folder), _stamp(folder))
        if isinstance(found, str):
            problems.append(found)
        else:
            runs[folder.name if folder.name not in runs else str(folder)] = found
    order = sorted(runs, key=lambda key: (str(task_of(runs[key])), key))
    return Library(_told_apart({key: runs[key] for key in order}), tuple(problems))


def _told_apart(runs: Mapping[str, Listed]) -> dict[str, Listed]:
    """Runs that bear one name are called by their folders, so that none hides another."""
    uses = Counter(run.info.name for run in runs.values())
    return {
        key: replace(run, info=replace(run.info, name=short_path(run.folder))) if uses[run.info.name] > 1 else run
        for key, run in runs.items()
    }


def short_path(folder: Path) -> str:
    """A folder as it is written in a command."""
    return str(folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder)


def opened(runs: Iterable[Listed]) -> list[Run]:
    """The whole of some runs, by the names that they are listed under; one that cannot be read is told and left out."""
    found = []
    for run in runs:
        try:
            whole = _opened(str(run.folder), _stamp(run.folder))
            found.append(replace(whole, info=replace(whole.info, name=run.info.name)))
        except RunError as error:
            st.warning(str(error))
    return found


def in_training() -> list[LiveRun]:
    """The user's trainings that have not finished."""
    return live_runs(roots()[1])


def by_task(runs: Iterable[Run]) -> dict[Task, list[Run]]:
    """Runs that may be ranked together."""
    groups: dict[Task, list[Run]] = {}
    for run in runs:
        groups.setdefault(task_of(run), []).append(run)
    return groups


def looks_of(runs: Iterable[Run | Listed]) -> dict[str, Look]:
    """How runs that are shown together are drawn."""
    return run_looks({run.info.name: model_of(run.info.head, run.info.variant) for run in runs})


def chosen_keys(runs: Mapping[str, Listed]) -> list[str]:
    """Which runs are looked at: those of the link, else of this session, else the first that may be ranked together."""
    linked = st.query_params.get_all("runs")
    if linked:
        st.session_state["chosen runs"] = linked
    kept = st.session_state.get("chosen runs", first_keys(runs))
    return [key for key in runs if key in kept]


def choose(keys: Sequence[str]) -> None:
    """Look at these runs from now on; they are in the URL."""
    st.session_state["chosen runs"] = list(keys)
    st.query_params["runs"] = list(keys)


def first_keys(runs: Mapping[str, Listed]) -> list[str]:
    """The first runs of the first task."""
    first = next(iter(runs.values()), None)
    return [key for key, run in runs.items() if first and task_of(run) == task_of(first)][:FIRST_SHOWN]


def _stamp(folder: Path) -> int:
    """Changes with the folder."""
    return max((path.stat().st_mtime_ns for path in (folder, folder / "run.json") if path.exists()), default=0)


@st.cache_resource(max_entries=4096, show_spinner=False)
def _listed(folder: str, stamp: int) -> Listed | str:
    """A run of the list, or what is wrong with it."""
    try:
        return list_run(Path(folder))
    except RunError as error:
        return str(error)


@st.cache_resource(max_entries=64, show_spinner="Reading runs")
def _opened(folder: str, stamp: int) -> Run:
    return read_run(Path(folder))

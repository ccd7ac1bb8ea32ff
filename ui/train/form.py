"""What is trained: every answer becomes words of one command, which is what is run."""

import shlex
from pathlib import Path
from typing import Any

import streamlit as st

from reid_core.__main__ import parsed
from reid_core.jobs import jobs
from reid_core.model import HEADS, head_class, head_options
from reid_core.training import PRESETS, RECIPES, partial_folder
from ui.library import roots, short_path
from ui.pickers import linked_select
from ui.train.words import OPTIONS_HELP

GIVEN = "as the preset says"
MOST_SPLITS = 10
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


def pick_training(data: tuple[str, str]) -> tuple[str, ...] | None:
    """The words of the command, or None after saying in one sentence why it could not run. Args: folder and kind."""
    head, preset, recipe = st.columns(3)
    with head:
        network = linked_select("Head", {name: name for name in HEADS}, "train_head")
    with preset:
        schedule = linked_select("Preset", {name: name for name in ("fast", *PRESETS)}, "preset")
    with recipe:
        look = linked_select("Recipe", {GIVEN: GIVEN} | {name: name for name in RECIPES}, "recipe")
    with st.expander("More"):
        more = _more(network)
    free = _free_name(f"{Path(data[0]).name}-{network}")
    name = st.text_input("Name of the run", free, key=f"name {free}")  # another one as soon as this is taken
    words = ["train", "--data", data[0], "--dataset", data[1], "--out", short_path(roots()[1] / name.strip())]
    words += ["--head", network, "--preset", schedule, *([] if look == GIVEN else ["--recipe", look]), *more]
    return _checked((*words, "--resume"), name.strip())


def _more(head: str) -> list[str]:
    """The words of what is seldom asked for."""
    splits = st.multiselect("Splits", list(range(MOST_SPLITS)), [0], key="splits", **KEPT)
    epochs, seed = st.columns(2)
    asked = epochs.number_input("Epochs of each stage", 0, step=1, key="epochs", help="0: as the preset says.", **KEPT)
    drawn = seed.number_input("Seed", 0, step=1, key="seed", **KEPT)
    own = st.text_input("Options of the head", key=f"options {head}", help=OPTIONS_HELP, **KEPT)
    st.caption(f"{head} has: {_options_in_words(head) or 'none'}")
    words = ["--split", *(str(split) for split in sorted(splits))]
    words += ["--epochs", str(asked)] if asked else []
    words += ["--seed", str(drawn)] if drawn else []
    return words + str(own).split()


def _options_in_words(head: str) -> str:
    standard: Any = head_class(head)()
    return ", ".join(f"--{name.replace('_', '-')} {getattr(standard, name)}" for name in head_options(head))


def _free_name(wish: str) -> str:
    """A name that no run has, finished or not."""
    names = [wish, *(f"{wish}-{number}" for number in range(2, 1000))]
    return next(name for name in names if not _taken(roots()[1] / name))


def _taken(out: Path) -> bool:
    asked = {job.name for job in jobs(roots()[1]) if job.state in ("waiting", "running", "paused")}
    return out.exists() or partial_folder(out).exists() or out.name in asked


def _checked(words: tuple[str, ...], name: str) -> tuple[str, ...] | None:
    try:
        if not name or Path(name).name != name or name.startswith("."):
            raise ValueError(f"the name of a run must be that of a folder, got {name!r}")
        if _taken(roots()[1] / name):
            raise ValueError(f"the name of a run must be new, {name} is there")
        parsed(words[0], list(words[1:]))
    except (OSError, ValueError) as error:
        st.error(f"the name of a run must be shorter, got {name}" if isinstance(error, OSError) else str(error))
        return None
    return words


def in_a_shell(words: tuple[str, ...]) -> str:
    """The command as it is typed."""
    return shlex.join(["reid", *words])

"""What a training will cost, asked of the command itself."""

import subprocess

import streamlit as st

from reid_core.jobs import COMMAND
from ui import memory
from ui.library import ROOT
from ui.train.words import TRIES
from ui.work import Tell, waited_for

LOOK_S = 0.3


def show_cost(words: tuple[str, ...]) -> None:
    """A button, and what a trial of some seconds found."""
    known = memory.shelf("costs")
    if st.button("What will it cost?", icon=":material/timer:"):
        with st.spinner(TRIES):
            known[words] = waited_for(("cost", words), TRIES, lambda tell: tried(words, tell), lambda *_: None)
    if words in known:
        *lines, status = known[words]
        if status:
            st.error(lines[-1] if lines else "The trial ended without a word.")
        else:
            st.markdown("\n".join(f"* {line}" for line in lines))


def tried(words: tuple[str, ...], tell: Tell) -> tuple[str | int, ...]:
    """The lines that the command said of its cost, and its exit status."""
    command = [*COMMAND, *words, "--trial"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as process:
        try:
            while True:
                tell(0.0, TRIES)
                try:
                    said, _ = process.communicate(timeout=LOOK_S)
                    return (*said.strip().splitlines(), process.returncode)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()  # nobody wants it any more; or it has ended

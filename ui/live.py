"""Trainings that go on, as far as their folders tell."""

import streamlit as st

from reid_core.runs import LiveRun
from ui.curves import cost_chart
from ui.library import in_training
from ui.style import look_of, model_of
from ui.watched import show_watched
from ui.words import plain

REFRESH_S = 5
MINUTE_S = 60


@st.fragment(run_every=REFRESH_S)
def show_live() -> None:
    """The trainings that go on; refreshes itself, and the whole page when one has come or gone."""
    running = in_training()
    names = [run.name for run in running]
    if st.session_state.setdefault("in training", names) != names:
        st.session_state["in training"] = names
        st.rerun()
    for run in running:
        with st.container(border=True):
            st.markdown(f"**{'Unfinished' if run.stopped else 'In training'}: {plain(run.name)}**")
            live_run(run)


def live_run(run: LiveRun) -> None:
    """How far one is, its loss, and how it does on people held out."""
    if run.history.empty:
        st.progress(0.0, live_in_words(run))
        return
    last = run.history.iloc[-1]
    st.progress(float(last["epoch"] / last["epochs"]), live_in_words(run))
    history = run.history.rename(columns={"loss": "mean"}).assign(sd=0.0)
    model = model_of(run.info.head, run.info.variant) if run.info else run.name
    alt = f"The loss of {run.name} over its epochs so far"
    with st.expander("Loss so far"):
        figure = cost_chart({run.name: history}, {run.name: look_of(model)}, "loss")
        st.plotly_chart(figure, key=f"live {run.name}", alt=alt)
    show_watched(run)


def live_in_words(run: LiveRun) -> str:
    """How far a training is, its loss, and when it will be done."""
    if run.history.empty:
        return f"split {run.split}, in its first epoch. It began {_span(run.idle_s)} ago."
    last = run.history.iloc[-1]
    epoch = f"split {run.split}, epoch {last['epoch']} of {last['epochs']} ({last['part']}), loss {last['loss']:.3f}"
    if run.stopped:
        return f"{epoch}. Nothing new for {_span(run.idle_s)}: it may have been stopped; train with resume goes on."
    return f"{epoch}, {_span(run.seconds_left)} left" + ("" if run.info else " of this split")


def _span(seconds: float) -> str:
    minutes = seconds / MINUTE_S
    if minutes < 1:
        return "less than a minute"
    return f"about {minutes:.0f} min" if minutes < 2 * MINUTE_S else f"about {minutes / MINUTE_S:.1f} h"

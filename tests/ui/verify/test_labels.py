"""Pairs that the user labels on the page, and the calibrations that come of them."""

import pytest
from streamlit.testing.v1 import AppTest

from ui.loaders import checkpoint_names


def page() -> None:
    """Asks about the pair whose distance is in the state; every number is another two people."""
    import numpy as np
    import streamlit as st

    from reid_core.evaluation import Comparison
    from reid_core.video import Subject, Tracklet
    from ui.calibrations import own_calibrations
    from ui.loaders import checkpoint_names
    from ui.verify.labels import label_pair

    def subject(shade: int) -> Subject:
        return Subject(
            "x",
            Tracklet(np.full((2, 128, 64, 3), shade, np.uint8), np.arange(2.0), np.zeros((2, 4), np.float32)),
            "auto",
        )

    distance = st.session_state.get("distance", 1.0)
    shade = round(100 * distance)
    results = {
        name: Comparison("same", distance, 1.0, 0.9, name, (2, 2), ("auto", "auto"), ()) for name in checkpoint_names()
    }
    label_pair((subject(shade), subject(shade + 1)), results)
    for name, own in own_calibrations().items():
        st.text(f"{name}: {own.same} and {own.different}, threshold {own.calibration.threshold:.2f}")


@pytest.fixture
def asked() -> AppTest:
    return AppTest.from_function(page, default_timeout=200).run()


def label(shown: AppTest, distance: float, same: bool) -> None:
    shown.session_state["distance"] = distance
    shown.run()
    shown.button(key=f"label {same}").click().run()
    assert not shown.exception


def test_pairs_are_counted_once_and_may_be_taken_back(asked):
    label(asked, 0.5, True)
    label(asked, 0.5, False)
    assert asked.markdown[0].value.startswith("Labelled so far: **0** of one person, **1** of two.")
    asked.button(key="label none").click().run()
    assert asked.markdown[0].value.startswith("Labelled so far: **0** of one person, **0** of two.")
    assert asked.button(key="calibrate").disabled


def test_every_model_is_calibrated_on_what_was_said(asked):
    for distance in (0.2, 0.4, 0.5):
        label(asked, distance, True)
    assert asked.button(key="calibrate").disabled
    for distance in (1.4, 1.6):
        label(asked, distance, False)
    asked.button(key="calibrate").click().run()
    assert not asked.exception and not asked.error
    told = [text.value for text in asked.text]
    assert [line.split(":")[0] for line in told] == checkpoint_names()
    assert all(": 3 and 2, threshold " in line and 0.5 < float(line.split()[-1]) < 1.4 for line in told)


def test_labels_that_cannot_be_right_are_said_to_be_so_and_nothing_is_calibrated(asked):
    for distance in (1.4, 1.6):
        label(asked, distance, True)
    for distance in (0.2, 0.4):
        label(asked, distance, False)
    asked.button(key="calibrate").click().run()
    assert not asked.exception and not asked.text
    assert "are the labels right?" in asked.error[0].value


def test_what_was_said_comes_back_from_the_link_alone(asked):
    for distance, same in ((0.2, True), (0.4, True), (1.4, False), (1.6, False)):
        label(asked, distance, same)
    asked.run()
    later = AppTest.from_function(page, default_timeout=200)
    later.query_params["labels"] = linked(asked, "labels")
    later.session_state["distance"] = 1.6
    later.run()
    assert later.markdown[0].value.startswith("Labelled so far: **2** of one person, **2** of two.")
    assert "label none" in [button.key for button in later.button], "this pair is among them"
    for shown in (asked, later):
        shown.button(key="calibrate").click().run()
    assert [text.value for text in later.text] == [text.value for text in asked.text] != []


@pytest.mark.parametrize("text", ["nonsense", "eJyLBQAAuAC5", "eJwDAAAAAAE="])
def test_a_link_that_says_nothing_readable_is_passed_over(text):
    shown = AppTest.from_function(page, default_timeout=200)
    shown.query_params["labels"] = text
    shown.run()
    assert not shown.exception and shown.markdown[0].value.startswith("Labelled so far: **0**")


def linked(shown: AppTest, key: str) -> str:
    """What the link says; AppTest tells it as a text or as a list of one."""
    value = shown.query_params[key]
    return value if isinstance(value, str) else value[0]

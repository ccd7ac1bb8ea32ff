"""The calls that ``import reid_core`` gives."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import reid_core
from reid_core.data import measure
from reid_core.evaluation import compare, embed
from reid_core.explain import frame_features, importance
from reid_core.model import load_checkpoint
from reid_core.video import PersonDetector, decode, find_people, find_subject

EXAMPLES = Path(__file__).resolve().parents[1] / "assets" / "examples"
A, B = EXAMPLES / "walker-camera1.mp4", EXAMPLES / "walker-camera2.mp4"


def test_importing_the_package_imports_nothing_large() -> None:
    script = "import sys, reid_core; sys.exit(str(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr
    assert "'reid_core'" in loaded and "'numpy'" not in loaded and "'torch'" not in loaded


def test_two_videos_are_compared_as_by_hand() -> None:
    subjects = (find_subject(path, path.name, "full") for path in (A, B))
    checkpoint = reid_core.load("bptt")
    expected = compare(*subjects, load_checkpoint("bptt"))
    assert reid_core.compare(str(A), B, checkpoint, crop="full") == expected
    assert expected.distance > 0.1


def test_a_verdict_prints_as_a_sentence_with_its_numbers() -> None:
    verdict = reid_core.compare(A, B)
    said = str(verdict)
    assert said == f"{verdict.answer}. {verdict.reason}"
    assert f"{verdict.distance:.3f}" in said and f"{verdict.threshold:.3f}" in said and said.endswith(".")


def test_people_are_those_of_the_scene() -> None:
    scene = EXAMPLES / "street-camera1.mp4"
    found, expected = reid_core.people(scene), find_people(decode(scene), PersonDetector())
    assert len(found.tracklets) == len(expected.tracklets) > 0
    np.testing.assert_array_equal(found.tracklets[0].boxes, expected.tracklets[0].boxes)


def test_an_embedding_is_that_of_the_person() -> None:
    network = load_checkpoint("utrcnn").network
    frames = measure(find_subject(A, A.name).tracklet.frames, network.config.input)
    expected = embed(network, frames).embedding[0]
    np.testing.assert_allclose(reid_core.embed(A), expected, rtol=1e-5, atol=1e-7)
    assert np.ptp(expected.numpy()) > 0


def test_the_call_explain_goes_on_when_the_folder_of_its_name_has_taken_its_place() -> None:
    network = load_checkpoint("mean").network
    frames = measure(find_subject(A, A.name, (4, 8, 40, 100)).tracklet.frames, network.config.input)
    expected = importance(network.head, frame_features(network, frames))
    folder = importlib.import_module("reid_core.explain")
    assert reid_core.explain is folder and folder.importance is importance
    found = reid_core.explain(A, "mean", crop="4,8,40,100")
    np.testing.assert_allclose(found.left_out, expected.left_out, rtol=1e-4)
    assert np.ptp(expected.left_out) > 0


def test_each_call_tells_its_arguments_explain_also_as_a_folder() -> None:
    assert "sys" in vars(importlib.import_module("reid_core.explain"))  # it is the folder by now
    takes = {name: list(inspect.signature(getattr(reid_core, name)).parameters) for name in reid_core.__all__}
    assert takes["explain"] == takes["embed"] == ["video", "checkpoint", "crop"]
    defaults = [
        inspect.signature(call).parameters["checkpoint"].default for call in (reid_core.explain, reid_core.embed)
    ]
    assert defaults == ["utrcnn", "utrcnn"]
    assert "reid_core.explain(video, checkpoint, crop)" in inspect.getdoc(reid_core.explain)


def test_explain_can_be_the_first_call_and_the_second() -> None:
    script = "import sys, reid_core\nfor _ in range(2): print(len(reid_core.explain(sys.argv[1], 'mean').gradient))"
    said = subprocess.run([sys.executable, "-c", script, str(A)], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["45", "45"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: reid_core.load("absent"), "absent"),
        (lambda: reid_core.load(None), "checkpoint must be a name or a path, got None"),
        (lambda: reid_core.people(EXAMPLES), "examples: it must be a file, it is a folder"),
        (lambda: reid_core.compare(A, B, crop=(0, 0, -1)), "box must be X,Y,W,H inside the frame of"),
        (lambda: reid_core.people("absent.mp4"), "absent.mp4"),
        (lambda: reid_core.embed(A, crop="most"), "most"),
        (lambda: reid_core.compare(A, B, crop=(0, 0, 999, 9)), "999"),
        (lambda: reid_core.explain(__file__), "test_reid_core.py"),
    ],
)
def test_bad_input_is_one_sentence(call, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises((ValueError, OSError)) as raised:
        call()
    assert said in str(raised.value) and "\n" not in str(raised.value)

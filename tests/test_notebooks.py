"""The notebooks run from their first cell to their last, the training one with fewer people and epochs."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "notebooks"
SMALLER = {"PERSONS, EPOCHS = 40, 30": "PERSONS, EPOCHS = 8, 1"}


def executed(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What its names mean after the last cell."""
    monkeypatch.chdir(FOLDER)
    content = json.loads((FOLDER / name).read_text())
    assert content["nbformat"] == 4
    known: dict[str, Any] = {}
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []  # they would go stale
            source = "".join(cell["source"])
            for usual, small in SMALLER.items():
                source = source.replace(usual, small)
            exec(compile(source, f"{name} {cell['id']}", "exec"), known)
    return known


def test_two_videos_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks at the end alone is fooled by it, as the words beside say."""
    known = executed("two-videos.ipynb", monkeypatch)
    assert known["verdict"].verdict == "same"
    answers = known["answers"]
    assert answers["as filmed"].min() > 0.5 > answers.loc["bptt", "end covered"]
    assert answers.loc["utrcnn", "end covered"] > 0.5
    assert [trace.name for trace in known["figure"].data] == ["utrcnn", "bptt", "mean"]


def test_two_heads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", lambda: str(tmp_path))
    known = executed("two-heads.ipynb", monkeypatch)
    assert {name: run.info.head for name, run in known["runs"].items()} == {"bptt": "bptt", "mean": "mean"}
    assert -1 <= known["difference"].low <= known["difference"].high <= 1

"""The commands on indexes, as a script calls them: index, search, forget."""

import json
import runpy
import sys
from pathlib import Path

import pytest

from reid_core.__main__ import main
from reid_core.search import is_index, open_index
from tests.search.street import SWAPPED, Seer, Walk, saved_checkpoint, street


@pytest.fixture
def monday(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a folder of footage, ``footage``, has just been indexed as ``monday``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("reid_core.commands.search.PersonDetector", Seer)
    saved_checkpoint(tmp_path / "tiny.safetensors")
    street(tmp_path / "footage" / "north" / "8am.mkv", [Walk(0, 0, 40), Walk(1, 10, 50, 20)], 60)
    street(tmp_path / "footage" / "south" / "8am.mkv", [Walk(2, 5, 45), Walk(0, 100, 140)], 150)
    assert main(["index", "footage", "--out", "monday", "--checkpoint", "tiny.safetensors"]) == 0
    return tmp_path


@pytest.mark.filterwarnings("ignore:.*found in sys.modules")  # that it has been imported before is no matter
def test_one_object_is_printed_for_scripts_by_the_command_and_by_the_module(
    monday: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["search", "monday:1", "monday", "--json", "--top", "2"]
    capsys.readouterr()
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"checkpoint", "threshold", "warnings", "hits"} <= told.keys()
    assert len(told["hits"]) == 2
    for hit in told["hits"]:
        assert {"video", "camera", "start_s", "end_s", "distance", "probability_same", "tracklet"} <= hit.keys()
    assert told["hits"][0]["distance"] < told["hits"][1]["distance"]
    best = {key: told["hits"][0][key] for key in ("video", "camera", "start_s", "end_s")}
    assert best == {"video": "8am.mkv", "camera": "south", "start_s": 20.0, "end_s": 27.8}
    monkeypatch.setattr(sys, "argv", ["reid_core", *words])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("reid_core", run_name="__main__")
    assert not ended.value.code and json.loads(capsys.readouterr().out) == told


def test_a_hit_that_may_be_several_people_is_marked(monday: Path, capsys: pytest.CaptureFixture[str]) -> None:
    street(monday / "west.mkv", SWAPPED, 60)
    assert main(["index", "west.mkv", "--out", "tuesday", "--checkpoint", "tiny.safetensors"]) == 0
    capsys.readouterr()
    assert main(["search", "monday:1", "monday", "tuesday"]) == 0
    lines = capsys.readouterr().out.splitlines()
    marked = [line for line in lines if line.endswith("tuesday:1; the looks change at 0:06, it may be several people")]
    assert len(marked) == 1 and sum("looks change" in line for line in lines) == 1
    assert main(["search", "monday:1", "monday", "tuesday", "--json"]) == 0
    told = {(one["index"], one["tracklet"]): one["jumps_s"] for one in json.loads(capsys.readouterr().out)["hits"]}
    assert told.pop(("tuesday", 1)) == [5.6] and len(told) == 2 and not any(told.values())
    assert main(["search", "tuesday:1", "monday"]) == 0
    said = "warning: west.mkv, tracklet 1: the looks change at 0:06, it may be several people"
    assert capsys.readouterr().out.splitlines()[-1] == said


def test_indexing_a_folder_again_reads_only_what_is_new(monday: Path, capsys: pytest.CaptureFixture[str]) -> None:
    street(monday / "footage" / "north" / "9am.mkv", [Walk(3, 0, 40)], 60)
    before = open_index("monday").table()
    capsys.readouterr()
    assert main(["index", "footage", "--out", "monday", "--camera", "another"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split(": ", 1)[1] for line in out[:3]] == [
        "is in the index already",
        "camera another, 1 tracklets",
        "is in the index already",
    ]
    after = open_index("monday").table()
    assert after.head(len(before)).equals(before) and after.video.tolist()[len(before) :] == ["9am.mkv"]


@pytest.mark.parametrize("words", [["index", "footage", "--out", "monday"], ["search", "monday:1", "monday"]])
def test_another_checkpoint_is_refused_in_a_line(
    monday: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    saved_checkpoint(monday / "other.safetensors", seed=1)
    capsys.readouterr()
    assert main([*words, "--checkpoint", "other.safetensors"]) == 2
    said = capsys.readouterr()
    assert not said.out and said.err.startswith("error: ") and said.err.count("\n") == 1
    assert "make a new index" in said.err


def test_a_video_is_removed_and_then_the_index_is_deleted(monday: Path, capsys: pytest.CaptureFixture[str]) -> None:
    north = next(one for one in open_index("monday").videos() if one.camera == "north")
    assert main(["forget", "monday", "--video", north.digest[:8]]) == 0
    assert open_index("monday").cameras() == {"south": 2}
    capsys.readouterr()
    assert main(["forget", "monday", "--video", "none.mkv"]) == 2
    assert "video must be one of index monday, got none.mkv; there are: 8am.mkv" in capsys.readouterr().err
    assert main(["forget", "monday"]) == 0
    assert not is_index("monday") and not (monday / "monday").exists() and (monday / "footage").exists()

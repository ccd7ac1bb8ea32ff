"""The report of each page: made out of the session's sight, as a download is, whole, and the numbers of the page."""

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from reid_core.__main__ import main
from tests.ui.links import check_folder

PAGES = {
    "verify": {"example": "same", "allowed": "1"},
    "attention": {"example": "covered", "more": "true", "models": "utrcnn,mean"},
    "search": {"query": "5", "yes": "1", "no": "2"},
    "runs": {"runs": ["shipped-utrcnn", "shipped-mean"], "view": "settings"},
}


@pytest.fixture
def report_of(open_page, monkeypatch, tmp_path):
    """The report of a page as its link has it, unpacked."""

    def make(page: str, **link: str) -> Path:
        offered = {}
        monkeypatch.setattr(f"ui.{page}.views.offer", lambda label, content, *_: offered.update({label: content}))
        opened = open_page(f"pages/{page}.py")
        opened.query_params.update(PAGES[page] | link)
        opened.run()
        assert not opened.exception and not opened.error
        with ThreadPoolExecutor(1) as thread:  # Streamlit makes a download in one that knows no session
            content = thread.submit(offered["Report (zip, opens offline)"]).result()
        place = tmp_path / f"{page}-{len(list(tmp_path.iterdir()))}"
        zipfile.ZipFile(io.BytesIO(content)).extractall(place)
        return place / "report"

    return make


def test_verify_writes_its_verdict_with_the_digests_of_both_videos(report_of):
    folder = report_of("verify")
    check_folder(folder)
    told = json.loads((folder / "report.json").read_text())
    assert len(told["videos"][0]["sha256"]) == 64 and told["allowed"] == 0.01
    made = told["made"][""]
    assert made["Command"].startswith("reid compare ") and made["Command"].endswith("--allowed 0.01 --json")
    assert "example=same" in made["Page"] and "Checkpoint mean" in made and "torch" in made["Versions"]
    assert "plotly-graph-div" in (folder / "index.html").read_text()


def test_verify_writes_which_tracks_were_put_right_by_hand(report_of):
    folder = report_of("verify", example="street", person_a="1", person_b="1", tracks_a="split-1-9_join-1-4")
    first, second = json.loads((folder / "report.json").read_text())["videos"]
    assert first["put_right"] == ["person 1 split from its frame 9 on", "person 1 joined with person 4"]
    assert second["put_right"] == []
    assert ", ".join(first["put_right"]) in (folder / "index.html").read_text()


def test_attention_writes_what_is_measured_and_two_are_set_side_by_side(report_of, tmp_path):
    first, second = report_of("attention"), report_of("attention", example="same")
    for folder in (first, second):
        check_folder(folder)
    made = json.loads((first / "report.json").read_text())["made"][""]
    assert made["Command"].endswith("--checkpoint utrcnn mean --covered 27 44")
    assert pd.read_csv(first / "importance.csv")["utrcnn_attention"].sum() == pytest.approx(1, abs=1e-3)
    assert main(["report", str(first), str(second), "--out", str(tmp_path / "both")]) == 0
    check_folder(tmp_path / "both")
    summary = pd.read_csv(tmp_path / "both" / "summary.csv")
    expected = summary["Last third, B"] - summary["Last third, A"]
    assert summary["Last third, B - A"].tolist() == pytest.approx(expected.tolist()) and expected.abs().max() > 10
    assert (tmp_path / "both" / "index.html").read_text().count('class="plotly-graph-div"') == 8


def test_search_writes_whom_it_found_and_what_the_user_said(report_of):
    folder = report_of("search", example="own", file_a="mine.mp4")
    check_folder(folder)
    hits = pd.read_csv(folder / "hits.csv").set_index("tracklet")
    assert hits.loc[1, "Stands"] == "confirmed" and hits.loc[2, "Stands"] == "rejected" and len(hits) > 10
    told = json.loads((folder / "report.json").read_text())
    assert told["made"][""]["Command"].startswith("reid search assets/search/index:5 assets/search/index --json")
    assert told["query"] == 5 and {hit["tracklet"] for hit in told["answer"]["hits"]} <= set(hits.index) | {5}
    assert told["made"][""]["Page"] == "/search?query=5&yes=1&no=2", "the videos of Verify are not what is shown"


def test_a_report_of_a_search_tells_who_may_be_several_people(report_of, monkeypatch):
    monkeypatch.setattr(import_module("ui.search.report"), "changes", lambda jumps_s: ("the looks change",))
    assert "within the threshold; the looks change</p>" in (report_of("search") / "index.html").read_text()


def test_a_search_of_which_all_is_doubted_writes_that_nothing_is_certain(report_of, monkeypatch):
    said = "gate.mp4 at 0:00 shows the person in the dark"
    monkeypatch.setattr(import_module("reid_core.search.find"), "doubts_of", lambda one: (said,))
    folder = report_of("search", yes="", no="")
    check_folder(folder)
    assert set(pd.read_csv(folder / "hits.csv")["Stands"]) == {"too close to call", "beyond the threshold"}
    told = json.loads((folder / "report.json").read_text())["answer"]
    assert not told["nobody"] and told["doubts"] == [said] and not any(hit["within"] for hit in told["hits"])
    shown = (folder / "index.html").read_text()
    assert f"Too close to call, since nothing is known of such footage: {said}." in shown


def test_runs_writes_the_rates_of_the_page(report_of):
    folder = report_of("runs")
    check_folder(folder)
    assert [one["name"] for one in json.loads((folder / "report.json").read_text())["runs"]] == [
        "shipped-mean",
        "shipped-utrcnn",
    ]

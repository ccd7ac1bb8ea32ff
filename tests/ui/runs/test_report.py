"""A folder of runs that travels."""

import io
import json
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from reid_core.__main__ import main
from reid_core.runs import read_run
from tests.run_folders import write, write_bias
from ui.runs.report import provenance, write_report, zipped

FETCHING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "a": "href"}


class Addresses(HTMLParser):
    """Of all that a page fetches or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if value and name == FETCHING.get(tag)]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs of one task, the first with a position bias and markup in its notes."""
    root = tmp_path_factory.mktemp("runs")
    first = write(root, "first", notes="<b>bold & bad</b>")
    write_bias(first, 0.4)
    return [first, write(root, "second", noise=1.5, seed=4)]


@pytest.fixture(scope="module")
def report(stored: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports") / "both"
    assert main(["report", *map(str, stored), "--out", str(out)]) == 0
    return out


def addresses(page: str) -> list[str]:
    reader = Addresses()
    reader.feed(page)
    return reader.found


def test_every_link_leads_to_a_file_of_the_folder_and_none_out_of_it(report: Path) -> None:
    found = addresses((report / "index.html").read_text())
    assert len(found) >= 1 + 2 * 4 + 1
    for address in found:
        assert (report / address).is_file(), address
    linked = {(report / address).resolve() for address in found} | {(report / "index.html").resolve()}
    assert linked == {path.resolve() for path in report.rglob("*") if path.is_file()}


def test_the_charts_draw_with_one_copy_of_plotly_inside(report: Path) -> None:
    page = (report / "index.html").read_text()
    assert page.count('class="plotly-graph-div"') == 4
    assert page.count("plotly.js v") == 1 and "cdn.plot.ly" not in page.split("plotly.js v")[0]


def test_numbers_are_those_of_the_runs(report: Path, stored: list[Path]) -> None:
    content = json.loads((report / "report.json").read_text())
    assert [one["name"] for one in content] == ["first", "second"]
    run = read_run(stored[0])
    assert content[0]["results"][0]["rank_1"] == run.summary["rank_1"].iloc[0]
    assert pd.read_csv(report / "first" / "cmc.csv")["share"].tolist() == pytest.approx(run.cmc["share"].tolist())
    assert f"{100 * run.summary['rank_1'].mean():.1f}" in (report / "index.html").read_text()


def test_where_they_are_from_is_told_as_text(report: Path, stored: list[Path]) -> None:
    page = (report / "index.html").read_text()
    assert "train --out first" in page and "&lt;b&gt;bold &amp; bad&lt;/b&gt;" in page and "<b>bold" not in page
    told = provenance([read_run(stored[0])])["first"]
    assert told["Fingerprint of the data"] == "abc" and told["Versions"] == "torch 2"


def test_the_zip_holds_the_same(stored: list[Path]) -> None:
    names = zipfile.ZipFile(io.BytesIO(zipped([read_run(stored[1])]))).namelist()
    assert {"report/index.html", "report/report.json", "report/second/cmc.csv"} <= set(names)


def test_two_runs_of_one_name_or_a_folder_that_is_there_are_refused(stored: list[Path], tmp_path: Path) -> None:
    run = read_run(stored[0])
    with pytest.raises(ValueError, match="names of their own"):
        write_report([run, run], tmp_path / "twice")
    with pytest.raises(ValueError, match="must be a new folder"):
        write_report([run], tmp_path)
    assert not list(tmp_path.iterdir())

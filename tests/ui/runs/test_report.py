"""A folder of runs that travels."""

import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from reid_core.__main__ import main
from reid_core.runs import RUN_COLUMNS, paired_bootstrap, read_run
from tests.run_folders import write, write_bias
from tests.ui.links import addresses, check_folder
from ui.report import write_report, zipped
from ui.runs.report import provenance, runs_report
from ui.runs.tables import chance_of_pairs, chance_rows


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


def test_every_link_leads_to_a_file_of_the_folder_and_none_out_of_it(report: Path) -> None:
    check_folder(report)
    assert len(addresses((report / "index.html").read_text())) == 2 + 2 * 7 + 1


def test_the_charts_draw_with_one_copy_of_plotly_inside(report: Path) -> None:
    page = (report / "index.html").read_text()
    assert page.count('class="plotly-graph-div"') == 4
    assert page.count("plotly.js v") == 1 and "cdn.plot.ly" not in page.split("plotly.js v")[0]


def test_numbers_are_those_of_the_runs(report: Path, stored: list[Path]) -> None:
    content = json.loads((report / "report.json").read_text())["runs"]
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
    names = zipfile.ZipFile(io.BytesIO(zipped(runs_report([read_run(stored[1])])))).namelist()
    assert {"report/index.html", "report/report.json", "report/second/cmc.csv"} <= set(names)


def test_two_runs_of_one_name_or_a_folder_that_is_there_are_refused(stored: list[Path], tmp_path: Path) -> None:
    run = read_run(stored[0])
    with pytest.raises(ValueError, match="names of their own"):
        runs_report([run, run])
    with pytest.raises(ValueError, match="must be a new folder"):
        write_report(runs_report([run]), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_report_holds_its_runs_so_that_it_can_be_reported_again(report: Path, stored: list[Path]) -> None:
    again, run = read_run(report / "first"), read_run(stored[0])
    assert again.info == run.info
    for table in RUN_COLUMNS:
        pd.testing.assert_frame_equal(getattr(again, table), getattr(run, table))
    pd.testing.assert_series_equal(again.hits(), run.hits())


def test_two_reports_are_compared_with_an_interval_where_their_probes_are_the_same(
    report: Path, tmp_path: Path, stored: list[Path]
) -> None:
    other, both = tmp_path / "later", tmp_path / "compared"
    assert main(["report", str(write(tmp_path, "first", noise=3.0, seed=5)), "--out", str(other)]) == 0
    assert main(["report", str(report), str(other), "--out", str(both)]) == 0
    check_folder(both)
    page = (both / "index.html").read_text()
    names = [one["name"] for one in json.loads((both / "report.json").read_text())["runs"]]
    assert names == ["both: first", "second", "later: first"]
    difference = paired_bootstrap(read_run(other / "first").hits(), read_run(stored[0]).hits())
    assert difference.beyond_chance and f"{100 * difference.mean:+.1f}" in page
    assert f"{100 * difference.low:+.1f} to {100 * difference.high:+.1f}" in page and "2 splits, 12 probes" in page


def test_the_largest_difference_comes_first_be_it_more_or_less(tmp_path: Path) -> None:
    noises = {"good": 0.3, "near": 1.0, "poor": 3.0}
    good, near, poor = (read_run(write(tmp_path, name, noise=noise)) for name, noise in noises.items())
    assert good.hits().mean() > near.hits().mean() > poor.hits().mean()
    assert list(chance_rows([good, near, poor], good).index) == ["poor", "near"]
    assert list(chance_rows([good, near, poor], poor).index) == ["good", "near"]


def test_runs_that_were_not_looked_for_alike_are_not_paired(tmp_path: Path) -> None:
    runs = [read_run(write(tmp_path, name, splits=splits)) for name, splits in (("a", (0,)), ("b", (1,)))]
    (row,) = chance_of_pairs(runs).to_dict("records")
    assert row["95 % interval"] == "" and "must share a split" in row["More than chance?"]

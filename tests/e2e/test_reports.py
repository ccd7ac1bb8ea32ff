"""A report is opened from the disk, without a network and without the app."""

from pathlib import Path

from reid_core.runs import read_run
from tests.run_folders import write, write_bias
from ui.report import write_report
from ui.runs.report import runs_report


def test_a_report_draws_its_charts_and_asks_nobody_for_anything(browser, tmp_path: Path) -> None:
    runs = [write(tmp_path, "first"), write(tmp_path, "second", noise=1.5)]
    write_bias(runs[0], 0.4)
    folder = write_report(runs_report([read_run(run) for run in runs]), tmp_path / "report")
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 800})
    page, asked, complaints = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((folder / "index.html").as_uri())
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 4")
    assert [address for address in asked if not address.startswith("data:")] == [(folder / "index.html").as_uri()]
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("link", name="second/run.json").click()
    page.wait_for_url("**/second/run.json")
    context.close()

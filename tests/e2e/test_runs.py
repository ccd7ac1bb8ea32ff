"""The page Runs in a real browser: a selection that travels in a link, and from a failure to Attention."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import choose, running_app
from tests.run_folders import write, write_bias
from ui.library import SETTING
from ui.style import look_of

ROW_PX, BOX_PX = 35, 18  # of the table, which is one canvas: height of a row, middle of its first cell

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of an app that reads four runs with frames from a folder of its own."""
    store = tmp_path_factory.mktemp("runs")
    for noise, name in enumerate(("browser-a", "browser-b", "browser-c", "browser-d"), 1):
        write_bias(write(store, name, noise=noise / 2, strips=True), last=0.2 * noise)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTING, str(store))
        with running_app() as address:
            yield address


def select_row(page: Page, row: int) -> None:
    """Click the box before a row, from 0."""
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    table.click(position={"x": BOX_PX, "y": ROW_PX * (row + 1) + BOX_PX})


def test_three_selected_runs_are_the_same_in_another_browser(visit, browser):
    page = visit.open("runs?search=browser-&runs=browser-a")
    rates = page.get_by_test_id("stTable").first
    expect(rates).to_contain_text("browser-a")
    for row, name in ((1, "browser-b"), (3, "browser-d")):
        select_row(page, row)
        expect(rates).to_contain_text(name)
        visit.settle()
    expect(page).to_have_url(re.compile("runs=browser-a&runs=browser-b&runs=browser-d"))
    told = rates.inner_text()
    assert "browser-c" not in told

    context = browser.new_context()
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_test_id("stTable").first).to_have_text(re.compile(r"browser-a.*browser-b.*browser-d", re.S))
    assert other.get_by_test_id("stTable").first.inner_text() == told
    context.close()


def test_runs_are_chosen_with_the_keyboard_alone(visit):
    page = visit.open("runs?search=browser-&runs=browser-a")
    rates = page.get_by_test_id("stTable").first
    expect(rates).to_contain_text("browser-a")
    names = page.get_by_role("combobox", name=re.compile("Runs that are shown"))
    names.focus()
    page.keyboard.type("browser-c")
    page.keyboard.press("Enter")
    expect(rates).to_contain_text("browser-c")
    expect(page).to_have_url(re.compile("runs=browser-a&runs=browser-c"))
    visit.settle()


def test_a_model_has_one_colour_on_home_and_runs(visit):
    colours = "plot => plot._fullData.filter(trace => trace.line?.color).map(trace => trace.line.color)"
    page = visit.open("runs?runs=shipped-bptt")
    on_runs = set(page.locator(".js-plotly-plot").first.evaluate(colours))
    visit.settle()
    page = visit.open("")
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    visit.settle()
    on_home = set(page.locator(".js-plotly-plot").first.evaluate(colours))
    assert look_of("bptt").colour in on_runs & on_home


def test_a_threshold_that_was_moved_is_the_same_in_another_browser(visit, browser):
    page = visit.open("runs?search=browser-&runs=browser-b&view=verification")
    slider = page.get_by_role("slider", name="Accept pairs up to this distance")
    before = slider.input_value()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile("threshold="))
    moved = slider.input_value()
    assert moved != before
    visit.settle()
    rates = page.get_by_test_id("stMetricValue").all_inner_texts()

    context = browser.new_context()
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("slider", name="Accept pairs up to this distance")).to_have_value(
        re.compile(f"^{float(moved):.3g}")
    )
    expect(other.get_by_test_id("stMetricValue").last).to_have_text(rates[-1])
    context.close()


def test_the_failures_of_a_run_are_stepped_through_and_one_opened_in_attention(visit):
    page = visit.open("runs?runs=browser-d&view=gallery")
    probe = page.get_by_text(re.compile("^Probe cam1/person"))
    first = probe.inner_text()
    assert re.search("not among|found at rank [2-9]", first)
    page.get_by_role("button", name="Next").click()
    expect(probe).not_to_have_text(first)
    expect(page).to_have_url(re.compile("probe=cam1"))
    visit.settle()
    page.get_by_role("button", name="Attention").first.click()
    expect(page.get_by_role("heading", name="Which frames count?")).to_be_visible()
    expect(page.get_by_role("radio", name="A pair of a run")).to_be_checked()
    expect(page.get_by_text(re.compile("Look into")).first).to_be_visible()


def test_another_run_and_the_next_probe_follow_each_other_without_an_error(visit):
    page = visit.open("runs?runs=browser-a&runs=browser-d&view=gallery")
    probe = page.get_by_text(re.compile("^Probe cam1/person"))
    run = page.get_by_test_id("stSelectbox").filter(has=page.get_by_text("Run", exact=True))
    expect(probe).to_be_visible()
    choose(run.get_by_role("combobox"), page.get_by_role("option", name="browser-d"))
    expect(page).to_have_url(re.compile("run=browser-d"))
    visit.settle()
    shown = probe.inner_text()
    page.get_by_role("button", name="Next").click()
    expect(probe).not_to_have_text(shown)
    expect(page).to_have_url(re.compile("probe=cam1"))
    visit.settle()

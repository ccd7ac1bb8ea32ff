"""Every page for everybody: no finding of axe-core that keeps somebody out, and what changes is told."""

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit, visiting
from tests.e2e.views import VIEWS

EVERYTHING, COLOURS = None, ["color-contrast", "link-in-text-block"]  # rules; of the theme depend only those of colours
LOOKS = [("light", 1280, EVERYTHING), ("dark", 1280, COLOURS), ("dark", 390, EVERYTHING)]
SETTLES_S = 60
KEEPS_OUT = {"serious", "critical"}
TIDY = {"heading-order", "scrollable-region-focusable"}  # held to as well

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def findings(page: Page, rules: list[str] | None) -> list[str]:
    """What axe-core, which the package brings along, finds on the page: rule, how many, and the first."""
    only = {"runOnly": rules} if rules else {}
    found = Axe().run(page, options={"resultTypes": ["violations"]} | only).response["violations"]
    return [
        f"{one['id']}, {len(one['nodes'])}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in KEEPS_OUT or one["id"] in TIDY
    ]


def look_at(visit: Visit, theme: str, width: int, rules: list[str] | None) -> list[str]:
    """What keeps somebody out of the page in a theme and at a width and stays: what fades in has its colour soon."""
    visit.page.emulate_media(color_scheme=theme)
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.page.wait_for_function(
        "theme => getComputedStyle(document.querySelector('.stApp')).colorScheme === theme", arg=theme
    )
    deadline = time.monotonic() + SETTLES_S
    while True:
        visit.settle()
        found = findings(visit.page, rules)
        if not found or time.monotonic() > deadline:
            return found


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_on_a_page_keeps_somebody_out(server, browser, name):
    expect.set_options(timeout=240_000)
    address, last = VIEWS[name]
    with visiting(server, browser) as visit:
        page = visit.open(address)
        expect(page.get_by_text(last).filter(visible=True).last).to_be_visible()
        found = {look[:2]: look_at(visit, *look) for look in LOOKS}
        assert not any(found.values()), found


def test_the_answer_of_a_page_is_told_in_a_live_region(server, browser):
    expect.set_options(timeout=240_000)
    with visiting(server, browser) as visit:
        page = visit.open("attention")
        expect(page.get_by_role("status").filter(has_text=re.compile("UTRCNN: half of its answer"))).to_be_attached()


def test_every_page_explains_its_words(server, browser):
    expect.set_options(timeout=240_000)
    with visiting(server, browser) as visit:
        page = visit.open("runs")
        foot = page.locator(".st-key-glossary")
        expect(foot).to_contain_text("alpha")
        visit.settle()
        while not page.get_by_role("tooltip").is_visible():  # a page that is drawn again closes it
            page.mouse.move(5, 5)
            foot.get_by_test_id("stTooltipHoverTarget").nth(5).hover()
            page.wait_for_timeout(1500)
        expect(page.get_by_role("tooltip")).to_contain_text("False acceptance rate")
        page.mouse.move(5, 5)

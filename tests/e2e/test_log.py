"""What the server says while the pages are used: nothing that somebody would have to look after."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import visiting
from tests.e2e.test_app import answer
from tests.e2e.views import PAGES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def test_pages_that_are_linked_and_moved_by_clicks_log_no_warning(server, browser, log):
    with visiting(server, browser) as visit:
        page = visit.open("verify?example=covered&frame=7")
        expect(answer(page)).to_be_visible()
        visit.settle()
        page = visit.open("bias_lab?step=3&phase=drag&share=60")
        page.locator(".model path[d^=M]").first.wait_for()
        page.locator(".cover").press("ArrowLeft")
        expect(page).to_have_url(re.compile("at="))
        visit.settle()
        page = visit.open("attention?more=true&k_top=3")
        expect(page.get_by_role("button", name="Strip (MP4)")).to_be_visible()
        visit.settle()
        for other in sorted(PAGES - {"verify", "bias_lab", "attention"}):
            visit.open(other)
        page.get_by_role("link", name="Verify", exact=True).first.click()
        expect(answer(page)).to_be_visible()
        visit.settle()
    told = log.read_text()
    assert server.removeprefix("http://") in told
    assert "WARNING" not in told and "Warning" not in told, told


def test_how_many_memories_are_looked_at_is_in_the_link(visit):
    page = visit.open("attention?more=true&models=sab")
    expect(page.get_by_role("button", name="Strip (MP4)")).to_be_visible()
    page.get_by_text("Let it look back at more or fewer memories").click()
    slider = page.get_by_role("slider", name=re.compile("^k_top"))
    before = int(slider.input_value())
    slider.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"k_top={before - 1}"))
    visit.settle()
    page.reload()
    expect(page.get_by_role("button", name="Strip (MP4)")).to_be_visible()
    visit.settle()
    page.get_by_text("Let it look back at more or fewer memories").click()
    expect(slider).to_have_value(str(before - 1))
    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_text("What is temporal bias?")).to_be_visible()
    visit.settle()
    page.get_by_role("link", name="Attention", exact=True).first.click()
    expect(page).to_have_url(re.compile(f"k_top={before - 1}"))
    visit.settle()

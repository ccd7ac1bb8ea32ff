"""What comes late pushes nothing about: Chromium's own figure on every page, wide and on a phone."""

import pytest
from playwright.sync_api import expect

from benchmarks.pages import PAGES, SHIFTS
from tests.e2e.conftest import visiting

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SCREENS = [{"width": 1280, "height": 800}, {"width": 390, "height": 844}]
MOST = 0.1  # more is felt, https://web.dev/articles/cls
WIDENED = """
let before = {};
(function look() {
    const page = document.querySelector(".stMainBlockContainer");
    const now = { seen: page?.offsetHeight > 0, wide: !!document.querySelector(".stApp.streamlit-wide") };
    if (before.seen && now.wide && !before.wide) window.widened = "in sight";
    if (!before.seen && now.seen && now.wide) window.widened ??= "unseen";
    before = now;
    requestAnimationFrame(look);
})();
"""


@pytest.mark.parametrize("viewport", SCREENS, ids=["wide", "phone"])
def test_on_no_page_what_comes_late_pushes_the_rest_about(server, browser, viewport):
    shifts = {}
    with visiting(server, browser, viewport=viewport) as visit:
        visit.open("bias_lab")  # the browser fetches what draws a page from a server that may be at work
        visit.page.add_init_script(SHIFTS)
        for name, path in (PAGES | {"train": "train"}).items():
            visit.open(path)
            shifts[name] = visit.page.evaluate("window.shift")
    assert {name: shift for name, shift in shifts.items() if shift > MOST} == {}


def test_on_a_phone_what_stood_side_by_side_stands_below_each_other_without_a_gap(server, browser):
    with visiting(server, browser, viewport=SCREENS[1]) as visit:
        page = visit.open("attention")
        above, below = (page.locator(f".st-key-{key}").bounding_box() for key in ("look", "models"))
        assert 0 <= below["y"] - above["y"] - above["height"] <= 20


def test_on_a_phone_the_words_about_a_strip_stand_just_below_it(server, browser):
    with visiting(server, browser, viewport=SCREENS[1]) as visit:
        page = visit.open("verify?example=street&person_a=1&person_b=2")
        strips = page.locator("[class*=st-key-frame-strip]")
        expect(strips.last.locator("image")).to_have_count(12)
        for strip in strips.all():
            box, thumbnail = strip.bounding_box(), strip.locator("image").last.bounding_box()
            assert 0 <= box["y"] + box["height"] - thumbnail["y"] - thumbnail["height"] <= 8, "all of it, and no more"


def test_a_page_becomes_wide_before_it_is_seen(visit):
    visit.page.add_init_script(WIDENED)
    for path in ("", "train"):
        assert visit.open(path).evaluate("window.widened") == "unseen"

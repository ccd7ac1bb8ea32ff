"""The whole way in a real browser: upload, choose, read the verdict, leave and come back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit

EXAMPLES = Path(__file__).resolve().parents[2] / "assets" / "examples"
LISTED = """
new MutationObserver(() => { window.listed ||= Boolean(document.querySelector("[data-testid=stSidebar]")); })
  .observe(document, { childList: true, subtree: true });
"""
ANSWER = re.compile("The same person|Different persons|Too close to call|The models disagree")

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def answer(page: Page):
    """The verdict in words."""
    return page.get_by_role("heading", name=ANSWER, level=2)


def upload(visit: Visit, a: Path | dict, b: Path | dict) -> None:
    """Choose one's own videos and upload two, one after the other and each while the page is at rest."""
    visit.page.get_by_role("radio", name="Your own videos").click()
    for name, video in (("First video", a), ("Second video", b)):  # by name: the page before had an uploader as well
        uploader = visit.page.get_by_role("region", name=name)
        expect(uploader).to_be_visible()
        visit.settle()
        uploader.locator("input").set_input_files(video)
        expect(uploader.get_by_role("button", name=re.compile("^Remove"))).to_be_visible()


def test_home_explains_itself_and_leads_to_a_verdict(visit):
    page = visit.open()
    expect(page.get_by_text("What is temporal bias?")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    page.get_by_role("link", name="Compare").nth(2).click()
    expect(answer(page)).to_be_visible()
    assert "example=different" in page.url


def test_uploads_a_choice_and_a_verdict_survive_a_change_of_page_and_no_other_verdict_takes_their_place(visit):
    page = visit.open("verify")
    expect(answer(page)).to_be_visible()
    upload(visit, EXAMPLES / "street-camera1.mp4", EXAMPLES / "walker-camera2.mp4")
    expect(page.get_by_text("Choose a person in street-camera1.mp4")).to_be_visible()
    expect(answer(page)).to_have_count(0)
    told = []
    for number in (1, 2):
        person = page.get_by_role("button", name=re.compile(f"^Person {number}"))
        person.click()
        expect(person).to_have_attribute("aria-pressed", "true")
        visit.settle()
        verdict = page.get_by_text(re.compile("^The distance is"))
        expect(verdict).to_have_count(1)
        told.append(verdict.inner_text())
    assert told[0] != told[1]

    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_text("What is temporal bias?")).to_be_visible()
    visit.settle()
    page.get_by_role("link", name="Verify", exact=True).first.click()
    expect(page.get_by_text(re.compile("from before")).first).to_be_visible()
    visit.settle()
    expect(verdict).to_have_text(told[1])
    expect(page.get_by_role("radio", name="Your own videos")).to_be_checked()
    expect(page).to_have_url(re.compile("example=own.*person_a=2|person_a=2.*example=own"))

    page.reload()
    expect(page.get_by_text("Choose two videos")).to_be_visible()
    visit.settle()
    expect(page.get_by_role("radio", name="Your own videos")).to_be_checked()
    expect(answer(page)).to_have_count(0)


def test_own_videos_that_are_gone_when_any_page_is_loaded_anew_are_asked_for_by_name_on_verify(visit):
    page = visit.open("verify?example=own")
    page.get_by_role("region", name="First video").locator("input").set_input_files(EXAMPLES / "walker-camera1.mp4")
    expect(page.get_by_text("Choose the second video, too")).to_be_visible()
    for name in ("Home", "Search", "Train", "Runs"):
        steps = page.evaluate("history.length")
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page).to_have_url(re.compile(f"{name.lower().replace('home', '')}\\?.*file_a=walker-camera1.mp4"))
        visit.settle()
        assert page.evaluate("history.length") <= steps + 2, "the page, and its link: so often Back is to be pressed"
        page.reload()
        visit.settle()
        page.get_by_role("link", name="Verify", exact=True).first.click()
        expect(page.get_by_text("Upload walker-camera1.mp4 again")).to_be_visible()
        visit.settle()
        expect(page.get_by_role("radio", name="Your own videos")).to_be_checked()
        expect(answer(page)).to_have_count(0)


def test_a_bad_file_gives_one_message_and_a_page_that_still_works(visit):
    page = visit.open("verify")
    bad = {"name": "notes.mp4", "mimeType": "video/mp4", "buffer": b"ffconcat version 1.0\nfile walker-camera1.mp4\n"}
    upload(visit, bad, EXAMPLES / "walker-camera2.mp4")
    message = page.get_by_test_id("stAlert")
    expect(message).to_have_count(1)
    expect(message).to_contain_text("notes.mp4")
    visit.settle()
    page.get_by_role("radio", name="Two people in blue").click()
    expect(answer(page)).to_be_visible()
    expect(message).to_have_count(0)


def test_a_link_reproduces_pair_model_and_frame_and_a_thumbnail_moves_the_frame(visit):
    page = visit.open("verify?example=covered&checkpoint=bptt&frame=7")
    for name in ("Same person, end covered", "BPTT"):
        expect(page.get_by_role("radio", name=name)).to_be_checked()
    expect(page.get_by_role("slider", name="Frame")).to_have_value("7")
    strip = page.locator(".js-plotly-plot").nth(1)
    strip.scroll_into_view_if_needed()
    first = strip.locator(".scatterlayer .point").first.bounding_box()
    assert first is not None
    page.mouse.move(first["x"] + 20, first["y"] + 20)
    page.mouse.move(first["x"] + first["width"] / 2, first["y"] + first["height"] / 2, steps=5)
    page.mouse.click(first["x"] + first["width"] / 2, first["y"] + first["height"] / 2)
    expect(page.get_by_role("slider", name="Frame")).to_have_value("0")


def test_the_first_address_that_a_new_server_is_asked_for_may_be_that_of_a_page(first_visit):
    first_visit.page.add_init_script(LISTED)
    page = first_visit.open("verify?example=own")
    expect(page.get_by_text("Choose two videos")).to_be_visible()
    assert not page.evaluate("window.listed"), "Streamlit's own list of pages would push the page aside and go"
    navigation = page.get_by_test_id("stTopNavLink")
    expect(navigation.first).to_have_text(re.compile("Home"))
    expect(page.get_by_role("link", name="app", exact=True)).to_have_count(0)
    expect(page).to_have_title("Person re-identification")

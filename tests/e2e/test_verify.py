"""Look, point, ask: two scenes, a click on a person, on a lane, on a cell."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.server_memory import longer
from tests.e2e.conftest import Visit, themes, visiting
from tests.e2e.test_app import EXAMPLES, answer

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def scenes(visit: Visit) -> Page:
    """The bundled scenes of several people, searched and looked at."""
    page = visit.open("verify?example=street")
    expect(page.get_by_role("table")).to_be_visible()
    visit.settle()
    return page


def side(page: Page, name: str) -> Locator:
    """The player of a video."""
    return page.get_by_role("figure", name=re.compile(name))


def lane(page: Page, name: str, number: int) -> Locator:
    return side(page, name).get_by_role("button", name=re.compile(f"^Person {number},"))


def test_a_click_on_a_person_in_the_picture_and_on_a_lane_chooses_and_the_link_does_it_again(visit):
    page = scenes(visit)
    expect(answer(page)).to_have_count(0)
    side(page, "camera1").get_by_role("button", name="Choose Person 1 in").click()
    expect(lane(page, "camera1", 1)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Choose a person in street-camera2.mp4")).to_be_visible()
    lane(page, "camera2", 2).press("Enter")
    expect(answer(page)).to_be_visible()
    visit.settle()
    expect(lane(page, "camera2", 2)).to_be_focused()
    for video in page.locator("video").all():  # which were not sent again with the second answer
        page.wait_for_function("video => video.readyState && video.duration", arg=video.element_handle())
    told = page.get_by_text(re.compile("^The distance is")).inner_text()
    expect(page).to_have_url(re.compile("person_a=1"))
    page.reload()
    expect(page.get_by_text(told)).to_be_visible()
    expect(lane(page, "camera2", 2)).to_have_attribute("aria-pressed", "true")
    visit.settle()


def test_the_film_plays_with_its_boxes_and_a_click_on_a_cell_chooses_both_people_and_opens_their_verdict(visit):
    page = scenes(visit)
    player = side(page, "camera1")
    scrub = player.get_by_role("slider")
    assert scrub.input_value() == "0"
    boxes = player.locator(".box:visible")
    before = [box.get_attribute("style") for box in boxes.all()]
    assert before
    scrub.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(player.locator("output")).to_have_text("2.0 s")
    assert [box.get_attribute("style") for box in boxes.all()] != before
    moved = player.locator("video").evaluate("video => video.currentTime")
    assert 2.0 <= moved < 2.1
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    expect(player.locator("output")).not_to_have_text("2.0 s")
    player.get_by_role("button", name="Pause").click()
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    visit.settle()

    cell = page.get_by_role("button", name=re.compile("^A2 and B1:"))
    sure = int(cell.inner_text())
    cell.click()
    expect(answer(page)).to_be_visible()
    expect(cell).to_have_attribute("aria-pressed", "true")
    for name, number in (("camera1", 2), ("camera2", 1)):
        expect(lane(page, name, number)).to_have_attribute("aria-pressed", "true")
    expect(side(page, "camera2").locator(".box.chosen")).to_be_visible()  # at the start he is not there yet
    expect(side(page, "camera2").locator("output")).not_to_have_text("0.0 s")
    expect(page.get_by_text(re.compile(f"about {sure} are one person"))).to_be_visible()
    visit.settle()
    said = page.locator(".pair").element_handle()
    told = lane(page, "camera2", 2).evaluate("(lane, said) => { lane.click(); return said.textContent; }", said)
    other = page.get_by_role("button", name=re.compile("^A2 and B2:"))
    assert told.startswith("A2 and B2:") and f"{other.inner_text()} % the same person" in told  # without the server
    expect(lane(page, "camera2", 2)).to_have_attribute("aria-pressed", "true")
    visit.settle()


def test_tracks_that_were_put_right_are_so_again_in_another_browser(visit, browser):
    page = scenes(visit)
    lane(page, "camera1", 1).press("Enter")
    expect(lane(page, "camera1", 1)).to_have_attribute("aria-pressed", "true")
    visit.settle()
    lanes = side(page, "camera1").get_by_role("button", name=re.compile("^Person"))
    count = lanes.count()
    page.get_by_text("Put the tracks right").first.click()
    visit.settle()
    page.get_by_role("button", name=re.compile("^Split at")).click()
    expect(lanes).to_have_count(count + 1)
    expect(page).to_have_url(re.compile("tracks_a=split-1-"))
    visit.settle()
    with visiting(visit.address, browser) as other:
        again = other.open(page.url.removeprefix(f"{visit.address}/"))
        lanes = side(again, "camera1").get_by_role("button", name=re.compile("^Person"))
        expect(lanes).to_have_count(count + 1)
        other.settle()


def test_a_search_goes_on_while_another_page_is_looked_at(visit, tmp_path):
    page = visit.open("verify?example=own")
    uploader = page.get_by_role("region", name="First video")
    uploader.locator("input").set_input_files(longer(EXAMPLES / "street-camera1.mp4", tmp_path / "long.mp4", 30))
    looked = page.get_by_test_id("stProgress").filter(has_text="Looking for people, frame")
    expect(looked).to_be_visible()
    left_at = frame_of(looked.inner_text())
    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_text("What is temporal bias?")).to_be_visible()
    visit.settle()
    page.get_by_role("link", name="Verify", exact=True).first.click()
    expect(page.get_by_text("from before").first).to_be_visible()
    expect(looked.or_(side(page, "long.mp4")).first).to_be_visible()
    if looked.is_visible():
        assert frame_of(looked.inner_text()) > left_at
    expect(side(page, "long.mp4")).to_be_visible()
    visit.settle()


def frame_of(progress: str) -> int:
    """How many frames of 151 were looked at."""
    return int(re.search(r"frame (\d+)", progress)[1])


def test_on_a_narrow_screen_everything_is_within_reach(server, browser):
    with visiting(server, browser, viewport={"width": 390, "height": 844}) as visit:
        page = scenes(visit)
        for look in themes(page):
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, look
            for part in (side(page, "camera1"), side(page, "camera2")):
                box = part.bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= 390, look
            ink, ground = (
                lane(page, "camera1", 1).evaluate(f"lane => getComputedStyle(lane).{what}")
                for what in ("color", "backgroundColor")
            )
            assert contrast(ink, ground) >= 4.5, look


def contrast(one: str, other: str) -> float:
    """Of two colours, rgb(r, g, b), as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)

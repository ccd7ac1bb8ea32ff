"""Bias lab in a real browser: the cover is dragged on the strip, by hand and by keys, and the link brings it back."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from reid_core.data import measure
from reid_core.evaluation import ANSWERS, compare, embed
from reid_core.explain import Edit, edited, embed_many, frame_features
from reid_core.explain.position_bias import COVERED_SHARE, covered_features
from reid_core.model import load_checkpoint
from reid_core.video import PersonDetector, find_subject
from tests.e2e.conftest import themes, visiting
from ui.bias.words import STEPS
from ui.loaders import EXAMPLES_FOLDER, examples

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

PLACES = range(0, 101, 5)  # of the cover, in percent


@dataclass(frozen=True)
class Story:
    """Two places of the cover between which bptt changes its verdict and utrcnn does not."""

    calm: int
    misled: int


@pytest.fixture(scope="module")
def story() -> Story:
    """Found by the core, whatever the checkpoints have learned."""
    pair = examples()["same"]
    a, b = (find_subject(path, path.name, "auto", PersonDetector) for path in (pair.a, pair.b))
    verdicts = {}
    for name in ("bptt", "utrcnn"):
        known = load_checkpoint(name)
        scale = compare(a, b, known).scale
        network, partner = known.network, embed(known.network, measure(a.tracklet.frames, known.network.config.input))
        shown = measure(b.tracklet.frames, network.config.input)
        features = frame_features(network, shown), covered_features(network, b.tracklet.frames)
        for place in PLACES:
            clip = edited(*features, Edit("person", COVERED_SHARE, place / 100))
            distance = float(network.head.distance(embed_many(network.head, clip[None]), partner))
            verdicts[name, place] = scale.verdict(distance)
    for misled in reversed(PLACES):
        for calm in PLACES:
            changed = verdicts["bptt", calm] != verdicts["bptt", misled]
            if changed and verdicts["utrcnn", calm] == verdicts["utrcnn", misled] == "same":
                return Story(calm, misled)
    pytest.fail(f"there must be two places of the cover between which bptt alone changes its verdict, got {verdicts}")


def cover(page: Page) -> Locator:
    return page.get_by_role("slider", name="Place of the cover", exact=True)


def place(page: Page) -> int:
    """Of the cover, in percent."""
    return int(cover(page).get_attribute("aria-valuenow"))


def row(page: Page, title: str) -> Locator:
    """Of a model: its card and its bars."""
    return page.locator(".model").filter(has=page.get_by_text(title, exact=True))


def card(page: Page, title: str) -> str:
    """The verdict of a model: its answer, how sure it is, the distance."""
    return row(page, title).locator(".label").inner_text()


def bars(page: Page, title: str) -> list[float]:
    """The heights that are drawn, from the first frame to the last; the path goes up from 255."""
    return [255 - float(top) for top in re.findall(r"V([\d.]+)h", row(page, title).locator("path").get_attribute("d"))]


def by_hand(page: Page, part: Locator, shift: float) -> None:
    """Take a part of the cover and move it by a share of the strip; not let go."""
    part.scroll_into_view_if_needed()
    box, strip = part.bounding_box(), page.locator(".strip").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + shift * strip["width"], y, steps=12)


def drag(page: Page, goal: int) -> None:
    """The cover to a place in percent, and let go."""
    width = page.locator(".cover").bounding_box()["width"] / page.locator(".strip").bounding_box()["width"]
    by_hand(page, page.locator(".cover"), (goal - place(page)) / 100 * (1 - width))
    page.mouse.up()
    expect(cover(page)).to_have_attribute("aria-valuenow", str(goal))


def test_the_dragged_cover_misleads_bptt_alone_and_the_link_shows_it_again(visit, story):
    page = visit.open(f"bias_lab?at={story.calm}")
    expect(row(page, "BPTT")).to_be_visible()
    visit.settle()
    before = {title: card(page, title) for title in ("BPTT", "UTRCNN")}

    drag(page, story.misled)
    expect(page).not_to_have_url(re.compile(rf"at={story.calm}\b"))  # the end, where it begins, is not in the link
    visit.settle()
    after = {title: card(page, title) for title in ("BPTT", "UTRCNN")}
    answers = {title: told.splitlines()[0] for title, told in after.items()}
    assert answers["BPTT"] != before["BPTT"].splitlines()[0] and answers["UTRCNN"] == before["UTRCNN"].splitlines()[0]
    assert ANSWERS["same"] in answers["UTRCNN"]
    frames = page.get_by_text(re.compile("frames .* are covered")).last.inner_text()

    page.reload()
    visit.settle()
    expect(cover(page)).to_have_attribute("aria-valuenow", str(story.misled))
    expect(page.get_by_text(frames)).to_be_visible()
    assert {title: card(page, title) for title in after} == after


def test_everything_follows_the_hand_and_the_server_is_not_asked_before_it_lets_go(visit):
    page = visit.open("bias_lab")
    expect(row(page, "BPTT")).to_be_visible()
    visit.settle()
    address = page.url
    seen = {"bptt": card(page, "BPTT"), "bars": bars(page, "UTRCNN"), "told": page.locator(".told").inner_text()}
    page.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        "WebSocket.prototype.send = function (...all) { window.sent += 1; return send.apply(this, all); }; }"
    )
    by_hand(page, page.locator(".cover"), -0.6)
    expect(cover(page)).to_have_attribute("aria-valuenow", "0")
    sent = page.evaluate("window.sent")
    now = {"bptt": card(page, "BPTT"), "bars": bars(page, "UTRCNN"), "told": page.locator(".told").inner_text()}
    assert all(now[name] != seen[name] for name in seen)
    assert (page.url, sent) == (address, 0)
    page.mouse.up()
    expect(page).to_have_url(re.compile("at=0"))
    visit.settle()
    assert card(page, "BPTT") == now["bptt"] and place(page) == 0


def test_attention_leaves_out_the_cover_wherever_it_is_dragged_and_keys_move_it_too(visit):
    page = visit.open("bias_lab?at=0")
    expect(row(page, "BPTT")).to_be_visible()
    visit.settle()
    for goal, start in ((0, 0), (50, 14), (100, 27)):
        if place(page) != goal:
            drag(page, goal)
        expect(page.get_by_text(f"frames {start} to {start + 17} are covered")).to_be_visible()
        visit.settle()
        heights = bars(page, "UTRCNN")
        covered = heights[start : start + 18]
        assert len(heights) == 45 and max(heights) > 100
        assert sum(covered) / 18 < (sum(heights) - sum(covered)) / 27 / 3

    cover(page).focus()
    for key, goal in (("ArrowLeft", 95), ("PageDown", 75), ("Home", 0), ("ArrowRight", 5), ("ArrowUp", 10)):
        page.keyboard.press(key)
        expect(cover(page)).to_have_attribute("aria-valuenow", str(goal))
    told = cover(page).get_attribute("aria-valuetext")
    assert told.startswith("another person: frames 3 to 20 are covered. ")
    assert page.locator(".told").inner_text() in told
    expect(page).to_have_url(re.compile("at=10"))
    visit.settle()
    expect(cover(page)).to_be_focused()

    page.get_by_role("slider", name="Covered share", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("share=45"))
    visit.settle()


def test_the_end_of_the_cover_is_dragged_to_cover_more_and_what_was_not_measured_comes_when_it_is_let_go(visit):
    page = visit.open("bias_lab?at=0&share=20")
    expect(row(page, "BPTT")).to_be_visible()
    visit.settle()
    share, before = page.get_by_role("slider", name="Covered share", exact=True), card(page, "Mean")
    by_hand(page, page.locator(".edge"), 0.4)
    expect(share).to_have_attribute("aria-valuenow", "60")
    assert card(page, "Mean") != before and bars(page, "UTRCNN") and not bars(page, "BPTT")
    expect(row(page, "BPTT").get_by_text("let go to measure")).to_be_visible()
    page.mouse.up()
    expect(page).to_have_url(re.compile("share=60"))
    expect(row(page, "BPTT").get_by_text("let go to measure")).to_have_count(0)
    visit.settle()
    assert bars(page, "BPTT") and place(page) == 0


def test_the_class_guesses_drags_and_sees_who_was_right(visit):
    page = visit.open("bias_lab")
    expect(row(page, "BPTT")).to_be_visible()
    visit.settle()
    step = page.get_by_role("button", name=STEPS[2].title)
    step.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(STEPS[2].question)).to_be_visible()
    expect(page.locator(".models")).to_be_hidden()
    visit.settle()
    page.get_by_role("button", name="BPTT", exact=True).click()
    visit.settle()
    page.get_by_role("button", name="That is our guess").click()
    expect(page.locator(".models")).to_be_visible()
    visit.settle()
    drag(page, 50)
    visit.settle()
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_text("You said BPTT; measured:")).to_be_visible()
    expect(row(page, "BPTT").get_by_text(re.compile("guessed (right|wrong)"))).to_be_visible()
    visit.settle()
    told = page.get_by_text("You said BPTT; measured:").inner_text()
    page.reload()
    expect(page.get_by_text(told)).to_be_visible()
    visit.settle()


def test_a_presenter_goes_on_and_back_by_keys_but_not_while_the_cover_has_them(visit):
    page = visit.open("bias_lab?present=true&step=3")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Step 3 of 6: Another person at the end")
    visit.settle()
    for name in ("BPTT", "That is our guess"):
        expect(page.get_by_role("button", name=name).locator("p")).to_have_css("font-size", "22px")
    for phase, words in (("drag", STEPS[2].look), ("reveal", "You said nobody")):
        page.keyboard.press("ArrowRight")
        expect(page).to_have_url(re.compile(f"phase={phase}"))
        expect(page.get_by_text(words)).to_be_visible()
        visit.settle()
    cover(page).focus()
    page.keyboard.press("ArrowLeft")
    expect(cover(page)).to_have_attribute("aria-valuenow", "95")
    expect(page).to_have_url(re.compile("at=95"))
    visit.settle()
    expect(heading).to_have_text("Step 3 of 6: Another person at the end")
    cover(page).evaluate("cover => cover.blur()")
    page.keyboard.press("PageDown")
    expect(heading).to_have_text("Step 4 of 6: The same at the start")
    visit.settle()
    page.keyboard.press("ArrowLeft")
    expect(heading).to_have_text("Step 3 of 6: Another person at the end")
    visit.settle()


def test_own_videos_stand_below_the_stage_and_no_other_pair_is_shown_in_their_place_when_it_is_loaded_again(
    server, browser
):
    with visiting(server, browser, viewport=SCREEN) as visit:
        page = visit.open("bias_lab?example=own")
        for name, which in (("First video", 1), ("Second video", 2)):
            uploader = page.get_by_role("region", name=name)
            uploader.locator("input").set_input_files(EXAMPLES_FOLDER / f"walker-camera{which}.mp4")
            expect(uploader.get_by_role("button", name=re.compile("^Remove"))).to_be_visible()
            visit.settle()
        expect(row(page, "Mean")).to_be_visible()
        visit.settle()
        curve, below = page.locator(".curve").bounding_box(), uploader.bounding_box()
        assert curve["y"] + curve["height"] <= 800 < below["y"] + below["height"]
        assert below["y"] > curve["y"] + curve["height"]
        page.reload()
        expect(page.get_by_text("Choose two videos")).to_be_visible()
        visit.settle()
        expect(page.locator(".stage")).to_have_count(0)


SCREEN, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def test_strip_cards_and_curve_are_on_one_screen_and_on_a_phone_nothing_is_wider_than_it(server, browser):
    with visiting(server, browser, viewport=SCREEN) as visit:
        revealed, presented = "bias_lab?step=3&phase=reveal&guess=bptt", "bias_lab?step=3&phase=drag&present=true"
        for path, first in (("bias_lab", "light"), (revealed, "dark"), (presented, "light")):
            page = visit.open(path)
            expect(row(page, "Mean")).to_be_visible()
            visit.settle()
            for look in themes(page, first):
                assert words_end(page) <= page.locator(".bars svg").first.bounding_box()["y"] + 1, "they cut off no bar"
                for part in (".strip", ".model >> nth=0", ".model >> nth=-1", ".curve", ".ticks"):
                    box = page.locator(part).bounding_box()
                    assert box["y"] >= 0 and box["y"] + box["height"] <= 800, (path, look, part, box)
    with visiting(server, browser, viewport=PHONE, has_touch=True) as visit:
        page = visit.open("bias_lab")
        expect(row(page, "Mean")).to_be_visible()
        visit.settle()
        for look in themes(page):
            for part in (".strip", ".model >> nth=0", ".curve"):
                box = page.locator(part).bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["width"] > 300, (look, part, box)
        curve, controls, below = (
            box.bounding_box()["y"]
            for box in (page.locator(".curve"), page.get_by_text("Presenter mode"), page.locator(".st-key-lab-shares"))
        )
        assert curve < controls < below, "they stand where they are looked for"
        strip = page.locator(".strip").bounding_box()
        page.touchscreen.tap(strip["x"] + 5, strip["y"] + strip["height"] / 2)
        expect(cover(page)).to_have_attribute("aria-valuenow", "0")
        visit.settle()
        page = visit.open(presented)
        expect(row(page, "Mean")).to_be_visible()
        visit.settle()
        assert words_end(page) <= page.locator(".bars svg").first.bounding_box()["y"] + 1


def words_end(page):
    """Where the words above the first row of bars end, px."""
    box = page.locator(".bars .measure").first.bounding_box()
    return box["y"] + box["height"]

"""Bias lab in a real browser: the cover is dragged until one model changes its mind, and the link brings it back."""

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
from ui.loaders import examples

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

PLACES = range(0, 101, 5)  # of the cover, in percent


@dataclass(frozen=True)
class Story:
    """Two places of the cover between which bptt changes its verdict and utrcnn does not."""

    calm: int
    misled: int


@pytest.fixture(autouse=True)
def patience():
    """What a page shows may take long on a busy machine."""
    expect.set_options(timeout=300_000)


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


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name=re.compile("drag it"))


def card(page: Page, title: str) -> Locator:
    """The verdict of a model; while a rerun draws, the newest."""
    answers = "|".join(ANSWERS.values())
    return page.get_by_text(re.compile(rf"^{title}.*({answers})$", re.S)).last


def drag(page: Page, goal: int) -> None:
    """With the mouse to about the goal, with arrow keys to the very percent."""
    thumb = slider(page)
    thumb.scroll_into_view_if_needed()
    box, now = thumb.bounding_box(), int(thumb.input_value())
    plot = page.locator(".js-plotly-plot").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + (goal - now) / 100 * plot["width"], y, steps=12)
    page.mouse.up()
    expect(thumb).not_to_have_value(str(now))
    while (left := goal - int(thumb.input_value())) != 0:
        thumb.press("ArrowRight" if left > 0 else "ArrowLeft")


def test_the_dragged_cover_misleads_bptt_alone_and_the_link_shows_it_again(visit, story):
    visit.open()  # a fresh server knows its pages once the first has been shown
    page = visit.open(f"bias_lab?at={story.calm}")
    expect(card(page, "BPTT")).to_be_visible()
    visit.settle()
    before = {title: card(page, title).inner_text() for title in ("BPTT", "UTRCNN")}

    drag(page, story.misled)
    expect(card(page, "BPTT")).not_to_have_text(before["BPTT"], use_inner_text=True)
    visit.settle()
    after = {title: card(page, title).inner_text() for title in ("BPTT", "UTRCNN")}
    assert after["BPTT"] != before["BPTT"] and after["UTRCNN"] == before["UTRCNN"]
    assert ANSWERS["same"] in after["UTRCNN"]
    frames = page.get_by_text(re.compile("frames .* are covered")).last.inner_text()

    page.reload()
    visit.settle()
    expect(slider(page)).to_have_value(str(story.misled))
    expect(page.get_by_text(frames)).to_be_visible()
    for title, told in after.items():
        expect(card(page, title)).to_have_text(told, use_inner_text=True)


def test_attention_leaves_out_the_cover_wherever_it_is_dragged(visit):
    visit.open()  # a fresh server knows its pages once the first has been shown
    page = visit.open("bias_lab?at=0")
    expect(card(page, "BPTT")).to_be_visible()
    for place, start in ((0, 0), (50, 14), (100, 27)):
        visit.settle()
        if int(slider(page).input_value()) != place:
            drag(page, place)
        expect(page.get_by_text(f"frames {start} to {start + 17} are covered")).to_be_visible()
        visit.settle()
        bars = page.locator(".js-plotly-plot").first.evaluate("plot => Array.from(plot._fullData[0].y)")
        covered = bars[start : start + 18]
        assert sum(covered) / 18 < (sum(bars) - sum(covered)) / 27 / 3


def test_the_keyboard_tells_the_story_and_a_click_on_the_strip_moves_the_cover(visit):
    page = visit.open("bias_lab")
    expect(card(page, "BPTT")).to_be_visible()
    visit.settle()
    step = page.get_by_role("button", name="4 The same at the start")
    step.focus()
    page.keyboard.press("Enter")
    expect(slider(page)).to_have_value("0")
    expect(page.get_by_text("frames 0 to 17 are covered")).to_be_visible()
    visit.settle()

    strip = page.locator(".js-plotly-plot").first
    strip.scroll_into_view_if_needed()
    box = strip.locator(".barlayer .trace").nth(1).locator(".point").nth(40).bounding_box()
    page.mouse.move(box["x"] - 12, box["y"] + 10)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(slider(page)).to_have_value("100")
    expect(page.get_by_text("frames 27 to 44 are covered")).to_be_visible()
    expect(page.get_by_role("button", name="3 Another person at the end")).to_be_enabled()
    visit.settle()

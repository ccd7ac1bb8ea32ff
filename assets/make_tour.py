"""A picture that moves, forty seconds of three pages in Chromium: ``python -m assets.make_tour [OUT.gif]``.

It is a storyboard: each still is taken when the page is at rest and says how long it is shown, so that how fast the
machine is shows nowhere. All people in it are synthetic.
"""

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS, SLOW_MS, Visit, running_app, visiting

OUT = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "tour.gif"
SIZE, WIDTH_PX, CAPTION_PX = {"width": 1180, "height": 740}, 880, 30
COLOURS, MOST_BYTES = 192, 2_000_000
LOOKED_AT_S = 2  # stills that are shown so long have their colours
FADES_MS = 2_000  # what Streamlit draws again has its full colours soon after
HEADER_PX = 72  # of the page, which stays above what is scrolled
MOVES, MOVE_S = 6, 0.12  # stills of a pointer on its way, and for how long each is shown
POINTER = """
() => {
  const arrow = document.body.appendChild(document.createElement("div"));
  arrow.style = "position: fixed; z-index: 1e9; width: 18px; height: 18px; margin: -9px; border-radius: 50%;" +
    "background: #9040f0aa; border: 2px solid white; pointer-events: none; left: -50px; top: -50px";
  addEventListener("pointermove", (event) => {
    arrow.style.left = `${event.clientX}px`;
    arrow.style.top = `${event.clientY}px`;
  }, true);
}
"""


@dataclass(frozen=True)
class Still:
    """A picture of the page, what is written below it, and for how long it is shown."""

    picture: Image.Image
    caption: str
    seconds: float


def main(out: Path = OUT) -> None:
    """Take all stills, and write them as one GIF."""
    expect.set_options(timeout=SLOW_MS)
    with running_app() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        with visiting(address, browser, viewport=SIZE) as visit:
            visit.open()  # a fresh server knows its pages once the first has been shown
            stills = [still for story in (verify, attention, bias_lab) for still in story(visit)]
        browser.close()
    write(stills, out)


def verify(visit: Visit) -> Iterator[Still]:
    """Look, point, ask."""
    caption = "Verify: two videos. Who is meant? Click on a person in each."
    page = opened(visit, "verify?example=street")
    expect(page.get_by_role("table")).to_be_visible()
    visit.settle()
    first = _people(page, "camera1").first
    _to_the_top(page.get_by_role("figure").first)
    yield still(page, caption, 2.5)
    yield from _clicked(visit, first, caption)
    yield from _clicked(visit, _people(page, "camera2").nth(1), caption)
    answer = page.get_by_text(re.compile("^The distance is"))
    expect(answer).to_be_visible()
    visit.settle()
    _to_the_top(page.get_by_text("Everybody against everybody"))
    yield still(page, "The answer: what the models agree on, how sure they are, and on what it rests.", 4)


def attention(visit: Visit) -> Iterator[Still]:
    """On which frames the answer rests."""
    page = opened(visit, "attention")
    bars = page.locator(".st-key-first .barlayer .trace").first.locator(".point")
    expect(bars.nth(40)).to_be_attached()
    visit.settle()
    _to_the_top(page.get_by_role("heading", level=2).first)
    yield still(page, "Attention: which frames count? From frame 27 on somebody else stands in front.", 4)
    for number in range(1, 45, 3):
        x, y = _middle(bars.nth(number))
        page.mouse.move(x, y)
        page.wait_for_timeout(300)
        yield still(page, "The frame under the pointer; the bars say how much each counts.", 0.4)
    yield still(page, "UTRCNN leaves out who does not belong; BPTT keeps the last frame.", 2.5)


def bias_lab(visit: Visit) -> Iterator[Still]:
    """Who changes their mind when a part of the video is covered."""
    page = opened(visit, "bias_lab?at=0")
    page.locator(".model path[d^=M]").first.wait_for()
    visit.settle()
    _to_the_top(page.get_by_role("heading", level=1))
    yield still(page, "Bias lab: cover a part of the video with another person, and drag the cover.", 3)
    strip, (x, y) = page.locator(".strip").bounding_box(), _middle(page.locator(".cover"))
    page.mouse.move(x, y)
    page.mouse.down()
    for to in np.linspace(x, strip["x"] + 0.8 * strip["width"], 24):
        page.mouse.move(float(to), y)
        page.wait_for_timeout(150)
        yield still(page, "Every verdict follows the hand.", 0.3)
    page.mouse.up()
    visit.settle()
    page.wait_for_timeout(FADES_MS)
    yield still(page, "At the end, BPTT forgets who it was: temporal bias. UTRCNN does not.", 4)


def opened(visit: Visit, path: str) -> Page:
    """A page at rest, with a pointer that can be seen."""
    page = visit.open(path)
    page.evaluate(POINTER)
    return page


def still(page: Page, caption: str, seconds: float) -> Still:
    """The page as it is."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    height = round(WIDTH_PX * picture.height / picture.width)
    return Still(picture.resize((WIDTH_PX, height), Image.Resampling.LANCZOS), caption, seconds)


def write(stills: list[Still], out: Path) -> None:
    """One GIF with the colours of the stills that are looked at. Raises: ValueError: it is too large for a README."""
    framed = [_captioned(one) for one in stills]
    some = [picture for one, picture in zip(stills, framed, strict=True) if one.seconds >= LOOKED_AT_S]
    sheet = Image.fromarray(np.concatenate([np.asarray(picture) for picture in some]))
    palette = sheet.quantize(COLOURS, dither=Image.Dither.NONE)
    first, *others = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in framed)
    times = [round(1000 * one.seconds) for one in stills]
    first.save(out, save_all=True, append_images=others, duration=times, loop=0, optimize=True)
    if out.stat().st_size > MOST_BYTES:
        raise ValueError(f"{out} must have at most {MOST_BYTES} bytes, it has {out.stat().st_size}")


def _captioned(one: Still) -> Image.Image:
    width, height = one.picture.size
    framed = Image.new("RGB", (width, height + CAPTION_PX), "#11151C")
    framed.paste(one.picture)
    font = ImageFont.load_default(16)
    ImageDraw.Draw(framed).text((12, height + CAPTION_PX // 2), one.caption, "white", font, anchor="lm")
    return framed


def _clicked(visit: Visit, target: Locator, caption: str) -> Iterator[Still]:
    """The pointer comes from the left, and clicks."""
    x, y = _middle(target)
    for left in np.linspace(200, 0, MOVES):
        visit.page.mouse.move(x - float(left), y)
        yield still(visit.page, caption, MOVE_S)
    visit.page.mouse.click(x, y)
    expect(target).to_have_attribute("aria-pressed", "true")
    visit.settle()
    yield still(visit.page, caption, 1.5)


def _people(page: Page, name: str) -> Locator:
    """The lines of the people of a video."""
    return page.get_by_role("figure", name=re.compile(name)).get_by_role("button", name=re.compile("^Person"))


def _middle(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _to_the_top(target: Locator) -> None:
    target.evaluate(
        "(one, header) => document.querySelector('[data-testid=stMain]')"
        ".scrollBy({ top: one.getBoundingClientRect().top - header, behavior: 'instant' })",
        HEADER_PX,
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))

"""The pages in Chromium: how far what is shown is pushed about, and what work takes over reading its videos at all."""

import re
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from benchmarks.server_memory import SCENES, UPLOADERS, longer
from reid_core.video import PersonDetector, decode, find_people
from tests.e2e.conftest import CHROMIUM, FLAGS, SLOW_MS, Visit, running_app, visiting
from ui.loaders import EXAMPLES_FOLDER

SCENE_S = 10
# Cumulative layout shift as Chromium reports it, https://web.dev/articles/cls: shifts less than a second apart make a
# window, of at most five; the largest sum of one counts. Without those within half a second of what the user does.
SHIFTS = """
window.shift = 0;
let sum = 0, first = -Infinity, last = -Infinity;
new PerformanceObserver((list) => {
  for (const { hadRecentInput, startTime, value } of list.getEntries()) {
    if (hadRecentInput) continue;
    const same = startTime - last < 1000 && startTime - first < 5000;
    first = same ? first : startTime;
    last = startTime;
    sum = same ? sum + value : value;
    window.shift = Math.max(window.shift, sum);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
NOTHING = """
import streamlit as st

st.session_state.count = st.session_state.get("count", 0) + st.button("Go")
st.title("Nothing")
st.text(f"Clicked {st.session_state.count}")
"""
SAID_S = """
([lane, said]) => {
  const before = said.textContent;
  lane.addEventListener("click", () => {
    const start = performance.now();
    const look = () => {
      if (said.textContent === before) requestAnimationFrame(look);
      else window.said_s = (performance.now() - start) / 1000;
    };
    requestAnimationFrame(look);
  }, { capture: true, once: true });
}
"""
PAGES = {
    "home": "",
    "verify": "verify?example=covered",
    "attention": "attention",
    "bias": "bias_lab",
    "runs": "runs",
    "search": "search",
}


def measure() -> dict[str, float]:
    """Layout shifts of every page, and seconds of Verify and Attention over those of decoding and detecting.

    ``another_person_said``: what one model says of the two, below the table; ``another_person``: the whole verdict.
    ``rerun``: the same of a page of Streamlit with a button and a number, below which no answer of a server can be.
    ``search_confirmed_s``: from a click on *It is* until the list of the page Search counts it.
    """
    expect.set_options(timeout=SLOW_MS)
    with tempfile.TemporaryDirectory() as folder, running_app() as address, sync_playwright() as playwright:
        scenes = [longer(EXAMPLES_FOLDER / name, Path(folder, name), SCENE_S) for name in SCENES]
        least = _read_and_detect_s(scenes)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for path in PAGES.values():  # the first visitor waits for imports and for the models
            with visiting(address, browser) as visit:
                visit.open(path)
        shifts = {f"layout_shift_{name}": _shift(browser, address, path) for name, path in PAGES.items()}
        with visiting(address, browser) as visit:
            seconds = _work_s(visit, scenes) | {"rerun": _rerun_s(browser, Path(folder, "nothing.py"))}
        with visiting(address, browser) as visit:
            confirmed_s = _confirmed_s(visit)
        browser.close()
    over = {f"{name}_over_detect": taken / least for name, taken in seconds.items()}
    return shifts | over | {"search_confirmed_s": confirmed_s}


def _shift(browser: Browser, address: str, path: str) -> float:
    with visiting(address, browser) as visit:
        visit.page.add_init_script(SHIFTS)
        visit.open(path)
        return float(visit.page.evaluate("window.shift"))


def _read_and_detect_s(scenes: list[Path]) -> float:
    detector = PersonDetector()
    find_people(decode(scenes[0]), detector)  # warm
    return _seconds(lambda: [find_people(decode(scene), detector) for scene in scenes])


def _work_s(visit: Visit, scenes: list[Path]) -> dict[str, float]:
    """Seconds from the first upload until everybody is known, to another person's verdict, and to Attention's picture.

    The second video is handed in as soon as the page has the first. The verdict and the picture are waited for, not
    what is drawn below them.
    """
    page = visit.open("verify?example=own")
    verify = _seconds(lambda: (_hand_in(page, scenes), page.get_by_role("table").wait_for(), visit.settle()))
    for name in SCENES:
        _lane(page, name, 1).click()
        expect(_lane(page, name, 1)).to_have_attribute("aria-pressed", "true")
        visit.settle()
    said, another = _another_person_s(page)
    visit.settle()
    attention = _seconds(lambda: _to_attention(page))
    visit.settle()
    times = {"verify": verify, "another_person_said": said, "another_person": another}
    return times | {"attention_after_verify": attention}


def _hand_in(page: Page, scenes: list[Path]) -> None:
    for name, scene in zip(UPLOADERS, scenes, strict=True):
        uploader = page.get_by_role("region", name=name)
        uploader.locator("input").set_input_files(scene)
        uploader.get_by_role("button", name=re.compile("^Remove")).wait_for()


def _another_person_s(page: Page) -> tuple[float, float]:
    """Seconds from a click on somebody else until the first words about the two, and until their verdict."""
    before = page.get_by_text(re.compile("^The distance is")).inner_text()
    another = _lane(page, SCENES[1], 2)
    another.scroll_into_view_if_needed()
    page.evaluate(SAID_S, [another.element_handle(), page.locator(".pair").element_handle()])

    def choose_another() -> None:
        another.click()
        page.wait_for_function(
            "before => [...document.querySelectorAll('p')].some("
            "one => one.textContent.startsWith('The distance is') && one.textContent !== before)",
            arg=before,
        )

    verdict = _seconds(choose_another)
    return float(page.evaluate("window.said_s")), verdict


def _rerun_s(browser: Browser, script: Path) -> float:
    script.write_text(NOTHING)
    with running_app(script=script) as address, visiting(address, browser) as visit:
        page = visit.open()
        button, told = page.get_by_role("button", name="Go"), page.get_by_text("Clicked")
        for count in (1, 2):  # the first click is slower
            seconds = _seconds(partial(_click, button, told.filter(has_text=str(count))))
    return seconds


def _click(button: Locator, answer: Locator) -> None:
    button.click()
    answer.wait_for()


def _confirmed_s(visit: Visit) -> float:
    page = visit.open(PAGES["search"])
    page.get_by_role("heading", name=re.compile("^Found")).wait_for()
    visit.settle()
    page.get_by_role("button", name="It is", exact=True).first.click()
    counted = page.get_by_role("heading", name=re.compile("and 1 confirmed"))
    counted.wait_for()
    visit.settle()
    page.get_by_role("button", name="It is", exact=True).first.click()
    counted.wait_for(state="detached")
    visit.settle()
    second = page.get_by_role("button", name="It is", exact=True).nth(1)
    return _seconds(lambda: (second.click(), counted.wait_for()))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _lane(page: Page, name: str, number: int) -> Locator:
    """The line of a person in a video's player."""
    figure = page.get_by_role("figure", name=re.compile(name))
    return figure.get_by_role("button", name=re.compile(f"^Person {number},"))


def _to_attention(page: Page) -> None:
    page.get_by_role("link", name="Attention", exact=True).first.click()
    page.locator(".st-key-first .barlayer .point").first.wait_for(state="attached")

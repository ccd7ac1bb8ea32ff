"""Opening the app in a browser, as a new visitor of a server that had others before."""

import statistics
import time

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS, running_app, visiting

REPEATS = 5


def measure() -> dict[str, float]:
    """Median seconds from the address to the first page's title and text, and to its chart, when it is at rest."""
    with running_app() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        _opened(address, browser)  # the first visitor waits for imports and for the models
        seconds = [_opened(address, browser) for _ in range(REPEATS)]
        browser.close()
    answers, rests = map(statistics.median, zip(*seconds, strict=True))
    return {"first_page_s": answers, "first_page_at_rest_s": rests}


def _opened(address: str, browser: Browser) -> tuple[float, float]:
    with visiting(address, browser) as visit:
        started = time.perf_counter()
        visit.page.goto(address)
        visit.page.get_by_text("What is temporal bias?").wait_for()
        answered = time.perf_counter() - started
        visit.settle()
        return answered, time.perf_counter() - started

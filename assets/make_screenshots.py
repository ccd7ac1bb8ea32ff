"""The pictures of the pages in docs/pages.md, taken in Chromium: ``python -m assets.make_screenshots [PAGE ...]``.

Each page light and dark at 1280 pixels, and light at 390, a phone's width; JPEG, the whole page.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS, ROOT, running_app
from tests.e2e.views import VIEWS
from ui.library import SETTING
from ui.train.data import FOLDER as DATA
from ui.train.data import MADE

FOLDER = ROOT / "docs" / "pictures"
LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "narrow": ("light", 390)}
SHIPPED = "".join(f"&runs=shipped-{head}" for head in ("bptt", "mean", "rcnn", "sab", "utrcnn"))

# page -> its address and a text that stands at its end
PAGES = {
    "verify": VIEWS["verify"],
    "search": ("search?query=5", VIEWS["search"][1]),
    "attention": ("attention?example=covered&frame=30", "For researchers"),
    "bias-lab": ("bias_lab?at=100", VIEWS["bias lab"][1]),
    "train": ("train", "What will it cost?"),
    "runs": (f"runs?view=ranks{SHIPPED}", VIEWS["rates"][1]),
    "bias": (f"runs?view=bias{SHIPPED}", VIEWS["position bias"][1]),
    "gallery": VIEWS["gallery"],
}
PATIENCE_MS = 240_000
DRAWN_MS = 3_000  # charts and pictures come after the text


def take(browser: Browser, address: str, page: str) -> None:
    """Write the pictures of one page."""
    path, last = PAGES[page]
    for look, (scheme, width) in LOOKS.items():
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.set_default_timeout(PATIENCE_MS)
        tab = context.new_page()
        tab.goto(f"{address}/{path}")
        tab.get_by_text(last).filter(visible=True).last.wait_for()
        tab.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        tab.add_style_tag(content=".st-key-page { min-height: 0 !important; }")  # else the foot is far below
        # the page scrolls inside the window, so the window is made as tall as the page, which grows as it is drawn
        for _ in range(2):
            tab.wait_for_timeout(DRAWN_MS)
            tall = tab.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
            tab.set_viewport_size({"width": width, "height": tall + 80})
        tab.wait_for_timeout(DRAWN_MS)
        tab.screenshot(path=FOLDER / f"{page}-{look}.jpg", type="jpeg", quality=55)
        context.close()


def main() -> None:
    """Take the pages that are named, all by default."""
    with TemporaryDirectory() as empty, sync_playwright() as playwright:
        os.environ |= {SETTING: "runs", DATA: "data"}  # the shipped runs alone, and one small data set
        (Path(empty) / ".streamlit").symlink_to(ROOT / ".streamlit")
        people = [sys.executable, "-m", "reid_core", "synthesize", "--out", f"{empty}/data/tiny", *MADE["tiny"][1]]
        subprocess.run(people, check=True)
        with running_app(folder=Path(empty)) as address:
            _take_all(playwright, address)


def _take_all(playwright: Playwright, address: str) -> None:
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
    for page in sys.argv[1:] or PAGES:
        take(browser, address, page)
    browser.close()


if __name__ == "__main__":
    main()

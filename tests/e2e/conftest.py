"""A running app and a browser that notes every request and every error."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

from ui.allowed import SETTING as FOLDERS
from ui.library import SETTING

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]  # the first takes a quarter less time
CHROMIUM = next((path for path in BROWSERS if path.exists()), BROWSERS[-1])
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOW_MS = 240_000  # nothing is timed here; a busy machine may take long
expect.set_options(timeout=SLOW_MS)
START_S = 120
OPEN_MS = 5_000  # after which a list is taken for closed
OPENED = "() => document.getAnimations().every((one) => one instanceof CSSAnimation || one instanceof CSSTransition)"
PROBES = ("/_stcore/health", "/_stcore/host-config")  # streamlit's own, below a page's address before it finds the root


@dataclass
class Visit:
    """A page of the app with what went wrong and where it reached to."""

    page: Page
    address: str
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str = "") -> Page:
        """Go to a page of the app and wait until it has been drawn."""
        self.page.goto(f"{self.address}/{path}")
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the script has run to its end, its pictures are here (the next run may take them away), and what
        opens is open: in the last frame of that it is closed, and a button that is pressed then is not where it was.
        """
        self.page.locator("h1").first.wait_for()
        self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        self.page.wait_for_function("() => [...document.images].every((image) => image.complete)")
        self.page.wait_for_function(OPENED)

    def note_request(self, url: str) -> None:
        """Keep the host of a request that has one (data: and blob: have none)."""
        if host := urlsplit(url).hostname:
            self.hosts.add(host)

    def note_message(self, message: ConsoleMessage) -> None:
        """Keep errors other than those of streamlit's search for its own root."""
        source = str((message.location or {}).get("url", ""))
        if message.type == "error" and not source.endswith(PROBES):
            self.errors.append(f"{message.text} ({source})")


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server prints."""
    return tmp_path_factory.mktemp("log") / "log.txt"


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of which visitors may index what lies in it."""
    return tmp_path_factory.mktemp("footage")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, log: Path, footage: Path) -> Iterator[str]:
    """The address of an app that serves all tests and has the shipped runs alone.

    Afterwards: it said nothing that somebody would have to look after.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTING, str(tmp_path_factory.mktemp("none")))
        patch.setenv(FOLDERS, str(footage))
        with running_app(log) as address:
            yield address
    told = log.read_text()
    assert address.removeprefix("http://") in told
    assert "WARNING" not in told and "Warning" not in told and "Traceback" not in told, told


@pytest.fixture
def new_server() -> Iterator[str]:
    """The address of an app that nobody has asked for anything."""
    with running_app() as address:
        yield address


@contextmanager
def running_app(log: Path = Path(os.devnull), script: Path = ROOT / "app.py", folder: Path = ROOT) -> Iterator[str]:
    """The address of ``streamlit run app.py`` on a free port, healthy.

    Args: log: takes what it prints. script: another one than the app. folder: where it runs.
    """
    with running_process(log, script, folder) as (address, _):
        yield address


@contextmanager
def running_process(
    log: Path = Path(os.devnull), script: Path = ROOT / "app.py", folder: Path = ROOT
) -> Iterator[tuple[str, int]]:
    """The same, and the number of its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    with log.open("ab") as file:
        told = {"stdout": file, "stderr": file}
        process = subprocess.Popen(
            [*command, "--server.address", "127.0.0.1"], cwd=folder, env=os.environ.copy(), **told
        )
    try:
        _wait_until_healthy(process, address)
        yield address, process.pid
    finally:
        process.kill()  # it holds nothing that a polite end would save
        process.wait()


def _wait_until_healthy(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail(f"the app did not come up within {START_S} seconds (exit status {process.poll()})")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without which these tests fail; gone with its event loop before other tests of the process."""
    if not CHROMIUM.exists():
        pytest.fail(f"the browser tests need {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(server: str, browser: Browser) -> Iterator[Visit]:
    """A new browser session."""
    with visiting(server, browser) as visit:
        yield visit


@pytest.fixture
def first_visit(new_server: str, browser: Browser) -> Iterator[Visit]:
    """The first browser session of a new server, which outlives it: a page may still be loading when a test ends."""
    with visiting(new_server, browser) as visit:
        yield visit


@contextmanager
def visiting(address: str, browser: Browser, **device: Any) -> Iterator[Visit]:
    """A browser session, on a desk or another device. Afterwards: no request left the machine, no error was logged."""
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | device))
    context.set_default_timeout(SLOW_MS)
    page = context.new_page()
    visit = Visit(page, address)
    page.on("request", lambda request: visit.note_request(request.url))
    page.on("websocket", lambda socket: visit.note_request(socket.url))
    page.on("console", visit.note_message)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    yield visit
    context.close()
    assert visit.hosts == {"127.0.0.1"}, "a request left the machine"
    assert visit.errors == []


GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 21, 28)"}


def themes(page: Page, first: str = "light") -> Iterator[str]:
    """The page in both themes. Args: first: the one that it is in, since a change draws it anew."""
    for scheme in sorted(GROUNDS, key=lambda scheme: scheme != first):
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", GROUNDS[scheme])
        yield scheme


def choose(box: Locator, option: Locator) -> None:
    """One of a list, which is opened again where the page was drawn anew meanwhile: that closes it."""
    box.click()
    while True:
        try:
            return option.click(timeout=OPEN_MS)
        except TookTooLong:
            box.click()

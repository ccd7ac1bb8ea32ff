"""Ten browser sessions at once that ask for verdicts, each about another pair, for minutes."""

import re
import threading
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from reid_core.evaluation import compare
from reid_core.model import load_checkpoint
from reid_core.video import find_subject
from tests.e2e.conftest import CHROMIUM, FLAGS, Visit, running_process, visiting
from ui.loaders import examples

MODEL = "utrcnn"
PLACE = re.compile(r"\d+ waits? before it")
HEALTH_S, HEALTH_TIMEOUT_S = 1.0, 30.0
GONE_S = 60  # after the last session
VERDICTS = 200  # from all on, in which memory may grow by a tenth
GROWTH = 1.1
LOOKS, LOOK_S = 10, 0.3  # at the pages while they wait


class Pulse:
    """Asks the health check again and again. failures: how often it did not answer. slowest_s: the longest answer."""

    def __init__(self, address: str) -> None:
        self.failures, self.slowest_s, self.asked = 0, 0.0, 0
        self._address, self._ended = address, threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ask no more."""
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(HEALTH_S):
            started = time.monotonic()
            self.asked += 1
            try:
                with urllib.request.urlopen(f"{self._address}/_stcore/health", timeout=HEALTH_TIMEOUT_S) as answer:
                    self.failures += answer.status != 200
            except OSError:
                self.failures += 1
            self.slowest_s = max(self.slowest_s, time.monotonic() - started)


def run(folder: Path, minutes: float, count: int) -> int:
    """Load an app, print what came of it. Returns: how much was wrong."""
    expected = alone()
    with ExitStack() as stack:
        address, pid = stack.enter_context(running_process(folder / "log"))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        sessions = ExitStack()
        visits = [sessions.enter_context(visiting(address, browser)) for _ in range(count)]
        for visit in visits:
            visit.open()
        before_mb, pulse = _resident_mb(pid), Pulse(address)
        until, right, wrong, places, warm_mb = time.monotonic() + 60 * minutes, 0, [], 0, 0
        while time.monotonic() < until or right + len(wrong) < VERDICTS:
            found, saw = _asked(visits, list(expected), right + len(wrong))
            wrong += [f"{key}: {told!r}, alone {expected[key]!r}" for key, told in found if told != expected[key]]
            right, places = right + sum(told == expected[key] for key, told in found), places + saw
            if not warm_mb and right + len(wrong) >= count * len(expected):
                warm_mb = _resident_mb(pid)  # everybody has seen every pair
        full_mb = _resident_mb(pid)
        grown = full_mb > GROWTH * warm_mb
        pulse.end()
        sessions.close()
        time.sleep(GONE_S)
        gone_mb = _resident_mb(pid)
        browser.close()
    said = [
        line for line in (folder / "log").read_text().splitlines() if re.search("error|warning|traceback", line, re.I)
    ]
    print(*wrong, *said, sep="\n")
    print(f"sessions: {count} at once, {right} verdicts equal to those alone, {len(wrong)} others")
    print(f"health: {pulse.asked} asked, {pulse.failures} without an answer, the slowest after {pulse.slowest_s:.1f} s")
    print(f"place: {places} times a page that waited said how many are before it")
    print(
        f"memory: {before_mb} MB before, {warm_mb} once everybody had seen every pair, {full_mb} after the verdicts, "
        f"{gone_mb} when the sessions had gone"
    )
    print(f"log: {len(said)} lines of an error or a warning")
    return len(wrong) + pulse.failures + len(said) + grown + (not places)


def alone() -> dict[str, str]:
    """What a verdict on each bundled pair rests on, in words, by the key of the pair."""
    checkpoint = load_checkpoint(MODEL)
    pairs = {key: one for key, one in examples().items() if one.truth != "choose"}
    subjects = {path: find_subject(path, path.name) for one in pairs.values() for path in (one.a, one.b)}
    return {key: compare(subjects[one.a], subjects[one.b], checkpoint).reason for key, one in pairs.items()}


def _asked(visits: list[Visit], keys: list[str], turn: int) -> tuple[list[tuple[str, str]], int]:
    """Every session opens another pair at the same time.

    Returns: the pair and what the page says, of each; how many told their place in the queue meanwhile.
    """
    wanted = [keys[(number + turn + turn // len(visits)) % len(keys)] for number in range(len(visits))]
    for visit, key in zip(visits, wanted, strict=True):
        visit.page.goto(f"{visit.address}/verify?example={key}&model={MODEL}", wait_until="commit")
    waited = set()
    for _ in range(LOOKS):
        waited |= {number for number, visit in enumerate(visits) if visit.page.get_by_text(PLACE).count()}
        time.sleep(LOOK_S)
    return [(key, _told(visit.page)) for visit, key in zip(visits, wanted, strict=True)], len(waited)


def _told(page: Page) -> str:
    try:
        return page.get_by_text(re.compile("The distance is")).first.inner_text()
    except Error as error:
        return f"nothing ({str(error).splitlines()[0]})"


def _resident_mb(pid: int) -> int:
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(kilobytes) // 1024

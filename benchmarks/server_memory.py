"""What the app's server holds: after page loads, for each session with two scenes, and when the sessions have ended."""

import re
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS, Visit, running_process, visiting
from ui.loaders import EXAMPLES_FOLDER

PAGE_LOADS, SESSIONS = 20, 3
SCENE_S, FRAMES_PER_SECOND = 30, 10
ENDED_S = 60  # after the last session
SCENES = ("street-camera1.mp4", "street-camera2.mp4")
UPLOADERS = ("First video", "Second video")


def measure() -> dict[str, float]:
    """Resident memory in GB: after a page, after many, more for each session; and in the end over that before them.

    The first sessions load what no page before them needed: so there are as many again, and the end of these over that.
    """
    with tempfile.TemporaryDirectory() as folder, running_process() as (address, pid), sync_playwright() as playwright:
        scenes = [longer(EXAMPLES_FOLDER / name, Path(folder, name), SCENE_S) for name in SCENES]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        _load(browser, address, 1)
        start = _resident_gb(pid)
        _load(browser, address, PAGE_LOADS)
        loaded = _resident_gb(pid)
        full, ended = _sessions(browser, address, pid, scenes)
        _, again = _sessions(browser, address, pid, scenes)
        browser.close()
    return {
        "server_start_gb": start,
        "server_loaded_gb": loaded,
        "server_session_gb": (full - loaded) / SESSIONS,
        "server_ended_over_loaded": ended / loaded,
        "server_ended_again_over_ended": again / ended,
    }


def _sessions(browser: Browser, address: str, pid: int, scenes: list[Path]) -> tuple[float, float]:
    """Resident memory in GB: with two scenes in each of some sessions, and a minute after the last has ended."""
    with ExitStack() as sessions:
        for _ in range(SESSIONS):
            visit = sessions.enter_context(visiting(address, browser))
            visit.open("verify?example=own")
            take(visit, scenes)
        full = _resident_gb(pid)
    time.sleep(ENDED_S)
    return full, _resident_gb(pid)


def _load(browser: Browser, address: str, times: int) -> None:
    for _ in range(times):
        with visiting(address, browser) as visit:
            visit.open()


def take(visit: Visit, scenes: list[Path]) -> None:
    """Upload two scenes to Verify, until the people of both are found."""
    for name, scene in zip(UPLOADERS, scenes, strict=True):
        uploader = visit.page.get_by_role("region", name=name)
        uploader.locator("input").set_input_files(scene)
        uploader.get_by_role("button", name=re.compile("^Remove")).wait_for()
        visit.settle()


def longer(path: Path, out: Path, seconds: int) -> Path:
    """A video again and again for so many seconds."""
    with av.open(path) as file:
        frames = [np.ascontiguousarray(frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]
    with av.open(out, "w") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.options = "yuv420p", {"preset": "veryfast"}
        for number in range(seconds * FRAMES_PER_SECOND):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frames[number % len(frames)], format="rgb24")))
        container.mux(stream.encode())
    return out


def _resident_gb(pid: int) -> float:
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(kilobytes) / 1e6

"""Train in a browser: make people, start, stop, close the browser, come back, resume, and look at the result."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import running_app, visiting
from ui.library import SETTING
from ui.train.data import FOLDER

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of an app that has neither runs nor data sets of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTING, str(tmp_path_factory.mktemp("runs")))
        patch.setenv(FOLDER, str(tmp_path_factory.mktemp("data")))
        with running_app() as address:
            yield address


def job(page: Page, name: str):
    """What the page tells of a job; while it is drawn anew, twice."""
    return page.locator('[class*="st-key-job"]').filter(has_text=name).first


def test_a_training_is_started_stopped_left_alone_and_resumed_and_its_run_is_found(server, browser):
    expect.set_options(timeout=300_000)
    with visiting(server, browser) as visit:
        visit.open()
        page = visit.open("train")
        page.get_by_role("button", name="Make a data set").click()
        page.get_by_role("button", name="Make tiny").click()
        expect(job(page, "data set tiny")).to_contain_text("done")
        expect(page.get_by_role("button", name="Start")).to_be_visible()
        visit.settle()
        page.goto(f"{server}/train?train_head=mean&recipe=small&preset=fast")
        visit.settle()
        page.get_by_role("button", name="Start").click()
        expect(job(page, "tiny-mean")).to_contain_text(re.compile("epoch [2-9]"))
        job(page, "tiny-mean").get_by_role("button", name="Stop").click()
        expect(job(page, "tiny-mean")).to_contain_text("stopped")
    with visiting(server, browser) as visit:
        page = visit.open("train")
        job(page, "tiny-mean").get_by_role("button", name="Resume").click()
        expect(job(page, "tiny-mean")).to_contain_text("running")
    with visiting(server, browser) as visit:
        page = visit.open("train")
        expect(job(page, "tiny-mean")).to_contain_text("done")
        visit.settle()
        job(page, "tiny-mean").get_by_role("link", name="Use in Verify").click()
        expect(page.get_by_text("tiny-mean/split_0").first).to_be_visible()
        visit.settle()

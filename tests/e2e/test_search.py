"""Search in a browser: index a clip, ask, jump to the moment, say yes, the link does it again; ten users at once."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from playwright.sync_api import Locator, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from reid_core.model import load_checkpoint
from reid_core.search import changes, find, identities, open_index, span, stored
from tests.e2e.conftest import Visit, choose, themes, visiting
from ui.loaders import EXAMPLES_FOLDER
from ui.search.indexes import BUNDLED
from ui.search.words import found_in_words, sure_in_words

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]
REST_MS = 500


def opened(visit: Visit, link: str = "search") -> Page:
    page = visit.open(link)
    expect(timeline(page)).to_be_visible()
    visit.settle()
    return page


def timeline(page: Page) -> Locator:
    return page.get_by_role("group", name=re.compile("^Time line"))


def hits(page: Page) -> Locator:
    return page.locator('[class*="st-key-hit"]')


def at_rest(rows: Locator) -> list[str]:
    """Their texts, once two looks see the same: what an earlier run left goes a moment after the script has ended."""
    seen = rows.all_inner_texts()
    while True:
        rows.page.wait_for_timeout(REST_MS)
        now = rows.all_inner_texts()
        if now == seen:
            return now
        seen = now


def test_a_bar_is_clicked_its_person_looked_for_a_hit_played_and_confirmed_and_the_link_does_it_again(visit):
    page = opened(visit)
    timeline(page).get_by_role("button", name=re.compile("tracklet 5,")).click()
    film = page.get_by_role("figure")
    expect(film).to_be_visible()
    expect(film.locator(".box.chosen")).to_be_visible()
    drawn, around = (film.locator(part).bounding_box() for part in ("video", ".screen"))
    assert drawn == pytest.approx(around, abs=1), "boxes are shares of what is around the film"
    page.get_by_role("button", name="Look for this person").click()
    expect(page).to_have_url(re.compile("query=5"))
    expect(film).to_have_count(0)
    visit.settle()
    first = hits(page).first
    first.get_by_role("button", name=re.compile("^Play")).click()
    expect(film).to_be_visible()
    box = film.locator(".box.chosen")
    expect(box).to_be_visible()
    told = first.get_by_text(re.compile(r"\d:\d\d to")).inner_text()
    first.get_by_role("button", name="It is", exact=True).click()
    expect(page).to_have_url(re.compile("yes="))
    expect(page.get_by_role("heading", name=re.compile("and 1 confirmed"))).to_be_visible()
    visit.settle()
    before = at_rest(hits(page))
    assert told.split("\n")[0] in before[0]
    page.reload()
    visit.settle()
    expect(page.get_by_role("heading", name=re.compile("and 1 confirmed"))).to_be_visible()
    expect(film).to_be_visible()
    expect(hits(page)).to_have_count(len(before))
    assert at_rest(hits(page)) == before


def test_somebody_in_the_paused_film_is_clicked_and_played_instead(visit):
    page = opened(visit, "search?play=line.4")
    film = page.get_by_role("figure")
    lane = film.get_by_role("button", name=re.compile("^Tracklet 3,"))
    lane.click()
    expect(page).to_have_url(re.compile("play=line.3"))
    expect(film.get_by_role("button", name=re.compile("^Tracklet 3,"))).to_have_attribute("aria-pressed", "true")
    visit.settle()


def test_who_may_be_several_people_has_a_line_where_his_looks_change(visit, footage):
    own = shutil.copytree(BUNDLED, footage / "marked")
    shutil.copy(BUNDLED.parent / "gate.mp4", footage)
    one = open_index(own).tracklet(5)
    middle = (one.start_s + one.end_s) / 2
    open_index(own).tracklets.update(where="tracklet = 5", values={"jumps_s": [middle]})
    page = opened(visit, f"search?index={own}&play=line.5")
    bar = timeline(page).get_by_role("button", name=re.compile(f"tracklet 5, .*{changes([middle])[0]}$"))
    expect(timeline(page).locator(".jump")).to_have_count(1)
    whole, line = (drawn.bounding_box() for drawn in (bar, bar.locator(".jump")))
    assert line["x"] - whole["x"] == pytest.approx(whole["width"] / 2, abs=3)
    film = page.get_by_role("figure")
    expect(film.locator(".jump")).to_have_count(1)
    expect(film.get_by_role("button", name=re.compile("^Tracklet 5,"))).to_have_attribute(
        "title", re.compile(changes([middle])[0])
    )


def test_a_clip_is_indexed_by_a_process_of_its_own_and_searched(visit, footage):
    shutil.copy(EXAMPLES_FOLDER / "street-camera1.mp4", footage / "clip.mp4")
    page = opened(visit)
    page.get_by_text("Index your own videos").click()
    visit.settle()
    page.get_by_label("A video or a folder of videos").fill(str(footage / "clip.mp4"))
    page.get_by_role("textbox", name="Folder for the index").fill(str(footage / "index"))
    page.get_by_role("button", name="Index", exact=True).click()
    expect(page.get_by_text(re.compile("1 of 1 videos")).first).to_be_visible()  # it is read out, too
    visit.settle()
    choose(page.get_by_test_id("stSelectbox").first.get_by_role("combobox"), page.get_by_role("option", name="index"))
    expect(page).to_have_url(re.compile("index="))
    expect(timeline(page).get_by_role("group", name="clip")).to_be_visible()
    visit.settle()
    expect(page.get_by_role("heading", name="Nobody")).to_be_visible()  # the three in it are three people
    timeline(page).get_by_role("button", name=re.compile("tracklet 2,")).click()
    expect(page.get_by_role("figure")).to_be_visible()
    page.reload()
    visit.settle()
    expect(timeline(page).get_by_role("group", name="clip")).to_be_visible()
    visit.settle()


def test_on_a_phone_everything_is_within_reach(server, browser):
    with visiting(server, browser, viewport={"width": 390, "height": 844}) as visit:
        page = opened(visit, "search?query=5&play=hit.44")
        for look in themes(page):
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, look
            for part in (timeline(page), hits(page).first, page.get_by_role("figure")):
                box = part.bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= 390, look
        rows = [hits(page).last, page.locator(".stColumn").filter(has_text="Looking for").first]
        high = [row.bounding_box()["height"] for row in rows]
        page.add_style_tag(content="[class*=st-key-hit] img, .stColumn img { display: none !important; }")
        assert [row.bounding_box()["height"] for row in rows] == high, "strips have their place before they are there"


def test_the_arrow_keys_go_from_bar_to_bar(visit):
    page = opened(visit)
    bars = timeline(page).get_by_role("group", name="gate").get_by_role("button")
    bars.first.focus()
    page.keyboard.press("ArrowRight")
    expect(bars.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("figure")).to_be_visible()
    visit.settle()


def told(session: ClientConnection, query: int) -> tuple[str, ...]:
    """What the page says to a session, as its browser is told: how often somebody was found, and the best hits."""
    asked = BackMsg()
    asked.rerun_script.page_name, asked.rerun_script.query_string = "search", f"query={query}"
    session.send(asked.SerializeToString())
    said = list[str]()
    while True:
        message = ForwardMsg.FromString(session.recv())
        element = message.delta.new_element
        said += [text for text in (element.heading.body, element.markdown.body) if text]
        if message.WhichOneof("type") == "script_finished":
            found = re.compile(r"Found|Nobody|\*\*\w+, \d")
            return tuple(text for text in said if found.match(text))


def test_ten_users_who_search_one_index_at_once_are_each_told_what_one_alone_is(server):
    index, checkpoint = open_index(BUNDLED), load_checkpoint("utrcnn")
    queries = sorted(set(identities(index, checkpoint).identity))
    with ExitStack() as stack, ThreadPoolExecutor(len(queries)) as users:
        address = server.replace("http", "ws") + "/_stcore/stream"
        sessions = [stack.enter_context(connect(address, subprotocols=["streamlit"], proxy=None)) for _ in queries]
        answers = list(users.map(told, sessions, queries))
    assert len(queries) == 10 and len(set(answers)) == 10
    for query, answer in zip(queries, answers, strict=True):
        hits = find(stored(index, query), [index], checkpoint).within
        rows = [f"**{h.camera}, {span(h.start_s, h.end_s)}**  \n{sure_in_words(h.probability_same)}" for h in hits]
        assert answer[: 1 + len(hits)] == (found_in_words(0, len(hits), True), *rows)

"""Search: what it shows is what the core finds, and what the user says of it counts."""

import re
import shutil

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import StopException

from reid_core import jobs as runner
from reid_core.jobs import jobs
from reid_core.model import load_checkpoint
from reid_core.search import Query, changes, find, open_index, refined, span, stored
from ui.library import SETTING as RUNS
from ui.loaders import examples
from ui.pickers import GONE
from ui.search.indexes import BUNDLED
from ui.search.own import SETTING
from ui.search.words import BY_HAND, JUMPS, among_in_words

YELLOW = 1  # the first tracklet of the bundled index; whom it shows passes both cameras


@pytest.fixture
def search(open_page):
    return open_page("pages/search.py")


def titles(page):
    """Camera and times of the hits that are shown, in order."""
    return [found[1] for one in page.markdown if (found := re.match(r"\*\*(\w+, [\d:]+ to [\d:]+)\*\*", one.value))]


def told(hits):
    return [f"{hit.camera}, {span(hit.start_s, hit.end_s)}" for hit in hits]


def expected(query):
    return find(query, [open_index(BUNDLED)], load_checkpoint("utrcnn"))


def linked(page, key):
    """What the link says; AppTest tells it as a text or as a list of one."""
    value = page.query_params[key]
    return value if isinstance(value, str) else value[0]


def press(page, label):
    return next(button for button in page.button if button.key == label).click().run()


def test_hits_are_there_without_a_click_and_are_those_of_the_core(search):
    search.run()
    assert not search.exception and not search.error
    answer = expected(stored(open_index(BUNDLED), YELLOW))
    within = told(answer.within)
    assert len(within) > 1
    assert titles(search)[: len(within)] == within
    assert search.header[2].value == f"Found {len(within)} times"


def test_a_confirmed_hit_stands_first_and_moves_the_query(search):
    index = open_index(BUNDLED)
    last = expected(stored(index, YELLOW)).within[-1]
    search.run()
    press(search, f"It is {last.tracklet} hit")
    assert linked(search, "yes") == str(last.tracklet)
    assert titles(search)[0] == told([last])[0]
    moved = refined(stored(index, YELLOW), [index.tracklet(last.tracklet).embedding])
    sure = {hit.tracklet: hit.probability_same for hit in expected(moved).hits}
    assert any(f"{100 * sure[last.tracklet]:.0f} %" in one.value for one in search.markdown)
    press(search, f"It is {last.tracklet} hit")
    assert "yes" not in search.query_params


def test_a_rejected_hit_stands_last_and_apart(search):
    first = expected(stored(open_index(BUNDLED), YELLOW)).within[0]
    search.run()
    press(search, f"It is not {first.tracklet} hit")
    assert titles(search)[-1] == told([first])[0]
    assert any("Rejected by you" in one.value for one in search.markdown)


def test_a_hit_is_played_and_closed(search):
    first = expected(stored(open_index(BUNDLED), YELLOW)).within[0].tracklet
    search.run()
    press(search, f"play {first}")
    assert not search.error
    assert "Film (MP4)" in [one.label for one in search.get("download_button")]
    press(search, f"play {first}")
    assert "Film (MP4)" not in [one.label for one in search.get("download_button")]


def test_who_may_be_several_people_is_marked_on_his_row_and_above_the_time_line(search, tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, str(tmp_path))
    own = shutil.copytree(BUNDLED, tmp_path / "own")
    hit = expected(stored(open_index(BUNDLED), YELLOW)).within[0]
    middle = (hit.start_s + hit.end_s) / 2
    open_index(own).tracklets.update(where=f"tracklet = {hit.tracklet}", values={"jumps_s": [middle]})
    search.run()
    assert JUMPS not in [one.value for one in search.caption]
    search.query_params["index"] = str(own)
    search.run()
    (row,) = [one.value for one in search.markdown if changes([middle])[0] in one.value]
    assert row.startswith(f"**{told([hit])[0]}**")
    assert JUMPS in [one.value for one in search.caption]
    search.query_params["query"] = str(hit.tracklet)
    search.run()
    assert f"{told([hit])[0]}; {changes([middle])[0]}" in [one.value for one in search.caption]


def test_somebody_else_is_looked_for_from_the_film_of_a_hit(search):
    search.query_params.update(query=str(YELLOW), play="line.5")
    search.run()
    press(search, "ask 5 line")
    assert linked(search, "query") == "5"
    within = told(expected(stored(open_index(BUNDLED), 5)).within)
    assert titles(search)[: len(within)] == within


def test_a_person_who_is_not_in_the_footage_is_nobody(search):
    search.run()
    clip = examples()["same"].a
    search.file_uploader(key="upload query").set_value((clip.name, clip.read_bytes(), "video/mp4")).run()
    assert not search.exception and not search.error
    assert search.header[2].value == "Nobody"
    assert len(told(expected(stored(open_index(BUNDLED), YELLOW)).hits)) > len(titles(search)) > 3  # the nearest


def test_a_person_of_another_video_is_found_and_the_link_alone_finds_him_again(search, open_page):
    search.run()
    clip = examples()["street"].a
    search.file_uploader(key="upload query").set_value((clip.name, clip.read_bytes(), "video/mp4")).run()
    assert search.header[2].value.startswith("Found")
    assert among_in_words(0.9, 48) in [one.value for one in search.caption]
    other = open_page("pages/search.py")
    other.query_params["query"] = linked(search, "query")
    other.run()
    assert titles(other) == titles(search)
    assert any("no longer here" in one.value for one in other.caption)
    other.query_params.clear()  # as one comes back from another page
    other.run()
    assert titles(other) == titles(search)


def test_a_picture_that_was_not_read_to_its_end_is_asked_for_and_nobody_else_takes_its_place(
    search, open_page, monkeypatch
):
    def stopped(*_):
        raise StopException  # as a click on Stop ends the run that waits

    search.run()
    clip = examples()["street"].a
    with monkeypatch.context() as patch:
        patch.setattr("ui.search.query.waited_for", stopped)
        search.file_uploader(key="upload query").set_value((clip.name, clip.read_bytes(), "video/mp4")).run()
    search.session_state["stopped"] = True
    search.run()
    assert clip.name in search.info[0].value and not titles(search)

    lost = open_page("pages/search.py")  # as a reload begins
    lost.query_params.update(dict(search.query_params.items()))
    lost.run()
    assert [one.value for one in lost.warning] == [f"Upload {clip.name} again: {GONE}"]
    assert not titles(lost) and not lost.exception
    lost.query_params.clear()  # as one comes back from another page
    lost.run()
    assert lost.warning and not titles(lost) and linked(lost, "file") == clip.name
    lost.file_uploader(key="upload query").set_value((clip.name, clip.read_bytes(), "video/mp4")).run()
    assert not lost.warning and titles(lost) and "file" not in lost.query_params

    next(button for button in search.button if button.label == "Go on").click().run()
    assert titles(search) == titles(lost)
    again = open_page("pages/search.py")
    again.query_params["file"] = clip.name
    again.run()
    next(button for button in again.button if "instead" in button.label).click().run()
    assert titles(again)


def test_what_cannot_be_read_is_one_sentence(search):
    search.run()
    search.file_uploader(key="upload query").set_value(("person.png", b"no picture", "image/png")).run()
    assert [one.value for one in search.error] == [
        "person.png: this is not a picture that can be read (.png, .jpg, .jpeg, .bmp, .webp, .tif, .tiff, .ppm, .pgm)"
    ]
    assert titles(search) and "file" not in search.query_params


def test_a_folder_that_is_no_index_is_told(search, tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, str(tmp_path))
    search.query_params["index"] = str(tmp_path / "none")
    search.run()
    assert "must be an index" in search.error[0].value


def test_folders_beside_the_one_that_is_allowed_are_refused(search, tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, str(tmp_path))
    search.run()
    for name, value in {"videos": "/", "folder": str(tmp_path / "index")}.items():
        search.text_input(key=f"own {name}").set_value(value)
    next(button for button in search.button if button.label == "Index").click().run()
    assert [one.value for one in search.error] == [f"/ must be below {tmp_path}"]


def test_a_name_that_the_system_does_not_take_is_refused(search, tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, str(tmp_path))
    longest = str(tmp_path / ("x" * 300))
    search.query_params["index"] = longest
    search.run()
    assert ["must be a place that can be looked at" in one.value for one in search.error] == [True]
    del search.query_params["index"]
    for name, value in {"videos": str(tmp_path), "folder": longest}.items():
        search.text_input(key=f"own {name}").set_value(value)
    next(button for button in search.button if button.label == "Index").click().run()
    assert not search.exception
    assert ["must be a place that can be looked at" in one.value for one in search.error] == [True]


def test_a_video_waits_its_turn_in_the_queue_is_found_by_another_session_and_goes_with_its_index(
    search, open_page, tmp_path, monkeypatch
):
    monkeypatch.setenv(SETTING, str(tmp_path))
    monkeypatch.setenv(RUNS, str(tmp_path / "runs"))
    monkeypatch.setattr(runner, "wake", lambda root: None)
    (tmp_path / "gate.mp4").write_bytes(b"read by nobody here")
    search.run()
    for name, value in {"videos": tmp_path / "gate.mp4", "folder": tmp_path / "index"}.items():
        search.text_input(key=f"own {name}").set_value(str(value))
    index = next(button for button in search.button if button.label == "Index")
    index.click().run()
    (job,) = jobs(tmp_path / "runs")
    assert not search.exception and not search.error and job.state == "waiting"
    assert job.words == ("index", str(tmp_path / "gate.mp4"), "--out", str(tmp_path / "index"))
    index.click().run()
    assert "is being indexed already" in search.error[0].value
    other = open_page("pages/search.py").run()
    press(other, f"Take out {job.key}")
    assert [job.state for job in jobs(tmp_path / "runs")] == ["stopped"]
    press(other, f"Resume {job.key}")
    assert [job.state for job in jobs(tmp_path / "runs")] == ["waiting"]
    shutil.copytree(BUNDLED, tmp_path / "index")
    press(other.run(), f"delete {tmp_path / 'index'}")
    assert not (tmp_path / "index").exists() and not jobs(tmp_path / "runs")


def people(page):
    """How many people the time line tells of."""
    return next(int(told[1]) for one in page.caption if (told := re.search(r"tracklets of (\d+) people", one.value)))


def test_people_of_an_own_index_are_named_merged_and_split_by_hand(search, tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, str(tmp_path))
    own = shutil.copytree(BUNDLED, tmp_path / "own")
    search.query_params.update(index=str(own), play="line.5")
    search.run()
    before = people(search)
    search.text_input(key="name 5").set_value("Ada")
    press(search, "rename")
    assert any(one.value.startswith("**Person Ada, seen") for one in search.markdown)
    press(search, "merge")
    assert people(search) == before - 1 and not search.exception
    press(search, "split")
    assert people(search) == before and "**Person Ada, seen 1 time**" in [one.value for one in search.markdown]


def test_a_video_is_taken_out_of_an_own_index_unless_it_is_being_written(search, tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, str(tmp_path))
    own = shutil.copytree(BUNDLED, tmp_path / "own")
    search.query_params["index"] = str(own)
    search.run()
    listed = search.selectbox(key=f"removed {own}")
    assert [option.split(" (")[0] for option in listed.options] == ["gate, gate.mp4", "square, square.mp4"]
    with open_index(own).writing():
        press(search, f"remove {own}")
        assert "is being written by another process" in search.error[0].value
    press(search, f"remove {own}")
    assert not search.exception and open_index(own).cameras().keys() == {"square"}
    assert all(title.startswith("square") for title in titles(search))


def test_people_of_the_bundled_index_are_not_changed(search):
    search.query_params.update(play="line.5")
    search.run()
    assert BY_HAND in [one.value for one in search.caption]
    assert "merge" not in [one.key for one in search.button]


def test_the_embedding_of_a_link_says_what_the_core_says():
    index = open_index(BUNDLED)
    one = index.tracklet(YELLOW)
    same = expected(Query("somebody", one.embedding.astype(np.float16).astype(np.float32)))
    assert same.hits[0].tracklet == YELLOW

"""Indexing as a process: it is told how far it is, stopped, and gone on with, whoever began it."""

import json
import sys
import time

import pytest

from reid_core.model import load_checkpoint
from reid_core.search import IndexedVideo, create
from ui.search import jobs

SLEEPS = (sys.executable, "-c", "import time; time.sleep(60)")
FAILS = (sys.executable, "-c", "import sys; print('error: no disk', file=sys.stderr); sys.exit(2)")


@pytest.fixture
def videos(tmp_path):
    """Two files with the names of videos."""
    paths = [tmp_path / "videos" / name for name in ("one.mp4", "two.mp4")]
    paths[0].parent.mkdir()
    for path in paths:
        path.write_bytes(path.name.encode())
    return paths


def made(place, videos, parts):
    """An index that has come so far with each video, of ten seconds."""
    index = create(place, load_checkpoint("mean"), "mean")
    for video, part in zip(videos, parts, strict=True):
        known = IndexedVideo(video.name, video.name, str(video), "gate", 1, 10.0, 5.0, 1, 10 * part, part == 1)
        index.append(known, [])
    return index


def ended(job):
    for _ in range(600):
        if not jobs.state_of(job).running:
            return jobs.state_of(job)
        time.sleep(0.05)
    raise AssertionError("the process goes on")


def test_a_process_is_begun_told_of_and_stopped(tmp_path, videos, monkeypatch):
    monkeypatch.setattr(jobs, "COMMAND", SLEEPS)
    job = jobs.begin(tmp_path / "index", (str(videos[0].parent),), None)
    state = jobs.state_of(job)
    assert state.running and (state.done, state.of, state.share) == (0, 2, 0)
    assert jobs.job_at(tmp_path / "index") == job
    with pytest.raises(ValueError, match="is being indexed already"):
        jobs.begin(tmp_path / "index", job.videos, None)
    jobs.stop(job)
    assert not ended(job).finished


def test_the_share_is_of_all_videos_and_the_one_that_is_read_is_named(tmp_path, videos, monkeypatch):
    monkeypatch.setattr(jobs, "COMMAND", SLEEPS)
    made(tmp_path / "index", videos, (1, 0.5))
    job = jobs.begin(tmp_path / "index", (str(videos[0].parent),), None)
    state = jobs.state_of(job)
    assert (state.done, state.of, state.share, state.at.video) == (1, 2, 0.75, "two.mp4")
    assert state.left_s is None  # nothing was gained yet
    jobs.stop(job)
    ended(job)


def test_what_a_process_said_last_is_told(tmp_path, videos, monkeypatch):
    monkeypatch.setattr(jobs, "COMMAND", FAILS)
    job = jobs.begin(tmp_path / "index", (str(videos[0]),), None)
    assert ended(job).problem == "error: no disk"


def test_a_process_of_another_server_that_is_gone_does_not_run(tmp_path, videos):
    made(tmp_path / "index", videos, (1, 1))
    job = jobs.Job(str(tmp_path / "index"), tuple(map(str, videos)), None, 1, time.time() - 2 * jobs.STARTS_S)
    state = jobs.state_of(job)  # process 1 is there, but it does not write this index
    assert not state.running and state.finished


def test_the_command_is_that_of_the_command_line(tmp_path, videos, monkeypatch):
    echo = (sys.executable, "-c", "import sys, json; print('warning: ' + json.dumps(sys.argv[1:]))")
    monkeypatch.setattr(jobs, "COMMAND", echo)
    job = jobs.begin(tmp_path / "index", (str(videos[0]),), "north gate")
    words = json.loads(ended(job).problem.removeprefix("warning: "))
    assert words == [str(videos[0]), "--out", str(tmp_path / "index"), "--camera", "north gate"]


def test_an_index_is_not_made_among_other_files(tmp_path, videos):
    with pytest.raises(ValueError, match="must be made in a folder that is new or empty"):
        jobs.begin(videos[0].parent, (str(videos[0]),), None)
    with pytest.raises(ValueError, match="there is nothing"):
        jobs.begin(tmp_path / "index", (str(tmp_path / "none.mp4"),), None)
    assert jobs.job_at(tmp_path / "index") is None

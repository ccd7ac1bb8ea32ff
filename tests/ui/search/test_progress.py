"""Indexing as a job: its words are a command's, and how far it is is read from the index."""

from dataclasses import replace
from pathlib import Path

import pytest

from reid_core.__main__ import parsed
from reid_core.commands.progress import Bars
from reid_core.jobs import Job
from reid_core.model import load_checkpoint
from reid_core.progress import BARS
from reid_core.search import IndexedVideo, create
from ui.search.progress import index_command, jobs_by_place, progress_of
from ui.search.words import at_in_words


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


def job_for(place, *videos, key="1"):
    return Job(key, "index", index_command(place, tuple(map(str, videos)), None), "running", "")


def test_the_words_are_those_of_the_command_line(tmp_path, videos):
    words = index_command(tmp_path / "index", (str(videos[0]),), "north gate")
    command = parsed(words[0], list(words[1:]))
    assert (command.videos, command.out, command.camera) == ((videos[0],), str(tmp_path / "index"), "north gate")


def test_nothing_is_done_before_there_is_an_index(tmp_path, videos):
    found = progress_of(job_for(tmp_path / "index", videos[0].parent))
    assert (found.share, found.done, found.of, found.at) == (0, 0, 2, None)


def test_the_share_is_of_the_videos_asked_for_and_the_one_that_is_read_is_named(tmp_path, videos):
    made(tmp_path / "index", videos, (1, 0.5))
    found = progress_of(job_for(tmp_path / "index", videos[0].parent))
    assert (found.done, found.of, found.share, found.at.video.video) == (1, 2, 0.75, "two.mp4")
    one = progress_of(job_for(tmp_path / "index", videos[0]))
    assert (one.done, one.of, one.share, one.at) == (1, 1, 1, None)


def test_between_segments_it_is_told_how_far_the_process_has_looked(tmp_path, videos, monkeypatch, capsys):
    monkeypatch.setenv(BARS, "1")
    made(tmp_path / "index", videos, (1, 0))
    job = job_for(tmp_path / "index", videos[0].parent)
    with Bars("two.mp4 (2 of 2)") as bars:
        bars("index", 8, 10)
        bars.note("39 frames, 3 people, 2 s left")
        bars.bar.refresh()
        told = capsys.readouterr().err.split("\r")[-1].strip()
    found = progress_of(replace(job, said=told))
    assert found.share == 0.9
    assert (
        at_in_words(found.at) == "two.mp4, up to 0:08 of 0:10: 39 frames looked at, 3 people found since it was begun"
    )
    assert at_in_words(progress_of(job).at) == "two.mp4, up to 0:00 of 0:10"


def test_of_an_index_the_last_job_counts_and_other_jobs_have_none(tmp_path, videos):
    first, second = (job_for(tmp_path / "index", videos[0], key=key) for key in "12")
    train = Job("3", "mine", ("train", "--out", str(tmp_path / "index")), "done", "")
    assert jobs_by_place((first, second, train)) == {str(tmp_path / "index"): second}


def test_an_index_is_not_made_among_other_files(tmp_path, videos):
    with pytest.raises(ValueError, match="must be made in a folder that is new or empty"):
        index_command(videos[0].parent, (str(videos[0]),), None)
    with pytest.raises(ValueError, match="there is nothing"):
        index_command(tmp_path / "index", (str(tmp_path / "none.mp4"),), None)


def test_videos_that_are_gone_are_told(tmp_path, videos):
    job = job_for(tmp_path / "index", videos[0])
    Path(videos[0]).unlink()
    with pytest.raises(ValueError, match="there is nothing"):
        progress_of(job)

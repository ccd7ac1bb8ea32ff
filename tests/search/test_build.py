import signal
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import numpy as np
import pytest

from reid_core.search import Index, Source, build, create, open_index, sources
from reid_core.video.best import Best
from tests.search.street import SHORT_S, SWAPPED, Seer, Walk, checkpoint, index_aloud, indexed, saved_checkpoint, street

MOMENTS = 10


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reid_core.video.sightings.SEGMENT_S", SHORT_S)


def busy(path: Path) -> Path:
    walks = [Walk(n % 6, 25 * n, 25 * n + 15 + n % 3, 20 + n) for n in range(8)]
    return street(path, [*walks, Walk(5, 60, 90, 10)], 210)


def rows(index: Index) -> list[tuple[object, ...]]:
    """All that is stored of every tracklet, in comparable form."""
    every = index.some(index.table().tracklet.tolist())
    return [
        (
            one.tracklet,
            one.segment,
            one.times_s.tobytes(),
            one.boxes.tobytes(),
            one.strip,
            one.embedding.round(5).tolist(),
        )
        for one in every
    ]


def test_every_walk_is_a_tracklet_with_its_times(tmp_path: Path) -> None:
    video = street(tmp_path / "a.mkv", [Walk(0, 0, 40), Walk(1, 20, 50, 20)], 80)
    table = indexed(tmp_path / "index", (video, "gate")).table()
    assert table[["start_s", "end_s"]].to_numpy().tolist() == [[0.0, 7.8], [4.0, 9.8]]


def test_when_the_looks_of_a_tracklet_change_is_told(tmp_path: Path) -> None:
    swapped, plain = (street(tmp_path / f"{n}.mkv", walks, 60) for n, walks in enumerate((SWAPPED, [Walk(0, 0, 56)])))
    index = indexed(tmp_path / "index", (swapped, "gate"), (plain, "square"))
    assert [one.jumps_s.tolist() for one in index.some([1, 2])] == [[5.6], []]
    assert index.table().jumps_s.tolist() == [(5.6,), ()]


def test_indexing_again_adds_only_what_is_new(tmp_path: Path) -> None:
    first = street(tmp_path / "a.mkv", [Walk(0, 0, 40)], 60)
    index = indexed(tmp_path / "index", (first, "gate"))
    copy = tmp_path / "other-name.mkv"
    copy.write_bytes(first.read_bytes())
    second = street(tmp_path / "b.mkv", [Walk(1, 0, 40)], 60)
    steps = list(build(index, [Source(copy, "gate"), Source(second, "gate")], checkpoint(), Seer()))
    assert [step.state for step in steps if step.video == 0] == ["reading", "known"]
    assert index.table().video.tolist() == ["a.mkv", "b.mkv"]


def test_progress_tells_time_frames_and_people(tmp_path: Path) -> None:
    video = street(tmp_path / "a.mkv", [Walk(0, 0, 40)], 60)
    index = create(tmp_path / "index", checkpoint(), "tiny")
    steps = [s for s in build(index, [Source(video, "gate")], checkpoint(), Seer()) if s.state == "indexing"]
    assert [step.looks for step in steps] == list(range(1, 62))
    assert [step.done_s for step in steps][:3] == [0.0, 0.2, 0.4] and steps[0].whole_s == 12.0
    assert (steps[0].people, steps[-1].people) == (0, 1)
    assert steps[30].left_s > 0 and steps[-1].left_s < 1


@pytest.mark.usefixtures("short_segments")
def test_stopped_anywhere_and_gone_on_with_gives_the_rows_of_an_undisturbed_run(tmp_path: Path) -> None:
    video = busy(tmp_path / "a.mkv")
    undisturbed = rows(indexed(tmp_path / "whole", (video, "gate")))
    assert len(undisturbed) == 9 and len({row[1] for row in undisturbed}) > 3
    for stop in (1, 30, 47, 100, 160, 209):
        index = create(tmp_path / f"stopped{stop}", checkpoint(), "tiny")
        going = build(index, [Source(video, "gate")], checkpoint(), Seer())
        for _ in range(stop):
            next(going)
        going.close()
        assert not index.videos() or not index.videos()[0].finished
        list(build(open_index(index.place), [Source(video, "gate")], checkpoint(), Seer()))
        assert rows(index) == undisturbed


@pytest.mark.usefixtures("short_segments")
def test_killed_at_ten_random_moments_and_gone_on_with_gives_the_rows_of_an_undisturbed_run(
    processes: ForkServerContext, tmp_path: Path
) -> None:
    video, weights = busy(tmp_path / "a.mkv"), saved_checkpoint(tmp_path / "tiny.safetensors")
    undisturbed = rows(indexed(tmp_path / "whole", (video, "gate")))
    rng, place = np.random.default_rng(3), tmp_path / "killed"
    for at_s in np.sort(rng.uniform(0, 40, MOMENTS)).tolist():  # of 42 s
        heard, told = processes.Pipe(duplex=False)
        child = processes.Process(target=index_aloud, args=(place, video, weights, told))
        child.start()
        told.close()
        while heard.recv() < at_s:
            pass
        time.sleep(float(rng.uniform(0, 0.02)))
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL and not open_index(place).videos()[0].finished
    list(build(open_index(place), [Source(video, "gate")], checkpoint(), Seer()))
    assert rows(open_index(place)) == undisturbed


def test_a_video_that_cannot_be_used_is_told_and_the_next_one_begun(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    video = street(tmp_path / "good.mkv", [Walk(0, 0, 40)], 60)
    index = create(tmp_path / "index", checkpoint(), "tiny")
    steps = list(build(index, sources([tmp_path / "broken.mp4", video]), checkpoint(), Seer()))
    assert next(step.problem for step in steps if step.problem).startswith("broken.mp4: this is not a video")
    assert index.table().video.tolist() == ["good.mkv"]


def test_a_camera_is_named_after_the_folder_below_the_given_one_or_the_video(tmp_path: Path) -> None:
    for name in ("one.mp4", "north/two.mp4", "north/three.MP4", "note.txt"):
        (tmp_path / "footage" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "footage" / name).touch()
    found = sources([tmp_path / "footage", tmp_path / "footage" / "north" / "two.mp4"])
    assert [(one.path.name, one.camera) for one in found] == [
        ("three.MP4", "north"),
        ("two.mp4", "north"),
        ("one.mp4", "one"),
        ("two.mp4", "two"),
    ]
    assert {one.camera for one in sources([tmp_path / "footage"], "gate")} == {"gate"}


def test_an_index_of_another_checkpoint_is_not_added_to(tmp_path: Path) -> None:
    index = create(tmp_path / "index", checkpoint(), "tiny")
    with pytest.raises(ValueError, match="make a new index"):
        next(build(index, [], checkpoint(seed=1), Seer()))


def test_of_a_long_track_at_most_64_frames_are_kept_spread_over_all_of_it() -> None:
    best = Best()
    frame = np.random.default_rng(0).integers(0, 256, (HEIGHT := 120, 200, 3), dtype=np.uint8)
    for number in range(1000):
        best.add(number / 5, frame, np.array([50, 20, 80, HEIGHT - 20], np.float32), hidden=False)
    times_s, frames = best.frames(16)
    assert 32 <= len(frames) <= 64 and frames.shape[1:] == (128, 64, 3)
    assert np.diff(times_s).max() <= 2 * 1000 / 5 / 32

import os
import signal
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from reid_core.data import InputConfig, Prepared, load, measure, prepare, read_frames
from reid_core.data.prepared import writable
from tests.data.trees import write_ilids, write_images

CONFIG = InputConfig()
PERSONS = list(range(1, 11))


class StoppedError(Exception):
    pass


def stop_after(tracklets: int) -> object:
    def progress(stage: str, done: int, total: int | None) -> None:
        if done == tracklets:
            raise StoppedError

    return progress


def equal(a: Prepared, b: Prepared) -> bool:
    return (a.fingerprint, a.problems) == (b.fingerprint, b.problems) and all(
        (x.pid, x.camera, x.name) == (y.pid, y.camera, y.name)
        and (x.colour == y.colour).all()
        and (x.flow == y.flow).all()
        for x, y in zip(a.tracklets, b.tracklets, strict=True)
    )


def folders(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.is_dir())


def test_prepared_tracklets_hold_what_measuring_them_gives(tmp_path: Path) -> None:
    write_ilids(tmp_path, PERSONS[:3], frames=4)
    dataset = load("ilids-vid", tmp_path)
    prepared = prepare(dataset, CONFIG)
    assert (prepared.name, prepared.protocol, prepared.pids) == ("ilids-vid", "paper", (1, 2, 3))
    assert len(prepared.tracklets) == 6
    for tracklet, files in zip(prepared.tracklets, dataset.tracklets, strict=True):
        measured = measure(read_frames(files), CONFIG)
        assert (tracklet.pid, tracklet.camera, tracklet.name) == (files.pid, files.camera, files.name)
        assert len(tracklet) == 4
        assert (tracklet.colour == measured.colour).all()
        assert (tracklet.flow == measured.flow).all()
        assert np.abs(tracklet.flow[1:]).max() > 0.5
        assert not tracklet.flow[0].any()


def test_flow_is_computed_once_and_found_again_beside_the_data(tmp_path: Path) -> None:
    write_ilids(tmp_path, PERSONS)
    dataset = load("ilids-vid", tmp_path)
    calls: list[tuple[str, int, int | None]] = []
    first = prepare(dataset, CONFIG, progress=lambda *call: calls.append(call))
    assert calls == [("flow", number, 20) for number in range(1, 21)]
    assert equal(first, prepare(dataset, CONFIG, progress=lambda *call: calls.append(call)))
    assert len(calls) == 20
    assert folders(tmp_path / "i-LIDS-VID" / ".reid_core") == [first.fingerprint]


def test_a_change_of_size_or_data_is_computed_anew_and_one_of_channels_is_not(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2])
    first = prepare(load("ilids-vid", tmp_path), CONFIG)
    smaller = prepare(load("ilids-vid", tmp_path), InputConfig(32, 24, 30, 20))
    same = prepare(load("ilids-vid", tmp_path), InputConfig(channels=("colour",), norm="rcnn"))
    write_images(sequences / "cam1" / "person001", ["cam1_person001_00009.png"])
    longer = prepare(load("ilids-vid", tmp_path), CONFIG)
    (sequences / "cam1" / "person001" / "cam1_person001_00009.png").write_bytes(b"x")
    damaged = prepare(load("ilids-vid", tmp_path), CONFIG)
    assert same.fingerprint == first.fingerprint
    assert len({first.fingerprint, smaller.fingerprint, longer.fingerprint, damaged.fingerprint}) == 4
    assert smaller.tracklets[0].colour.shape == (3, 32, 24, 3)
    assert smaller.tracklets[0].flow.shape == (3, 32, 24, 2)
    assert [len(prepared.tracklets[0]) for prepared in (first, longer, damaged)] == [3, 4, 3]


def test_without_flow_the_colours_alone_are_kept_as_the_same_data(tmp_path: Path) -> None:
    write_ilids(tmp_path, [1, 2])
    dataset, config = load("ilids-vid", tmp_path), InputConfig(channels=("colour",))
    colours = prepare(dataset, config)
    found = prepare(dataset, config)
    assert found.tracklets[0].flow.shape == (3, 64, 48, 0)
    whole = prepare(dataset, CONFIG)
    assert whole.fingerprint == colours.fingerprint
    assert whole.tracklets[0].flow.shape == (3, 64, 48, 2)
    pairs = [
        (b.colour, a.colour) for one in (colours, found) for a, b in zip(one.tracklets, whole.tracklets, strict=True)
    ]
    assert len(pairs) == 8 and all((a == b).all() for a, b in pairs)
    assert folders(tmp_path / "i-LIDS-VID" / ".reid_core") == [whole.fingerprint, f"{whole.fingerprint}-colour"]


def test_a_killed_preparation_without_flow_goes_on(tmp_path: Path) -> None:
    write_ilids(tmp_path, [1, 2])
    dataset, config = load("ilids-vid", tmp_path), InputConfig(channels=("colour",))

    def stop(_: str, done: int, __: int | None) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(dataset, config, tmp_path / "cache", stop)
    assert [len(tracklet) for tracklet in prepare(dataset, config, tmp_path / "cache").tracklets] == [3, 3, 3, 3]


def test_damaged_images_and_empty_tracklets_are_named_each_time(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2, 3])
    (sequences / "stray.txt").write_text("x")
    (sequences / "cam1" / "stray.txt").write_text("x")
    (sequences / "cam1" / "person001" / "cam1_person001_00002.png").write_bytes(b"x")
    for image in (sequences / "cam2" / "person003").iterdir():
        image.write_bytes(b"x")
    for _ in range(2):
        prepared = prepare(load("ilids-vid", tmp_path), CONFIG)
        assert [(tracklet.name, len(tracklet)) for tracklet in prepared.tracklets] == [
            ("cam1/person001", 2),
            ("cam2/person001", 3),
            ("cam1/person002", 3),
            ("cam2/person002", 3),
        ]
        assert prepared.problems == (
            "cam1/stray.txt is not a person's folder",
            "cam1/person001: cam1_person001_00002.png cannot be read",
            *(f"cam2/person003: cam2_person003_0000{number}.png cannot be read" for number in (1, 2, 3)),
            "cam1/person003: this person is in no other camera and is left out",
        )


@pytest.mark.parametrize(("file", "content"), [("flow.bin", b"short"), ("index.jsonl", b"{"), ("colour.bin", None)])
def test_a_damaged_cache_is_named_with_what_to_do(tmp_path: Path, file: str, content: bytes | None) -> None:
    write_ilids(tmp_path, [1, 2])
    dataset = load("ilids-vid", tmp_path)
    path = tmp_path / "cache" / prepare(dataset, CONFIG, tmp_path / "cache").fingerprint / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"cache .* is damaged \(.*\); remove the folder and it is made again"):
        prepare(dataset, CONFIG, tmp_path / "cache")


def test_an_image_that_claims_too_many_pixels_is_damaged(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2])
    path = sequences / "cam1" / "person001" / "cam1_person001_00002.png"
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", 60_000, 60_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path.write_bytes(content)
    prepared = prepare(load("ilids-vid", tmp_path), CONFIG)
    assert prepared.problems == ("cam1/person001: cam1_person001_00002.png cannot be read",)


def test_a_user_without_a_home_prepares_data_that_can_be_written_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    write_ilids(tmp_path, [1, 2])
    assert len(prepare(load("ilids-vid", tmp_path), CONFIG).tracklets) == 4


@pytest.mark.parametrize("after", [1, 9, 20])
def test_stopped_work_leaves_nothing_finished_and_goes_on_from_there(tmp_path: Path, after: int) -> None:
    write_ilids(tmp_path, PERSONS)
    dataset = load("ilids-vid", tmp_path)
    whole = prepare(dataset, CONFIG, tmp_path / "whole")
    cache = tmp_path / "cache"
    with pytest.raises(StoppedError):
        prepare(dataset, CONFIG, cache, stop_after(after))
    assert folders(cache) == [f"{whole.fingerprint}.partial"]
    done: list[int] = []
    assert equal(whole, prepare(dataset, CONFIG, cache, lambda _, number, __: done.append(number)))
    assert done == list(range(after + 1, 21))
    assert folders(cache) == [whole.fingerprint]


def test_half_a_line_and_frames_without_a_line_are_cut_off(tmp_path: Path) -> None:
    write_ilids(tmp_path, PERSONS)
    dataset = load("ilids-vid", tmp_path)
    whole = prepare(dataset, CONFIG, tmp_path / "whole")
    with pytest.raises(StoppedError):
        prepare(dataset, CONFIG, tmp_path / "cache", stop_after(5))
    partial = tmp_path / "cache" / f"{whole.fingerprint}.partial"
    for name, rubbish in (("index.jsonl", b'{"pid": 3, "camera"'), ("colour.bin", b"12345"), ("flow.bin", b"123")):
        with (partial / name).open("ab") as file:
            file.write(rubbish)
    assert equal(whole, prepare(dataset, CONFIG, tmp_path / "cache"))


def test_frames_that_are_missing_from_a_stopped_run_are_not_made_up(tmp_path: Path) -> None:
    write_ilids(tmp_path, PERSONS[:2])
    dataset = load("ilids-vid", tmp_path)
    with pytest.raises(StoppedError):
        prepare(dataset, CONFIG, tmp_path / "cache", stop_after(3))
    (partial,) = (tmp_path / "cache").glob("*.partial")
    (partial / "flow.bin").write_bytes(b"")
    with pytest.raises(ValueError, match=r"cache .* is damaged: flow\.bin is too short; remove the folder"):
        prepare(dataset, CONFIG, tmp_path / "cache")


def test_a_killed_process_leaves_no_half_file(tmp_path: Path) -> None:
    write_ilids(tmp_path, PERSONS)
    dataset = load("ilids-vid", tmp_path)
    program = (
        "import os, signal, sys; from pathlib import Path; from reid_core.data import *\n"
        "def kill(stage, done, total):\n"
        "    if done == 7: os.kill(os.getpid(), signal.SIGKILL)\n"
        "prepare(load('ilids-vid', Path(sys.argv[1])), InputConfig(), progress=kill)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], env={**os.environ}, check=False)
    assert killed.returncode == -signal.SIGKILL
    done: list[int] = []
    prepared = prepare(dataset, CONFIG, progress=lambda _, number, __: done.append(number))
    assert done[0] == 8
    assert equal(prepared, prepare(dataset, CONFIG, tmp_path / "whole"))


def test_processes_that_come_together_compute_once(tmp_path: Path) -> None:
    write_ilids(tmp_path, PERSONS)
    dataset = load("ilids-vid", tmp_path)
    done: list[int] = []
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: prepare(dataset, CONFIG, None, lambda _, n, __: done.append(n)), range(3)))
    assert done == list(range(1, 21))
    assert equal(found[0], found[1])
    assert equal(found[0], found[2])


def test_threads_that_ask_together_are_all_told_the_first_place(tmp_path: Path) -> None:
    places = [tmp_path / "data", tmp_path / "user"]
    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(lambda _: writable(places), range(1000))) == {places[0]}
    assert not list(places[0].iterdir())


def test_data_that_cannot_be_written_to_are_cached_with_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequences = write_ilids(tmp_path, [1, 2])
    (sequences.parent / ".reid_core").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    dataset = load("ilids-vid", tmp_path)
    prepared = prepare(dataset, CONFIG)
    assert folders(tmp_path / "user" / "reid_core") == [prepared.fingerprint]
    assert equal(prepared, prepare(dataset, CONFIG, progress=stop_after(1)))


def test_a_named_cache_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    write_ilids(tmp_path, [1, 2])
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match=r"cache must be a folder that can be written, got .*file"):
        prepare(load("ilids-vid", tmp_path), CONFIG, tmp_path / "file")


def test_data_without_a_readable_frame_are_refused(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2], frames=1)
    for image in sequences.rglob("*.png"):
        image.write_bytes(b"x")
    with pytest.raises(ValueError, match=r"dataset ilids-vid in .* has no frame that can be read"):
        prepare(load("ilids-vid", tmp_path), CONFIG)

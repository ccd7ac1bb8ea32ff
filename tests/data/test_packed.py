"""A pack is the folders that it was made of, to the bit."""

import json
from pathlib import Path

import numpy as np
import pytest

from reid_core.__main__ import main
from reid_core.data import InputConfig, Split, check, load, load_frames, pack, prepare, splits_of, write_splits
from tests.data.trees import write_ilids, write_images, write_mars
from tests.fixtures_video import film

CONFIG = InputConfig()


def packed(root: Path, kind: str, protocol: str | None = None) -> Path:
    """By the command."""
    out = root.with_name(f"{root.name}-packed")
    words = ["pack", "--data", str(root), "--dataset", kind, "--out", str(out)]
    assert main([*words, *(["--protocol", protocol] if protocol else [])]) == 0
    return out


def test_a_pack_is_prepared_as_its_folders_are_damaged_images_included(tmp_path: Path) -> None:
    people = write_ilids(tmp_path / "data", [1, 2, 3, 4], frames=4)
    (people / "cam1" / "person002" / "cam1_person002_00002.png").write_bytes(b"no picture")
    (people / "cam2" / "person003" / "cam2_person003_00001.png").write_bytes(b"")
    place = packed(tmp_path / "data", "ilids-vid")
    folders, table = (load("ilids-vid", root) for root in (tmp_path / "data", place))
    assert len([path for path in place.rglob("*") if path.is_file()]) < 12
    a, b = prepare(folders, CONFIG), prepare(table, CONFIG)
    assert (a.name, a.protocol, a.fingerprint, a.problems) == (b.name, b.protocol, b.fingerprint, b.problems)
    assert len(a.problems) == 2 and len(a.tracklets) == 8
    for first, second in zip(a.tracklets, b.tracklets, strict=True):
        assert (first.pid, first.camera, first.name) == (second.pid, second.camera, second.name)
        assert np.array_equal(first.colour, second.colour) and np.array_equal(first.flow, second.flow)
    assert splits_of(folders) == splits_of(table)


def test_a_pack_of_rendered_people_takes_card_and_splits_along(tmp_path: Path) -> None:
    people = tmp_path / "people"
    lengths = ("--min-length", "2", "--max-length", "3")
    assert main(["synthesize", "--out", str(people), "--persons", "4", "--seed", "1", *lengths]) == 0
    write_splits(people / "splits.json", (Split((1, 3), (2, 4)),))
    place = packed(people, "synthetic")
    folders, table = (load("synthetic", root) for root in (people, place))
    assert (table.name, table.pids) == (folders.name, folders.pids) and "seed 1" in table.name
    assert splits_of(table).origin == "stored with the data" and splits_of(table) == splits_of(folders)
    told = [check("synthetic", root).lines for root in (people, place)]
    assert told[0][1:] == told[1][1:] and len(told[0]) > 3
    assert prepare(folders, CONFIG).fingerprint == prepare(table, CONFIG).fingerprint


def test_probes_and_gallery_of_a_protocol_stay_what_they_are(tmp_path: Path) -> None:
    test = ["0002C1T0001", "0002C2T0001", "0004C1T0001", "0004C2T0001"]
    write_mars(tmp_path / "mars", ["0001C1T0001", "0001C2T0001"], test, [test[0]])
    place = packed(tmp_path / "mars", "mars", "probes-out")
    folders, table = (load("mars", root, "probes-out") for root in (tmp_path / "mars", place))
    assert [(t.name, t.is_probe, t.in_gallery) for t in table.tracklets] == [
        (t.name, t.is_probe, t.in_gallery) for t in folders.tracklets
    ]
    assert {t.in_gallery for t in table.tracklets} == {True, False}
    assert splits_of(table) == splits_of(folders)
    with pytest.raises(ValueError, match=r"was packed as mars, protocol probes-out; got mars, official$"):
        load("mars", place, "official")


def test_videos_are_packed_too(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (20, 128, 64, 3), np.uint8)
    for camera in ("cam1", "cam2"):
        write_images(tmp_path / "own" / camera / "ada", ["1.png", "2.png"])
        (tmp_path / "own" / camera / "ben.mp4").write_bytes(film(frames, "mp4", "libx264", 10))
    place = packed(tmp_path / "own", "folder")
    for one, other in zip(load("folder", tmp_path / "own").tracklets, load("folder", place).tracklets, strict=True):
        (a, said), (b, also_said) = load_frames(one), load_frames(other)
        assert np.array_equal(a, b) and said == also_said and len(a) in (2, 20)


def test_what_cannot_be_packed_or_read_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_ilids(tmp_path / "data", [1, 2, 3, 4], frames=1)
    place = packed(tmp_path / "data", "ilids-vid")
    again = ["pack", "--dataset", "ilids-vid", "--data"]
    for words, said in (
        ([*again, str(tmp_path / "data"), "--out", str(place)], "is there"),
        ([*again, str(place), "--out", str(tmp_path / "twice")], "is packed already"),
    ):
        assert main(words) == 2
        assert said in capsys.readouterr().err
    card = json.loads((place / "pack.json").read_text())
    (place / "pack.json").write_text(json.dumps(card | {"version": 9}))
    with pytest.raises(ValueError, match="is a pack of version 9; this package reads up to 1"):
        load("ilids-vid", place)
    (place / "pack.json").write_text("{}")
    with pytest.raises(ValueError, match="must hold a complete pack, it is damaged"):
        load("ilids-vid", place)


def test_a_stopped_packing_leaves_nothing(tmp_path: Path) -> None:
    write_ilids(tmp_path / "data", [1, 2, 3, 4], frames=1)

    def stop(stage: str, done: int, total: int | None) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, RuntimeError, OSError, ValueError)):
        pack(load("ilids-vid", tmp_path / "data"), "ilids-vid", tmp_path / "out", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]

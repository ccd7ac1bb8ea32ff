"""The loaders, on trees in the published layouts with everything wrong that people have on their disks."""

from pathlib import Path

import av
import numpy as np
import pytest
from scipy.io import savemat

from reid_core.data import InputConfig, Split, Splits, TrackletFiles, identities, load, prepare, read_frames, splits_of
from reid_core.data.datasets import DATASETS
from reid_core.data.frames import load_frames
from reid_core.data.ilids_vid import PERSONS
from reid_core.data.prid2011 import PIDS
from reid_core.data.types import Dataset
from tests.data.trees import picture, write_ilids, write_images, write_mars, write_prid
from tests.fixtures_video import film, grey


def summary(dataset: Dataset) -> list[tuple[int, int, str, int]]:
    return [(files.pid, files.camera, files.name, len(files.paths)) for files in dataset.tracklets]


def test_ilids_vid_has_a_tracklet_a_person_and_camera(tmp_path: Path) -> None:
    write_ilids(tmp_path, [1, 319])
    dataset = load("ilids-vid", tmp_path)
    assert (dataset.name, dataset.protocol, dataset.root) == ("ilids-vid", "paper", tmp_path / "i-LIDS-VID")
    assert dataset.pids == (1, 319)
    assert dataset.problems == ()
    assert summary(dataset) == [
        (1, 1, "cam1/person001", 3),
        (1, 2, "cam2/person001", 3),
        (319, 1, "cam1/person319", 3),
        (319, 2, "cam2/person319", 3),
    ]
    assert [path.name for path in dataset.tracklets[2].paths] == [f"cam1_person319_0000{n}.png" for n in (1, 2, 3)]


def test_ilids_vid_is_found_from_any_of_its_folders(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2])
    found = [load("ilids-vid", root) for root in (tmp_path, sequences.parent, sequences)]
    assert found[0] == found[1] == found[2]


def test_ilids_vid_may_lie_in_a_folder_of_another_name(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2]).rename(tmp_path / "mine")
    assert load("ilids-vid", sequences).root == sequences
    assert len(load("ilids-vid", sequences).tracklets) == 4


def test_every_trap_in_ilids_vid_is_named_and_the_rest_is_loaded(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2, 3, 4, 5])
    write_ilids(tmp_path, [7], cameras=(1,))
    write_ilids(tmp_path, [8], cameras=(2,))
    for image in (sequences / "cam1" / "person002").iterdir():
        image.unlink()
    (sequences / "cam1" / "readme.txt").write_text("x")
    (sequences / "cam2" / "extra").mkdir()
    (sequences / "cam2" / "person003" / "Thumbs.db").write_text("x")
    dataset = load("ilids-vid", tmp_path)
    assert dataset.pids == (1, 3, 4, 5)
    assert dataset.problems == (
        "cam1/person002 holds no images",
        "cam1/readme.txt is not a person's folder",
        "cam2/extra is not a person's folder",
        "cam2/person003/Thumbs.db is not a numbered image",
        "cam1/person007: this person is in no other camera and is left out",
        "cam2/person002: this person is in no other camera and is left out",
        "cam2/person008: this person is in no other camera and is left out",
    )


def test_prid_takes_the_persons_of_its_protocol(tmp_path: Path) -> None:
    multi_shot = write_prid(tmp_path, {"cam_a": [1, 6, 7, 201], "cam_b": [1, 6, 7, 201, 300]})
    paper, common = load("prid2011", tmp_path), load("prid2011", multi_shot, "common")
    assert (paper.protocol, paper.pids) == ("paper", (1, 6, 7))
    assert (common.protocol, common.pids) == ("common", (1, 7))
    assert summary(paper)[:2] == [(1, 1, "cam_a/person_0001", 2), (1, 2, "cam_b/person_0001", 2)]
    assert len(paper.problems) == 197
    assert len(common.problems) == 176


def test_the_protocols_of_prid_have_200_and_178_persons() -> None:
    assert PIDS["paper"] == tuple(range(1, 201))
    assert len(PIDS["common"]) == 178
    assert not {6, 19, 31, 52, 57, 62, 71, 94, 106, 120, 136, 138} & set(PIDS["common"])
    assert not {139, 142, 145, 158, 159, 166, 183, 190, 199, 200} & set(PIDS["common"])


def test_persons_missing_from_prid_are_named(tmp_path: Path) -> None:
    write_prid(tmp_path, {"cam_a": [*range(1, 200)], "cam_b": [*range(2, 199), 250]}, frames=1)
    dataset = load("prid2011", tmp_path)
    assert dataset.problems == (
        "person_0200 is in neither camera",
        "cam_a/person_0001: this person is in no other camera and is left out",
        "cam_a/person_0199: this person is in no other camera and is left out",
    )


def test_mars_is_grouped_by_the_names_of_its_images(tmp_path: Path) -> None:
    write_images(
        tmp_path / "bbox_train" / "0001", ["0001C1T0001F002.jpg", "0001C1T0001F001.jpg", "0001C1T0002F001.jpg"]
    )
    write_images(tmp_path / "bbox_train" / "0001", ["0001C6T0001F001.jpg", "0001C6T0001F1000.jpg"])
    write_images(tmp_path / "bbox_train" / "0003", ["0003C2T0001F001.jpg"])
    write_images(tmp_path / "bbox_test" / "0002", ["0002C1T0001F001.jpg", "0002C3T0001F001.jpg"])
    write_images(tmp_path / "bbox_test" / "0000", ["0000C1T0001F001.jpg", "0000C3T0001F001.jpg"])
    write_images(tmp_path / "bbox_test" / "00-1", ["00-1C1T0001F001.jpg", "00-1C2T0001F001.jpg"])
    (tmp_path / "bbox_test" / "0004").mkdir()
    (tmp_path / "bbox_test" / "0002" / "notes.txt").write_text("x")
    (tmp_path / "bbox_test" / "list.txt").write_text("x")
    dataset = load("mars", tmp_path, "cameras")
    assert summary(dataset) == [
        (1, 1, "bbox_train/0001C1T0001", 2),
        (1, 1, "bbox_train/0001C1T0002", 1),
        (1, 6, "bbox_train/0001C6T0001", 2),
        (2, 1, "bbox_test/0002C1T0001", 1),
        (2, 3, "bbox_test/0002C3T0001", 1),
    ]
    assert [path.name[-8:-4] for path in dataset.tracklets[0].paths] == ["F001", "F002"]
    assert [path.name[-8:-4] for path in dataset.tracklets[2].paths] == ["F001", "1000"]
    assert dataset.problems == (
        "bbox_test/0002/notes.txt is not named as a frame",
        "bbox_test/0004 holds no images",
        "bbox_test/list.txt is not named as a frame",
        "bbox_train/0003C2T0001: this person is in no other camera and is left out",
    )
    assert splits_of(dataset, seed=0).splits == (Split((1,), (2,)),)
    assert not any(tracklet.is_probe for tracklet in dataset.tracklets)


MARS_TEST = ["00-1C1T0001", "0000C1T0001", "0002C1T0001", "0002C1T0002", "0002C3T0001", "0004C2T0001"]
MARS_PROBES = ["0002C1T0002", "0002C3T0001"]


def test_the_official_protocol_of_mars_lists_its_probes_and_keeps_everybody_in_the_gallery(tmp_path: Path) -> None:
    write_mars(tmp_path, ["0001C1T0001", "0001C2T0001", "0003C1T0001"], MARS_TEST, MARS_PROBES)
    dataset = load("mars", tmp_path)
    assert dataset.protocol == "official"
    assert [(one.name, one.is_probe) for one in dataset.tracklets] == [
        ("bbox_test/0000C1T0001", False),
        ("bbox_train/0001C1T0001", None),
        ("bbox_train/0001C2T0001", None),
        ("bbox_test/0002C1T0001", False),
        ("bbox_test/0002C1T0002", True),
        ("bbox_test/0002C3T0001", True),
        ("bbox_test/0004C2T0001", False),
    ]
    assert dataset.problems == ("bbox_train/0003C1T0001: this person is in no other camera and is left out",)
    assert identities(dataset.tracklets) == (1, 2, 4)
    splits = splits_of(dataset, seed=0)
    assert splits.splits == (Split((1,), (0, 2, 4)),)
    assert splits.test(7) == (0, 2, 4)


def test_a_second_protocol_of_mars_takes_the_probes_out_of_the_gallery(tmp_path: Path) -> None:
    write_mars(tmp_path, ["0001C1T0001", "0001C2T0001"], MARS_TEST, MARS_PROBES)
    official, out = (load("mars", tmp_path, protocol) for protocol in ("official", "probes-out"))
    assert out.protocol == "probes-out"
    assert [one.name for one in official.tracklets if not one.in_gallery] == []
    assert [one.name for one in out.tracklets if not one.in_gallery] == [f"bbox_test/{name}" for name in MARS_PROBES]
    assert [(one.name, one.is_probe) for one in out.tracklets] == [(o.name, o.is_probe) for o in official.tracklets]
    assert splits_of(out) == splits_of(official)


def test_the_list_of_mars_may_lie_in_its_authors_folder_and_name_what_is_not_there(tmp_path: Path) -> None:
    write_mars(tmp_path / "mars", ["0001C1T0001", "0001C2T0001"], MARS_TEST, MARS_PROBES)
    (tmp_path / "mars" / "MARS-evaluation").mkdir()
    (tmp_path / "mars" / "info").rename(tmp_path / "mars" / "MARS-evaluation" / "info")
    for image in (tmp_path / "mars" / "bbox_test" / "0002").glob("0002C3*"):
        image.unlink()
    dataset = load("mars", tmp_path)
    assert [one.name for one in dataset.tracklets if one.is_probe] == ["bbox_test/0002C1T0002"]
    assert dataset.problems == ("bbox_test/0002C3T0001 is listed as a probe and is not there",)


@pytest.mark.parametrize("protocol", ["official", "probes-out"])
def test_a_protocol_of_mars_that_lists_needs_its_list(tmp_path: Path, protocol: str) -> None:
    write_mars(tmp_path, ["0001C1T0001", "0001C2T0001"], MARS_TEST, MARS_PROBES)
    (tmp_path / "info" / "query_IDX.mat").unlink()
    with pytest.raises(
        ValueError, match=rf"holds no info/query_IDX\.mat, which protocol {protocol} needs; .* Protocol cameras does"
    ):
        load("mars", tmp_path, protocol)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("tracks_test_info.mat", {"track_test_info": np.array([[1, 2, -1, 1]])}),
        ("tracks_test_info.mat", {"track_test_info": np.array([[0, 2, 2, 1]] * 6)}),
        ("tracks_test_info.mat", {"tracks": np.zeros((6, 4))}),
        ("query_IDX.mat", {"query_IDX": np.array([[0]])}),
        ("query_IDX.mat", {"query_IDX": np.zeros((0, 0))}),
        ("query_IDX.mat", b"not a matrix"),
        ("test_name.txt", b"0002C1T0001F001.jpg"),
        ("test_name.txt", b"a.jpg " * 20),
        ("test_name.txt", None),
    ],
)
def test_a_damaged_list_of_mars_is_refused(tmp_path: Path, file: str, content: object) -> None:
    write_mars(tmp_path, ["0001C1T0001", "0001C2T0001"], MARS_TEST, MARS_PROBES)
    path = tmp_path / "info" / file
    path.unlink()
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        savemat(path, content)
    with pytest.raises(ValueError, match=r"info.* must (list the probes of MARS|be a MATLAB file)"):
        load("mars", tmp_path)


def test_any_folder_of_clips_works_images_and_videos(tmp_path: Path) -> None:
    write_images(tmp_path / "cam10" / "bob", ["a10.png", "a9.png"])
    write_images(tmp_path / "cam2" / "bob", ["1.jpg"])
    write_video(tmp_path / "cam2" / "alice.mp4")
    write_video(tmp_path / "cam10" / "alice" / "morning.mp4")
    write_video(tmp_path / "cam10" / "alice" / "evening.mp4")
    write_images(tmp_path / "cam2" / "carol", ["1.png"])
    (tmp_path / "cam2" / "dave").mkdir()
    (tmp_path / "cam2" / "notes.txt").write_text("x")
    (tmp_path / "cam2" / "bob" / "notes.txt").write_text("x")
    (tmp_path / "camera.txt").write_text("x")
    dataset = load("folder", tmp_path)
    assert summary(dataset) == [
        (0, 1, "cam2/alice.mp4", 1),
        (0, 2, "cam10/alice/evening.mp4", 1),
        (0, 2, "cam10/alice/morning.mp4", 1),
        (1, 1, "cam2/bob", 1),
        (1, 2, "cam10/bob", 2),
    ]
    assert [path.name for path in dataset.tracklets[4].paths] == ["a9.png", "a10.png"]
    assert dataset.problems == (
        "cam2/bob/notes.txt is neither a numbered image nor a video",
        "cam2/dave holds no images",
        "cam2/notes.txt is neither a person's folder nor a video",
        "cam2/carol: this person is in no other camera and is left out",
    )


def write_video(path: Path, frames: int = 5) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=10, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 64, 128, "yuv420p"
        for number in range(frames):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture(number), format="rgb24")))
        file.mux(stream.encode())


def test_a_video_is_read_as_a_tracklet(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4")
    frames = read_frames(TrackletFiles(0, 1, "a.mp4", (tmp_path / "a.mp4",)))
    assert frames.shape == (5, 128, 64, 3)
    assert np.abs(frames[4].astype(int) - picture(4)).mean() < 25


def test_a_video_that_is_none_has_no_frames_but_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("hello")
    frames, problems = load_frames(TrackletFiles(0, 1, "cam1/a.mp4", (tmp_path / "a.mp4",)))
    assert len(frames) == 0
    assert len(problems) == 1


@pytest.mark.parametrize("name", list(DATASETS))
def test_a_root_without_the_layout_gives_one_sentence_with_the_source(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"^root [^\n]+$") as error:
        load(name, tmp_path)
    assert str(tmp_path) in str(error.value)
    if name not in ("folder", "synthetic"):
        assert DATASETS[name].where in str(error.value)
    with pytest.raises(ValueError, match="is not a folder"):
        load(name, tmp_path / "missing")


def test_unknown_data_sets_and_protocols_are_refused_with_the_choice(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"dataset must be one of ilids-vid, prid2011, mars, .*, got 'duke'"):
        load("duke", tmp_path)
    with pytest.raises(ValueError, match="protocol must be one of paper, common for prid2011, got 'mine'"):
        load("prid2011", tmp_path, "mine")


def files(pids: range, root: Path, name: str = "ilids-vid") -> Dataset:
    tracklets = [TrackletFiles(pid, camera, f"cam{camera}/{pid}", (root,)) for pid in pids for camera in (1, 2)]
    return Dataset(name, "paper", root, tuple(tracklets))


def test_seeded_splits_are_stored_beside_the_data_and_found_again(tmp_path: Path) -> None:
    dataset = files(range(10), tmp_path)
    first = splits_of(dataset, seed=3)
    assert first.origin == "random halves, seed 3"
    assert len(first.splits) == 10
    (stored,) = (tmp_path / ".reid_core").iterdir()
    changed = stored.read_text().replace(str(list(first.splits[0].train)), "[0]", 1)
    stored.write_text(changed.replace(str(list(first.splits[0].test)), "[1]", 1))
    assert splits_of(dataset, seed=3).splits[0] == Split((0,), (1,))
    assert splits_of(dataset, seed=4).splits != first.splits
    assert splits_of(files(range(1, 11), tmp_path), seed=3).splits[0] != Split((0,), (1,))


def test_nobody_is_split_of_whom_nothing_can_be_read(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, list(range(1, 10)))
    for image in (sequences / "cam2" / "person004").iterdir():
        image.write_bytes(b"damaged")
    dataset = load("folder", sequences)
    found = dataset.only(prepare(dataset, InputConfig(channels=("rgb",))).tracklets)
    assert len(dataset.pids) == 9 and len(found.pids) == 8
    for split in splits_of(found).splits:
        assert sorted(split.train + split.test) == list(found.pids)


def test_splits_can_be_stored_elsewhere(tmp_path: Path) -> None:
    splits_of(files(range(10), tmp_path / "data"), 0, cache=tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "folder", ["i-LIDS-VID", ".", "train-test people splits", "i-LIDS-VID/train-test people splits"]
)
def test_official_splits_are_used_where_they_are_found(tmp_path: Path, folder: str) -> None:
    (tmp_path / "i-LIDS-VID").mkdir()
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    rows = np.stack([np.random.default_rng(row).permutation(PERSONS) + 1 for row in range(10)])
    savemat(tmp_path / folder / "train_test_splits_ilidsvid.mat", {"ls_set": rows})
    splits = splits_of(files(range(1, 301), tmp_path / "i-LIDS-VID"), seed=0)
    assert splits.origin == "official"
    assert splits.splits[2].test == tuple(sorted(rows[2, :150].tolist()))
    assert splits.splits[2].train == tuple(sorted(rows[2, 150:].tolist()))


def test_official_splits_are_not_used_when_persons_are_missing(tmp_path: Path) -> None:
    savemat(tmp_path / "train_test_splits_ilidsvid.mat", {"ls_set": np.arange(1, 301)[None]})
    splits = splits_of(files(range(1, 300), tmp_path), seed=0)
    assert splits.origin == "random halves, seed 0; the official ones need all 300 persons"
    assert splits_of(files(range(1, 301), tmp_path, "folder"), seed=0).origin == "random halves, seed 0"


def test_a_file_of_splits_beside_other_data_than_synthetic_people_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "splits.json").write_text("{")
    assert splits_of(files(range(10), tmp_path / "i-LIDS-VID"), seed=0).origin == "random halves, seed 0"


def test_a_split_is_asked_for_by_its_number() -> None:
    splits = Splits("here", (Split((1, 2), (3, 4)), Split((3, 4), (1, 2))))
    assert splits.test(1) == (1, 2)
    with pytest.raises(ValueError, match="split must be below 2, got 2"):
        splits.test(2)


@pytest.mark.parametrize(("pid", "camera", "paths"), [(-1, 1, (Path(),)), (0, 0, (Path(),)), (0, 1, ())])
def test_a_tracklet_has_a_person_a_camera_and_files(pid: int, camera: int, paths: tuple[Path, ...]) -> None:
    with pytest.raises(ValueError, match="'cam1/x'"):
        TrackletFiles(pid, camera, "cam1/x", paths)


def test_what_a_mac_leaves_beside_files_is_no_data(tmp_path: Path) -> None:
    for camera in ("cam1", "cam2"):
        write_images(tmp_path / camera / "anna", ["1.png", "2.png"])
        for name in (".DS_Store", "._anna", "._bert.mp4", "anna/._1.png", "anna/.DS_Store"):
            (tmp_path / camera / name).write_bytes(b"\x00\x05\x16\x07")
    dataset = load("folder", tmp_path)
    assert dataset.problems == ()
    assert [(t.name, len(t.paths)) for t in dataset.tracklets] == [("cam1/anna", 2), ("cam2/anna", 2)]


def test_an_accent_is_the_same_person_in_either_form_of_unicode(tmp_path: Path) -> None:
    composed, apart = "Ren\u00e9", "Rene\u0301"
    write_images(tmp_path / "cam1" / composed, ["1.png"])
    write_images(tmp_path / "cam2" / apart, ["1.png"])
    (tmp_path / "cam1" / f"{composed} B.mp4").write_bytes(film(grey(4), "mp4", "libx264"))
    (tmp_path / "cam2" / f"{apart} B.mp4").write_bytes(film(grey(4), "mp4", "libx264"))
    dataset = load("folder", tmp_path)
    assert dataset.problems == ()
    assert [(t.pid, t.camera) for t in dataset.tracklets] == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_mars_may_have_capital_endings_and_twins_of_a_mac(tmp_path: Path) -> None:
    write_mars(tmp_path, ["0001C1T0001", "0001C2T0001"], ["0002C1T0001", "0002C2T0001"], ["0002C1T0001"])
    for image in list(tmp_path.glob("bbox_*/*/*.jpg")):
        image.rename(image.with_suffix(".JPG"))
        image.with_name(f"._{image.name}").write_bytes(b"\x00")
    dataset = load("mars", tmp_path)
    assert dataset.problems == ()
    assert [len(t.paths) for t in dataset.tracklets] == [2, 2, 2, 2]

from pathlib import Path

import pytest

from reid_core.data import check, half_splits, hold_out, load, splits_of, write_splits
from reid_core.data.splits import too_few_to_part
from reid_core.training import Experiment
from tests.data.trees import write_ilids, write_prid


def test_what_was_found_stands_against_what_is_expected(tmp_path: Path) -> None:
    write_ilids(tmp_path, [1, 2, 3, 4], frames=23)
    write_ilids(tmp_path, [9], frames=22)
    report = check("ilids-vid", tmp_path)
    assert report.usable
    assert (report.dataset, report.root) == ("ilids-vid", tmp_path)
    assert report.lines == (
        f"ilids-vid in {tmp_path / 'i-LIDS-VID'}, protocol paper",
        "persons in two cameras: 5 found, 300 expected",
        "tracklets: 10 found, 600 expected",
        "frames a tracklet: 22 to 23 found, 23 to 192 expected",
        "cam1/person009 has 22 frames, not 23 to 192",
        "cam2/person009 has 22 frames, not 23 to 192",
        "problems: 0",
        too_few_to_part(2),
        "the whole data set is at https://xiatian-zhu.github.io/downloads_qmul_iLIDS-VID_ReID_dataset.html",
    )


def test_a_complete_data_set_needs_no_source(tmp_path: Path) -> None:
    write_prid(tmp_path, {"cam_a": list(range(1, 201)), "cam_b": list(range(1, 203))}, frames=5)
    report = check("prid2011", tmp_path)
    assert report.usable
    assert report.lines[1:] == (
        "persons in two cameras: 200 found, 200 expected",
        "tracklets: 400 found, 400 expected",
        "frames a tracklet: 5 to 5 found, 5 to 675 expected",
        "problems: 0",
    )
    assert check("prid2011", tmp_path, "common").lines[1] == "persons in two cameras: 178 found, 178 expected"


def test_frames_that_cannot_be_read_are_named_and_do_not_count(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2, 3, 4, 5])
    (sequences / "cam1" / "stray.txt").write_text("x")
    image = sequences / "cam1" / "person001" / "cam1_person001_00002.png"
    image.write_bytes(image.read_bytes()[:500])
    (sequences / "cam1" / "person002" / "cam1_person002_00001.png").unlink()
    for image in (sequences / "cam2" / "person003").iterdir():
        image.write_bytes(b"")
    calls: list[tuple[str, int, int | None]] = []
    told: list[str] = []
    report = check("folder", sequences, progress=lambda *call: calls.append(call), tell=told.append)
    assert report.usable
    assert report.lines[1:] == (
        "persons in two cameras: 4 found",
        "tracklets: 8 found",
        "frames a tracklet: 2 to 3 found",
        "problems: 6",
        "  cam1/stray.txt is neither a person's folder nor a video",
        "  cam1/person001: cam1_person001_00002.png cannot be read",
        "  cam2/person003: cam2_person003_00001.png cannot be read",
        "  cam2/person003: cam2_person003_00002.png cannot be read",
        "  cam2/person003: cam2_person003_00003.png cannot be read",
        "  cam1/person003: this person is in no other camera and is left out",
        too_few_to_part(2),
    )
    assert calls == [("read", number, 10) for number in range(1, 11)]
    assert [f"  {problem}" for problem in told] == list(report.lines[5:10])


@pytest.mark.parametrize("name", ["synthetic", "ilids-vid"])
def test_of_synthetic_people_no_published_number_is_expected(tmp_path: Path, name: str) -> None:
    write_ilids(tmp_path, [1, 2, 3, 4])
    (tmp_path / "synthetic.json").write_text('{"version": 1, "seed": 0, "persons": 4}')
    report = check(name, tmp_path)
    assert report.usable
    assert report.lines[0].startswith("synthetic people")
    assert report.lines[1:5] == (
        "persons in two cameras: 4 found",
        "tracklets: 8 found",
        "frames a tracklet: 3 to 3 found",
        "problems: 0",
    )
    few, digest, told = report.lines[5:]
    assert few == too_few_to_part(2)
    assert digest.startswith("fingerprint of the frames: ") and told.startswith("another data set than SynthWalk")


@pytest.mark.parametrize(("persons", "told"), [(4, 2), (7, 3), (8, None)])
def test_with_few_persons_it_says_what_training_will_say(tmp_path: Path, persons: int, told: int | None) -> None:
    sequences = write_ilids(tmp_path, list(range(persons)), frames=1)
    report = check("folder", sequences)
    assert report.usable
    experiment = Experiment(split=(0,), preset="fast")
    dataset = load("folder", sequences)
    splits = splits_of(dataset).splits
    if told is None:
        assert "threshold" not in report.lines[-1]
        assert hold_out(splits[0].train, experiment.held_out_share, 0)
    else:
        assert "--calibration-share 0" in report.lines[-1] and f"there are {told};" in report.lines[-1]
        with pytest.raises(ValueError) as error:
            hold_out(splits[0].train, experiment.held_out_share, 0)
        assert str(error.value) == report.lines[-1]


def test_splits_that_part_somebody_of_whom_nothing_can_be_read_are_no_use(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2, 3, 4, 5])
    (sequences.parent.parent / "synthetic.json").write_text('{"version": 1, "seed": 0, "persons": 5}')
    write_splits(sequences.parent.parent / "splits.json", half_splits(range(1, 6), 0))
    assert check("synthetic", tmp_path).usable
    for image in (sequences / "cam2" / "person003").iterdir():
        image.write_bytes(b"")
    report = check("synthetic", tmp_path)
    assert not report.usable and "must part the 4 persons found" in report.lines[-1]


def test_too_few_persons_cannot_be_used(tmp_path: Path) -> None:
    write_ilids(tmp_path, [1, 2, 3])
    report = check("ilids-vid", tmp_path)
    assert not report.usable
    assert report.lines[-1] == "cannot be used: 4 persons in two cameras are needed, got 3"


@pytest.mark.parametrize("name", ["ilids-vid", "prid2011", "mars", "folder", "duke"])
def test_what_cannot_be_loaded_is_reported_with_the_reason(tmp_path: Path, name: str) -> None:
    report = check(name, tmp_path)
    assert not report.usable
    assert len(report.lines) == 1
    assert report.lines[0].startswith("root" if name != "duke" else "dataset")

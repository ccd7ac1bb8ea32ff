"""One's own pairs: the table, the calibration made of it, the file, and whose it is."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from reid_core.data import InputConfig
from reid_core.evaluation import (
    OwnCalibration,
    calibrate_own,
    calibration_of,
    fits,
    read_calibration,
    read_pairs,
    with_calibration,
)
from reid_core.evaluation.verification import calibrate
from reid_core.model import Calibration, Checkpoint, load_checkpoint
from tests.tiny import tiny_network

STORED = json.loads(Path("tests/model/stored_networks.json").read_text())["shipped"]
HEADER = "video_a,video_b,same\n"
VIDEOS = ("a.mp4", "b.mp4", "c.mp4", "d.mp4")
DISTANCES, SAME = np.array([1.0, 2, 5, 3, 4, 6, 7]), np.array([True, True, True, False, False, False, False])


def checkpoint(seed: int = 0, name: str = "tiny") -> Checkpoint:
    return Checkpoint(name, tiny_network("utrcnn", seed, input_=InputConfig(channels=("yuv",))), {"persons": seed})


def own() -> OwnCalibration:
    return calibrate_own(DISTANCES, SAME, checkpoint(), "my-pairs.csv", "auto")


@pytest.fixture
def table(tmp_path: Path):
    """Writes a table beside four empty videos."""
    for name in VIDEOS:
        (tmp_path / name).touch()

    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "my-pairs.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


# The table


def test_every_way_to_say_same_or_different_is_read(table) -> None:
    rows = ["a,b,same", "a,c,DIFFERENT", "a,d,1", "b,c,0", "b,d,Yes", "c,d,no"]
    text = HEADER + "\n".join(f"{a}.mp4, {b}.mp4 ,{label}" for a, b, label in (row.split(",") for row in rows))
    pairs = read_pairs(table(text))
    assert [pair.same for pair in pairs] == [True, False, True, False, True, False]
    assert [(pair.a.name, pair.b.name) for pair in pairs][3] == ("b.mp4", "c.mp4")
    assert [pair.line for pair in pairs] == [2, 3, 4, 5, 6, 7]
    words = read_pairs(table(HEADER + "a.mp4,b.mp4,true\na.mp4,c.mp4,false\na.mp4,d.mp4,false\nb.mp4,c.mp4,true\n"))
    assert [pair.same for pair in words] == [True, False, False, True]


def test_paths_are_relative_to_the_table_and_empty_lines_count_as_lines(table, monkeypatch, tmp_path: Path) -> None:
    path = table(HEADER + "a.mp4,b.mp4,same\n\n,,\na.mp4,c.mp4,different\nb.mp4,c.mp4,0\nb.mp4,d.mp4,0\n")
    monkeypatch.chdir("/")
    pairs = read_pairs(path)
    assert [pair.line for pair in pairs] == [2, 5, 6, 7]
    assert pairs[0].a == tmp_path / "a.mp4"


def test_a_table_as_a_spreadsheet_saves_it_is_read(table) -> None:
    text = HEADER + "a.mp4,b.mp4,same\na.mp4,c.mp4,different\nb.mp4,c.mp4,0\nb.mp4,d.mp4,0\n"
    assert len(read_pairs(table(text.replace("\n", "\r\n"), "utf-8-sig"))) == 4


GOOD = "a.mp4,b.mp4,same\na.mp4,c.mp4,different\nb.mp4,c.mp4,0\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", r"my-pairs\.csv must begin with the line video_a,video_b,same, got nothing"),
        (GOOD, r"must begin with the line video_a,video_b,same, got a\.mp4,b\.mp4,same"),
        (HEADER + GOOD + "a.mp4,d.mp4,maybe\n", "line 5 must end in one of same, 1, yes, .* got 'maybe'"),
        (HEADER + GOOD + "a.mp4,d.mp4\n", "line 5 must have 3 values, got 2"),
        (HEADER + GOOD + "a.mp4,d.mp4,same,x\n", "line 5 must have 3 values, got 4"),
        (HEADER + GOOD + "a.mp4,x.mp4,same\n", r"line 5 must name videos that are there, .*x\.mp4"),
        ('"' + HEADER + GOOD, r"must begin with the line video_a,video_b,same, got video_a,video_b,same\\n"),
        (HEADER + GOOD + '"a.mp4\nb.mp4",c.mp4,same\n', r"line \d must name videos that are there, .*a\.mp4\\nb\.mp4"),
        (HEADER + GOOD + f"a.mp4,{'x' * 300},same\n", "line 5 must name videos that are there"),
        (HEADER + GOOD + "a.mp4,,same\n", "line 5 must name videos that are there"),
        (HEADER + GOOD + "d.mp4,d.mp4,same\n", r"line 5 must name two videos, got d\.mp4 twice"),
        (HEADER + GOOD + "c.mp4,a.mp4,same\n", "line 5 must be a new pair, it stands in line 3 already"),
        (HEADER + GOOD, "must hold 4 pairs or more, got 3"),
        (HEADER, "must hold 4 pairs or more, got 0"),
        (HEADER + "".join(f"{v},d.mp4,same\n" for v in VIDEOS[:3]) + "a.mp4,b.mp4,1\n", "got 4 of one person only"),
        (HEADER + "".join(f"{v},d.mp4,no\n" for v in VIDEOS[:3]) + "a.mp4,b.mp4,0\n", "got 4 of two persons only"),
    ],
)
def test_a_bad_table_is_one_sentence_that_names_the_line(table, text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected) as error:
        read_pairs(table(text))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"video_a,video_b,same\na\x00.mp4,b.mp4,same\n"])
def test_what_is_no_table_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "my-pairs.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"my-pairs\.csv|line 2"):
        read_pairs(path)


# The calibration


def test_an_own_calibration_is_that_of_its_distances_with_their_error_rates() -> None:
    """At 3.5 one of four pairs of two persons is accepted, one of three of one person rejected."""
    found = own()
    expected = calibrate(DISTANCES[SAME], DISTANCES[~SAME], "7 pairs of my-pairs.csv")
    assert found.calibration == expected
    assert (found.calibration.threshold, found.far, found.frr) == (3.5, 0.25, pytest.approx(1 / 3))
    assert (found.pairs, found.same, found.different) == (7, 3, 4)
    assert (found.checkpoint, found.name, found.crop) == ("tiny", "my-pairs.csv", "auto")


def test_pairs_of_one_person_that_are_farther_than_those_of_two_are_refused() -> None:
    with pytest.raises(ValueError, match="an equal error rate of 100% with tiny: are the labels right"):
        calibrate_own(np.array([1.0, 2, 8, 9]), np.array([False, False, True, True]), checkpoint(), "x", "auto")


# The file


def test_a_calibration_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(own().to_json())
    assert read_calibration(tmp_path / "x.json", "x.json") == own_at(tmp_path)
    assert read_calibration((tmp_path / "x.json").read_bytes(), "x.json").calibration == own().calibration


def own_at(folder: Path) -> OwnCalibration:
    """The same with the date of the file."""
    return replace(own(), created=json.loads((folder / "x.json").read_text())["created"])


def changed(**values: object) -> bytes:
    content = json.loads(own().to_json())
    inner = {key: values.pop(key) for key in list(values) if key in content["calibration"]}
    return json.dumps({**content, **values, "calibration": content["calibration"] | inner}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00",
        b"[1]",
        b"null",
        b"{}",
        b"[" * 100_000,
        own().to_json().encode()[:-30],
        changed(version=4),
        changed(more=1),
        changed(name=3),
        changed(same=0),
        changed(same=True),
        changed(far=1.5),
        changed(frr="none"),
        changed(threshold=float("nan")),
        changed(threshold="far"),
        changed(spread=0),
        changed(spread=float("inf")),
        changed(bin_edges=[1.0] * 41),
        changed(bin_edges=["a"] * 41),
        changed(same_histogram=[1]),
        changed(same_histogram=[-1] * 40),
        changed(source=None),
    ],
)
def test_a_damaged_file_is_one_sentence(content: bytes) -> None:
    with pytest.raises(
        ValueError, match=r"^calibration x\.json must be a file of version 1 to 3 that calibrate wrote"
    ) as e:
        read_calibration(content, "x.json")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("read", [read_pairs, lambda path: read_calibration(path, path.name)])
def test_a_file_that_cannot_be_read_is_one_sentence(read: Callable[[Path], object], tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(ValueError, match=rf"{path.name} must be a file that can be read, got: [A-Z][\w ]+$"):
            read(path)


def test_a_file_with_nothing_changed_is_read() -> None:
    """Else the test above would pass whatever was changed."""
    assert read_calibration(changed(), "x.json").calibration == own().calibration


# Whose it is


def test_the_network_that_it_was_made_with_takes_it_under_any_name_and_card() -> None:
    renamed = replace(checkpoint(name="other"), card={"trained_on": "nothing"})
    assert fits(renamed, own())
    assert calibration_of(with_calibration(renamed, own())) == own().calibration
    assert renamed.calibration is None


@pytest.mark.parametrize("name", STORED)
def test_calibrations_of_earlier_days_fit_the_checkpoints_that_ship(name: str) -> None:
    earlier = replace(own(), fingerprint=STORED[name]["fingerprint"])
    assert [known for known in STORED if fits(load_checkpoint(known), earlier)] == [name]


def test_another_network_refuses_it() -> None:
    other = checkpoint(seed=1)
    assert not fits(other, own())
    with pytest.raises(ValueError, match=r"calibration my-pairs\.csv must be made with checkpoint tiny, it was made"):
        with_calibration(other, own())


def test_a_change_of_one_weight_makes_another_network() -> None:
    changed_network = checkpoint()
    with torch.no_grad():
        next(changed_network.network.parameters())[0, 0, 0, 0] += 1e-3
    assert not fits(changed_network, own())


def test_a_calibration_has_a_text_for_a_source() -> None:
    with pytest.raises(ValueError, match="source must be a text"):
        Calibration(1.0, 0.5, 0.1, None, (0.0, 1.0), (1,), (1,))  # type: ignore[arg-type]

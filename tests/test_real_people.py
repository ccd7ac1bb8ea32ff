"""The benchmark on people of one's own reads their folder and measures what it says."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks import reliability
from benchmarks.real_people import Distances, Seen, against_others, main
from reid_core.evaluation import Labels, weights_fingerprint
from reid_core.model import Calibration, CohortCalibration, HeadOutput, load_checkpoint
from reid_core.runs import read_real_people
from tests.oracles import slow_s_norm
from tests.tiny import tiny_head

CALIBRATION = Calibration(2.5, 0.5, 0.1, "nobody", (0.0, 1.0, 2.0, 3.0, 4.0), (5, 15, 0, 0), (0, 1, 10, 10))
KNOWN = CohortCalibration("cameras", 3, 0.3, CALIBRATION, by_camera=True)
HEAD = tiny_head("mean", features=6).build().eval()


def distances(values: list[list[float]]) -> Distances:
    """A probe and a tracklet of the gallery for each person."""
    people = np.arange(len(values))
    return Distances(np.array(values), Labels(people, people * 0 + 1), Labels(people, people * 0 + 2))


def seen(embeddings: np.ndarray, camera: int) -> Seen:
    """Person n at row n."""
    people, values = np.arange(len(embeddings)), torch.tensor(embeddings, dtype=torch.float32)
    output = HeadOutput(values, values[:, None, :][:, :0], None, torch.ones(len(values), dtype=torch.int64))
    return Seen(output, Labels(people, people * 0 + camera))


def test_figures_of_a_worked_example() -> None:
    """The third is nearer to the first than to itself: one of six is called the same, one of three is not.

    It is so up to 2.005, and two persons from 2.5 on, the threshold.
    """
    found = distances([[1.0, 3, 4], [4, 1, 3], [1.5, 4, 2.5]]).figures(CALIBRATION)
    assert found.rank_1 == pytest.approx(2 / 3)
    assert found.auc == pytest.approx(17 / 18)
    assert (found.far, found.frr) == (pytest.approx(1 / 6), pytest.approx(1 / 3))
    assert found.two == pytest.approx(1 / 3)
    assert (found.close, 0 < found.ece < 0.5) == (0, True)


def test_two_copies_of_one_person_make_no_pair() -> None:
    """Drawn with replacement there are always copies; were they pairs of two, some of them would be at 0."""
    perfect = distances((np.full((8, 8), 4.0) - 4 * np.eye(8)).tolist())
    drawn = [perfect.drawn(np.random.default_rng(seed), CALIBRATION) for seed in range(20)]
    assert {(one.rank_1, one.auc, one.eer, one.far, one.frr) for one in drawn} == {(1, 1, 0, 0, 0)}


def test_neither_of_two_people_is_in_the_cohort_that_they_are_held_against() -> None:
    """Two persons are at right angles, and each is 0 from himself: with him in the cohort z of two would be above 3."""
    a, b = seen(np.eye(9), 1), seen(np.eye(9), 2)
    z = against_others(HEAD, a, b, 5, KNOWN)
    assert abs(z[~np.eye(9, dtype=bool)]).max() < 1.5
    assert np.diag(z).max() < -3


def test_with_all_the_others_there_is_nothing_to_draw_and_z_is_that_of_a_loop() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(0, 1, (5, 6)), rng.normal(0, 1, (5, 6))
    z = against_others(HEAD, seen(first, 1), seen(second, 2), 3, KNOWN)
    for a, b in ((0, 1), (3, 2), (4, 0)):
        rest = [n for n in range(5) if n not in (a, b)]
        (expected,) = slow_s_norm(first[[a]], second[[b]], first[rest], second[rest], KNOWN.deviation)[0]
        assert z[a, b] == pytest.approx(expected, abs=1e-4)


def test_a_cohort_needs_as_many_people_beside_the_two() -> None:
    with pytest.raises(ValueError, match="a cohort of 4 needs 6 people, there are 5"):
        against_others(HEAD, seen(np.eye(5), 1), seen(np.eye(5), 2), 4, KNOWN)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Three people, two pictures of each by either camera."""
    rng = np.random.default_rng(0)
    for person in "abc":
        looks = rng.integers(0, 256, (4, 2, 3)).repeat(16, 0).repeat(16, 1)
        for camera in (1, 2):
            folder = tmp_path / f"cam{camera}" / person
            folder.mkdir(parents=True)
            for number in range(2):
                noisy = (looks + rng.normal(0, 5, looks.shape)).clip(0, 255).astype(np.uint8)
                cv2.imwrite(str(folder / f"{number}.png"), noisy)
    return tmp_path


def test_a_folder_of_pictures_gets_a_line_of_figures_and_one_of_intervals(pictures: Path, capsys) -> None:
    main([str(pictures), "--checkpoint", "mean", "--cohort", "none"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("3 people, 6 tracklets, 12 pictures")
    assert lines[2].split()[2] == "1.000"
    assert lines[4] == "mean" and lines[5].split()[:2] == ["no", "cohort"]
    assert lines[6].count("[") == 8


def test_a_cohort_for_which_there_are_too_few_people_is_left_out_and_told(pictures: Path, capsys) -> None:
    main([str(pictures), "--checkpoint", "mean", "--cohort", "10", "none"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "warning: a cohort of 10 needs 12 people, there are 3"
    assert [line.split()[:2] for line in lines[6:7]] == [["no", "cohort"]] and len(lines) == 8


@pytest.mark.parametrize("text", ["some", "1", "-3", "2.5"])
def test_a_cohort_that_is_none_is_one_sentence(pictures: Path, capsys, text: str) -> None:
    with pytest.raises(SystemExit):
        main([str(pictures), "--cohort", text])
    assert "must be none, shipped or a number of people from 2 on, got" in capsys.readouterr().err


def test_what_is_printed_is_stored_with_whom_and_what_it_is_of(pictures: Path, capsys) -> None:
    out = pictures / "told.json"
    main([str(pictures), "--checkpoint", "mean", "--cohort", "none", "--name", "Three", "--out", str(out)])
    told = read_real_people(out)
    assert (told.data, told.people, told.tracklets, told.pictures) == ("Three", 3, 6, 12)
    assert [(row.checkpoint, row.cohort) for row in told.rows] == [("", "HSV histogram"), ("mean", "no cohort")]
    assert told.rows[1].fingerprint == weights_fingerprint(load_checkpoint("mean"))
    printed = capsys.readouterr().out.splitlines()[5].split()[2:]
    assert [f"{value:.3f}" for value, _, _ in told.rows[1].figures.values()] == printed
    assert set(told.rows[0].figures) == {"rank_1", "auc", "eer"}, "nothing is calibrated"


def test_a_folder_without_two_cameras_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: root .* must hold a folder cam\* for each of two cameras or more"):
        main([str(tmp_path)])


def test_what_probabilities_turn_out_to_be_is_a_table_a_figure_and_an_error(pictures: Path, capsys) -> None:
    """Nine pairs of each of two sets, which are one and the same; for ten others there are too few people."""
    out = pictures / "told"
    arguments = [f"some={pictures}", f"others={pictures}", "--cohort", "none", "10", "--checkpoint", "mean"]
    reliability.main([*arguments, "--out", str(out)])
    table = pd.read_csv(out.with_suffix(".csv"))
    assert table.groupby("people", sort=False).weight.sum().round(3).to_dict() == {"some": 1, "others": 1}
    assert table.probability.between(0, 1).all() and table.share.between(0, 1).all()
    assert (table.share * table.weight).sum() == pytest.approx(2 * 0.5, abs=1e-3)
    assert out.with_suffix(".svg").read_text().count("no cohort: error") == 2
    expected = ((table.probability - table.share).abs() * table.weight)[table.people == "some"].sum()
    assert float(capsys.readouterr().out.split()[3]) == pytest.approx(expected, abs=2e-3)


def test_people_of_whom_there_are_none_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: root .* must hold a folder cam\*"):
        reliability.main([f"nobody={tmp_path}", "--out", str(tmp_path / "told")])

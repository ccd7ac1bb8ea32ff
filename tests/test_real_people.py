"""The benchmark on people of one's own reads their folder and measures what it says."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.real_people import Distances, main
from reid_core.evaluation import Labels
from reid_core.model import Calibration

CALIBRATION = Calibration(2.0, 0.5, 0.1, "nobody", (0.0, 1.0), (1,), (1,))


def distances(values: list[list[float]]) -> Distances:
    """A probe and a tracklet of the gallery for each person."""
    people = np.arange(len(values))
    return Distances(np.array(values), Labels(people, people * 0 + 1), Labels(people, people * 0 + 2))


def test_figures_of_a_worked_example() -> None:
    """The third is nearer to the first than to itself: one error of six, and one of three, at a threshold of 2."""
    found = distances([[1.0, 3, 4], [4, 1, 3], [1.5, 4, 2.5]]).figures(CALIBRATION)
    assert found.rank_1 == pytest.approx(2 / 3)
    assert found.auc == pytest.approx(17 / 18)
    assert (found.far, found.frr) == (pytest.approx(1 / 6), pytest.approx(1 / 3))
    assert 0 < found.ece < 0.5


def test_two_copies_of_one_person_make_no_pair() -> None:
    """Drawn with replacement there are always copies; were they pairs of two, some of them would be at 0."""
    perfect = distances((np.full((8, 8), 4.0) - 4 * np.eye(8)).tolist())
    drawn = [perfect.drawn(np.random.default_rng(seed), CALIBRATION) for seed in range(20)]
    assert {(one.rank_1, one.auc, one.eer, one.far, one.frr) for one in drawn} == {(1, 1, 0, 0, 0)}


def test_a_folder_of_pictures_gets_a_line_of_figures_and_one_of_intervals(tmp_path: Path, capsys) -> None:
    rng = np.random.default_rng(0)
    for person in "abc":
        looks = rng.integers(0, 256, (4, 2, 3)).repeat(16, 0).repeat(16, 1)
        for camera in (1, 2):
            folder = tmp_path / f"cam{camera}" / person
            folder.mkdir(parents=True)
            for number in range(2):
                noisy = (looks + rng.normal(0, 5, looks.shape)).clip(0, 255).astype(np.uint8)
                cv2.imwrite(str(folder / f"{number}.png"), noisy)
    main([str(tmp_path), "--checkpoint", "mean"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("3 people, 6 tracklets, 12 pictures")
    assert [line.split()[0] for line in lines[2::2]] == ["HSV", "mean"]
    assert lines[2].split()[2] == "1.000"
    assert lines[5].count("[") == 6


def test_a_folder_without_two_cameras_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: root .* must hold a folder cam\* for each of two cameras or more"):
        main([str(tmp_path)])

"""What was measured on real people is stored in a file and read again."""

import json
from dataclasses import replace

import pytest

from reid_core.runs import MeasuredOnReal, RealPeople, RunError, read_real_people, write_real_people

ROWS = (
    MeasuredOnReal("", "", "histogram", {"rank_1": (0.1, 0.05, 0.2)}),
    MeasuredOnReal("mean", "abc", "no cohort", {"rank_1": (0.8, 0.7, 0.9), "far": (0.1, 0.1, 0.2)}),
)
PEOPLE = RealPeople("street", "All pairs.", 12, 24, 480, "2026-11-26T07:00:00+00:00", ROWS)


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "new" / "street.json"
    write_real_people(PEOPLE, path)
    assert read_real_people(path) == PEOPLE


@pytest.mark.parametrize("figures", [{"rank_2": (0.1, 0.0, 0.2)}, {"rank_1": (0.1, 0.2, 0.0)}])
def test_a_figure_that_nobody_knows_or_an_interval_that_is_upside_down_is_refused(figures):
    with pytest.raises(ValueError, match="figures must be of rank_1, auc"):
        replace(PEOPLE, rows=(replace(ROWS[0], figures=figures),))


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"rows": [{}]}', '{"rows": [], "data": "x"}'])
def test_a_damaged_file_is_one_sentence(tmp_path, damage):
    path = tmp_path / "damaged.json"
    path.write_text(damage)
    with pytest.raises(RunError, match=r"damaged\.json must be what benchmarks\.real_people wrote"):
        read_real_people(path)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(RunError, match=r"nothing\.json must be what"):
        read_real_people(tmp_path / "nothing.json")


def test_a_figure_of_a_file_that_is_no_number_is_one_sentence(tmp_path):
    path = tmp_path / "street.json"
    write_real_people(PEOPLE, path)
    content = json.loads(path.read_text())
    content["rows"][0]["figures"]["rank_1"] = ["a", "b"]
    path.write_text(json.dumps(content))
    with pytest.raises(RunError, match=r"street\.json must be what"):
        read_real_people(path)

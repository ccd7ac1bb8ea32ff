"""The document on run folders names what is in them."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from reid_core.runs import BIAS_COLUMNS, RUN_COLUMNS, RunInfo
from reid_core.runs.schema import IDENTITY_COLUMNS, IMPORTANCE_COLUMNS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "runs.md").read_text()
TABLES = {name: columns.split() for name, columns in RUN_COLUMNS.items()} | {
    "identities": IDENTITY_COLUMNS.split(),
    "importance": IMPORTANCE_COLUMNS.split(),
    "bias": list(BIAS_COLUMNS),
}


def test_every_field_of_a_run_is_described() -> None:
    described = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*) \|", DOCUMENT, re.M))))
    assert {field.name for field in fields(RunInfo)} <= described


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_a_table_is_described_in_its_row(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}\.csv` \|[^|]*\|(.*)\|$", DOCUMENT, re.M)
    described = re.findall(r"`(\w+)`", row)
    assert [column for column in TABLES[name] if column not in described] == []

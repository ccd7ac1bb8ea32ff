"""The command of the tables finishes a small version, keeps what is there, and writes what it found."""

import sys
from pathlib import Path

import pytest

from benchmarks import tables
from reid_core.__main__ import main as reid
from reid_core.runs import read_run

ONLY = ("brcnn", "astpn", "tapr")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("people")
    assert reid(["synthesize", "--out", str(out), "--persons", "8", "--seed", "1", *LENGTHS]) == 0
    return out


LENGTHS = ("--min-length", "3", "--max-length", "4")


def test_two_splits_of_three_systems_from_one_command_that_can_be_called_again(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tables"])
    monkeypatch.setattr(tables, "SHIPPED", [tmp_path / "none"])
    words = ["--data", str(people), "--out", str(tmp_path), "--splits", "2", "--epochs", "1"]
    assert tables.main(["run", "--only", "brcnn", *words]) == 0
    first = read_run(tmp_path / "splits-brcnn")
    assert first.info.command.startswith("reid train --data") and "--init utrcnn --keep-encoder" in first.info.command
    assert tables.main(["run", "--only", *ONLY, *words]) == 0
    runs = {key: read_run(tmp_path / f"splits-{key}") for key in ONLY}
    assert runs["brcnn"].info == first.info, "what is there is kept"
    assert {key: run.info.head for key, run in runs.items()} == {key: key for key in ONLY}
    assert len({tuple(run.summary["split"]) for run in runs.values()}) == 1
    assert len({run.info.fingerprint.split("-")[1] for run in runs.values()}) == 1, "all on the same files"
    assert capsys.readouterr().out.count(" min\n") == 4
    page = tmp_path / "page.md"
    page.write_text(
        "a\n<!-- measured -->\nold\n<!-- end of measured -->\nb\n<!-- published -->\n<!-- end of published -->\nc"
    )
    for _ in range(2):  # a second writing changes nothing
        tables.write(tmp_path, page)
        lines = page.read_text().splitlines()
        rows = [line for line in lines if line.startswith(("| BRCNN | kept", "| ASTPN | its own", "| TAPR | none"))]
        assert len(rows) == 3 and all(row.endswith(" | 2 |") for row in rows)
        assert (lines[0], lines[-1], "old" in lines, lines.count("b")) == ("a", "c", False, 1)
        assert any(line.startswith("Not measured yet: UTRCNN, closing, encoder kept; ") for line in lines)
        assert "| SINet | 2022 | 91.0 |  |  |  | 86.2 | github.com/baist/SINet (README.md, main.py) |" in lines


def test_what_ships_is_not_trained_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tables.main(["run", "--only", "rcnn", "bptt", "--data", str(tmp_path / "none"), "--out", str(tmp_path)]) == 0
    assert "assets/runs/splits-rcnn, 0.0 min" in capsys.readouterr().out


def test_the_page_has_the_published_rows_as_they_are_stored() -> None:
    assert tables.published() in tables.PAGE.read_text()


def test_data_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "SHIPPED", [tmp_path / "none"])
    assert tables.main(["run", "--only", "brcnn", "--data", str(tmp_path / "none"), "--out", str(tmp_path)]) == 2
    assert "is not a folder" in capsys.readouterr().err

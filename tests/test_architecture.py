"""What docs/architecture.md says of the house is so."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.e2e.views import PAGES

HERE = Path(__file__).resolve().parents[1]
TEXT = (HERE / "docs" / "architecture.md").read_text()
PATHS = sorted(set(re.findall(r"`((?:reid_core|pages|ui|tests|checkpoints|pyproject|app)[\w/.-]*)`", TEXT)))


@pytest.mark.parametrize("path", PATHS)
def test_each_file_and_folder_that_it_names_is_there(path: str) -> None:
    assert (HERE / path).exists()


def test_it_names_files_at_all() -> None:
    assert len(PATHS) > 15


def test_each_room_of_the_import_contract_is_in_the_table() -> None:
    contract = tomllib.loads((HERE / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    rooms = {name.strip().removeprefix("reid_core.") for layer in contract["layers"] for name in layer.split("|")}
    for room in rooms - {"__main__", "files", "lance", "progress", "shipped"}:
        assert f"`{room}/" in TEXT or f"`{room}.py`" in TEXT, room


def test_the_table_names_where_heads_and_data_sets_are_listed() -> None:
    for name, path in (("HEADS", "reid_core/model/heads/__init__.py"), ("DATASETS", "reid_core/data/datasets.py")):
        assert f"{name} = {{" in (HERE / path).read_text()
        assert f"`{name}`, `{path}`" in TEXT


def test_every_page_is_in_the_navigation_and_looked_at_from_top_to_end() -> None:
    pages = {path.stem for path in (HERE / "pages").glob("*.py")}
    assert set(re.findall(r'"pages" / "(\w+)\.py"', (HERE / "app.py").read_text())) == pages
    assert {page or "home" for page in PAGES} == pages


def test_no_page_imports_at_its_start_what_takes_seconds_and_a_sixth_of_the_servers_memory() -> None:
    """torchvision brings PyTorch's compiler along: 160 MB."""
    sources = [path for folder in ("pages", "ui") for path in (HERE / folder).rglob("*.py")]
    assert len(sources) > 50
    slow = re.compile(r"^(?:from|import) (?:torchvision|trackers|supervision|lightning_fabric|sklearn|onnx)\b", re.M)
    assert [path.name for path in sources if slow.search(path.read_text())] == []

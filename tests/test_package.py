"""The package as it is installed: its wheel, and what it says it needs."""

import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from reid_core.shipped import checkpoint_folder

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the working tree, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, ROOT]
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *words], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The wheel unpacked, as an installation does."""
    folder = wheel.parent / "installed"
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def metadata(installed: Path, name: str) -> str:
    (file,) = installed.glob(f"*.dist-info/{name}")
    return file.read_text()


def test_the_wheel_holds_every_module_the_weights_and_the_benchmark_s_colours_and_nothing_else(installed: Path) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "reid_core").rglob("*.py")}
    weights = {f"reid_core/{path.relative_to(ROOT)}" for path in (ROOT / "checkpoints").rglob("*") if path.is_file()}
    found = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    assert len(modules) > 50 and "reid_core/checkpoints/person_detector.onnx" in weights
    assert {name for name in found if ".dist-info/" not in name} == modules | weights | {"reid_core/data/synthwalk.png"}


def test_weights_and_detector_are_found_where_the_package_is_installed(installed: Path, tmp_path: Path) -> None:
    script = (
        "from reid_core.model import load_checkpoint; from reid_core.video import PersonDetector; PersonDetector()\n"
        "import reid_core; print(load_checkpoint('utrcnn').name, reid_core.__file__)"
    )
    command = [sys.executable, "-c", script]
    said = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == ["utrcnn", str(installed / "reid_core" / "__init__.py")]


def test_in_the_repository_the_weights_are_beside_the_package() -> None:
    assert checkpoint_folder() == ROOT / "checkpoints"


def test_the_wheel_has_the_console_command_and_its_extras(installed: Path) -> None:
    assert "reid = reid_core.__main__:main" in metadata(installed, "entry_points.txt")
    told: Message = Parser().parsestr(metadata(installed, "METADATA"))
    assert set(told.get_all("Provides-Extra", [])) == {"app", "train", "dev"}


@pytest.mark.parametrize(
    ("file", "needed"),
    [
        ("requirements.txt", [*PROJECT["dependencies"], *EXTRAS["app"], *EXTRAS["train"]]),
        ("requirements-dev.txt", EXTRAS["dev"]),
    ],
)
def test_each_pin_has_a_reason_and_satisfies_what_the_project_needs(file: str, needed: list[str]) -> None:
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and line[0] not in "#-"]
    pins, reasons = zip(*(line.split("#", 1) for line in lines), strict=True)
    found = [Requirement(pin.strip()) for pin in pins]
    versions = {one.name: str(one.specifier).removeprefix("==") for one in found}
    ranges = {required.name: required.specifier for required in map(Requirement, needed)}
    assert versions.keys() == ranges.keys()
    assert all(versions[name] in ranges[name] for name in versions)
    assert all(len(reason.strip()) > 3 for reason in reasons)

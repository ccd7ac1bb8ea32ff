"""The documentation is a whole, fetches nothing, and its commands are those that there are."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from PIL import Image

from reid_core.__main__ import main, parsed
from reid_core.commands import COMMANDS
from reid_core.video import decode
from ui.bias.story import PHASES
from ui.bias.words import STEPS
from ui.runs.words import VIEWS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "checkpoints" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAMS = ("reid", "python", "make", "pip", "streamlit", "docker", "curl", "REID_RUNS=assets/ablations")
SHELL = ("", "shell", "bash")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> Iterator[str]:
    """The lines of a page's code that a shell is told, continued lines joined."""
    for language, block in BLOCK.findall(page.read_text()):
        for line in block.replace("\\\n", " ").splitlines() if language in SHELL else ():
            if line.strip().startswith(tuple(f"{program} " for program in PROGRAMS)):
                yield line.strip()


LINES = [pytest.param(line, id=f"{page.stem}: {line[:40]}") for page in PAGES for line in commands(page)]
OF_A_MODULE = re.compile(r"python -m ((?:assets|benchmarks)[.\w]*)")


def words_of(line: str) -> list[str]:
    """Of a shell's line, without what a loop's variables stand for."""
    return [word for word in shlex.split(line, comments=True) if not word.startswith("$")]


@pytest.mark.parametrize("line", LINES)
def test_each_command_is_taken_by_the_program_that_it_is_for(line: str) -> None:
    program, *words = words_of(line)
    if program == "reid":
        assert parsed(words[0], words[1:]) is not None
    elif (module := OF_A_MODULE.match(line)) is not None:
        path = ROOT.joinpath(*module[1].split("."))
        source = (path / "__main__.py" if path.is_dir() else path.with_suffix(".py")).read_text()
        assert [word for word in words if word.startswith("--") and word not in source] == []
    elif program == "make":
        assert [word for word in words if f"\n{word}:" not in (ROOT / "Makefile").read_text() and "=" not in word] == []


def test_the_commands_of_the_documentation_are_found() -> None:
    lines = [str(line.values[0]) for line in LINES]
    assert "make run     # environment, dependencies, and the app at http://localhost:8501" in lines
    assert {name for name in COMMANDS if any(line.startswith(f"reid {name} ") for line in lines)} == set(COMMANDS)


def test_the_tutorial_can_be_followed_from_its_first_command_to_its_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)
    lines = list(commands(ROOT / "docs" / "tutorial.md"))
    assert len(lines) > 10
    for line in lines:
        assert main(words_of(line)[1:]) == 0, f"{line}\n{capsys.readouterr().err}"
    verdicts = [told for told in capsys.readouterr().out.splitlines() if told.startswith(("The same person.", "{"))]
    assert verdicts[0].startswith("The same person.") and '"verdict": "different"' in verdicts[1]
    assert (tmp_path / "why" / "strip.mp4").is_file() and (tmp_path / "runs" / "tiny-bptt" / "bias.csv").is_file()


# Run as they stand, on small files of the names that they speak of. What is not here is held to what its program takes,
# above: it needs a licensed data set, a GPU, Docker, or more than a minute.
RUN = {
    "how-to": ("compare", "calibrate", "index", "search", "identities", "forget", "embed", "explain"),
    "search": ("index", "search", "identities", "forget"),
    "calibration": ("calibrate", "compare"),
}
LONG = ("/tmp/example", "--videos")  # two minutes of film, and everybody of a folder of films


@pytest.mark.parametrize("page", RUN)
def test_the_commands_of_a_page_run_one_after_the_other(
    page: str, footage: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in commands(ROOT / "docs" / f"{page}.md"):
        program, name, *words = words_of(line)
        if program == "reid" and name in RUN[page] and not any(long in words for long in LONG):
            expanded = [found for word in words for found in (sorted(map(str, footage.glob(word))) or [word])]
            assert main([name, *(expanded if "*" in line else words)]) == 0, f"{line}\n{capsys.readouterr().err}"


@pytest.fixture
def footage(place: Path) -> Path:
    """Where there are films, pairs of them with what is known, a picture of somebody, and two indexes as well."""
    films = {
        "c.mp4": "walker-camera2-covered",
        "d.mp4": "blue1-camera1",
        "person.mp4": "walker-camera1",
        "clips/1.avi": "walker-camera1",
        "footage/1.mp4": "walker-camera2",
        "others/1.mp4": "real1",
    }
    for name, film in films.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).symlink_to(ROOT / "assets" / "examples" / f"{film}.mp4")
    Image.fromarray(decode((place / "person.mp4").read_bytes()).frames[0]).save(place / "person.jpg")
    shutil.copytree(place / "monday", place / "tuesday")
    pairs = [("a", "b", "same"), ("a", "c", "same"), ("a", "d", "different"), ("b", "d", "different")]
    rows = ["video_a,video_b,same", *(f"{a}.mp4,{b}.mp4,{same}" for a, b, same in pairs)]
    (place / "my-pairs.csv").write_text("\n".join(rows))
    return place


PYTHON = [
    pytest.param(block, id=page.stem)
    for page in PAGES
    for language, block in BLOCK.findall(page.read_text())
    if language == "python"
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the names that the examples speak of are what they say."""
    films = {"a": "walker-camera1", "b": "walker-camera2", "scene": "street-camera1"}
    for name, film in films.items():
        (tmp_path / f"{name}.mp4").symlink_to(ROOT / "assets" / "examples" / f"{film}.mp4")
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    shutil.copytree(ROOT / "assets" / "search" / "index", tmp_path / "monday")
    for name, persons, camera in (("probe", 5, 1), ("gallery", 9, 2)):
        np.save(tmp_path / f"{name}_pids.npy", np.arange(persons))
        np.save(tmp_path / f"{name}_cameras.npy", np.full(persons, camera))
        embeddings = np.random.default_rng(camera).normal(size=(persons, 4)).astype(np.float32)
        np.save(tmp_path / f"{name.replace('probe', 'probes')}.npy", embeddings)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", PYTHON)
def test_what_is_told_in_python_runs(block: str, place: Path) -> None:
    on_any_machine = block.replace('device="cuda"', 'device="cpu"')
    exec(compile(on_any_machine, "documentation", "exec"), {})


LINKS = {link for page in PAGES for link in re.findall(r"http://localhost:8501/(\w+\?[^)>\s]+)", page.read_text())}


@pytest.mark.parametrize("link", sorted(LINKS))
def test_a_link_into_the_app_names_what_is_there(link: str) -> None:
    page, query = link.split("?")
    known = {
        "example": [example["key"] for example in json.loads((ROOT / "assets/examples/examples.json").read_text())],
        "checkpoint": [path.stem for path in (ROOT / "checkpoints").glob("*.safetensors")],
        "runs": [path.name for path in (ROOT / "assets/runs").iterdir()],
        "step": [str(number) for number in range(1, len(STEPS) + 1)],
        "phase": PHASES,
        "view": VIEWS,
        "present": ["true"],
        "more": ["true"],
    }
    assert f'url_path="{page}"' in (ROOT / "app.py").read_text()
    assert [(name, value) for name, value in parse_qsl(query, strict_parsing=True) if value not in known[name]] == []


def test_the_documentation_links_into_the_app() -> None:
    assert len(LINKS) > 10


class Fetched(HTMLParser):
    """The addresses of what a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        address = named.get("href") if tag == "link" else named.get("src")
        if address is not None:
            self.found.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole of it: a page without a place in the navigation, or a dead link, is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return folder


def test_each_page_is_on_the_site_and_fetches_nothing_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) == len(PAGES) + 2  # the changelog, and what is not found
    for page in pages:
        fetched = Fetched()
        fetched.feed(page.read_text())
        assert len(fetched.found) > 3
        assert [address for address in fetched.found if "//" in address] == [], page


def test_the_links_of_pages_that_stand_elsewhere_in_the_repository_hold_on_the_site(site: Path) -> None:
    assert 'href="model-card.html"' in (site / "index.html").read_text()
    assert 'href="transfer.html"' in (site / "model-card.html").read_text()
    assert 'href="LICENSE.txt"' in (site / "index.html").read_text() and (site / "LICENSE.txt").is_file()


def test_the_reference_tells_what_the_docstrings_say(site: Path) -> None:
    assert "Are two videos of the same person?" in (site / "reference" / "python.html").read_text()
    assert "Pull pairs of one person together" in (site / "reference" / "training.html").read_text()

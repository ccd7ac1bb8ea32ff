"""What can be known of the image and the workflows unbuilt, and that the app needs neither a network nor a disk."""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
COPIED = [source for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE) for source in line.split()]


@pytest.mark.parametrize("source", COPIED)
def test_what_the_image_copies_is_there_and_not_kept_from_it(source: str) -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert (ROOT / source).exists()
    assert any(fnmatch(source, pattern) for pattern in let_in)


def test_the_image_has_all_that_the_app_reads() -> None:
    assert {"app.py", "pages", "ui", "reid_core", "checkpoints", "assets", ".streamlit"} <= set(COPIED)


def test_the_image_is_installed_in_the_steps_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for step in ("--no-deps --editable .", "bash .ci/libraries", "python .ci/compile.py"):
        assert step in makefile and step in DOCKERFILE
    assert "REQUIREMENTS ?= requirements.txt\n" in makefile and "-r requirements-cpu.txt" in DOCKERFILE
    assert "-r requirements.txt" in (ROOT / "requirements-cpu.txt").read_text().splitlines()


def test_the_container_may_do_nothing_that_the_app_does_not_need() -> None:
    app = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["app"]
    assert app["read_only"] is True and app["cap_drop"] == ["ALL"]
    assert app["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER [1-9]\d*", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_read_only_and_runs_actions_of_known_content(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert workflow["permissions"] == {"contents": "read"}
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step["uses"]) for step in steps if "uses" in step)
    assert any("run" in step for step in steps)


def test_there_are_workflows_for_the_tests_the_wheel_and_the_documentation() -> None:
    told = "".join(path.read_text() for path in WORKFLOWS)
    assert "run: make test\n" in told and "pip wheel" in told and "mkdocs build --strict" in told


# A mount namespace in which the checkout and the home cannot be written, and a network namespace without a network.
CLOSED = """
set -e
ip link set lo up
for folder in {root} {home}; do mount --bind $folder $folder; mount -o remount,bind,ro $folder; done
cd {root}
! touch {root}/x {home}/x 2>/dev/null
exec {python} {script}
"""
SCRIPT = """
import socket, subprocess, sys, time, urllib.request
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
words = ["app.py", "--server.port", str(port), "--server.address", "127.0.0.1"]
app = subprocess.Popen([sys.executable, "-m", "streamlit", "run", *words], stdout=sys.stderr)
try:
    while app.poll() is None:
        try:
            answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5)
            print(answer.read().decode(), flush=True)
            break
        except OSError:
            time.sleep(0.2)
finally:
    app.kill()
import reid_core
walker = "assets/examples/walker-camera{}.mp4"
print(reid_core.compare(walker.format(1), walker.format(2), crop="full").verdict)
"""


@pytest.fixture(scope="module")
def namespaces() -> list[str]:
    """How a process gets namespaces of its own here."""
    words = ["unshare", "--net", "--mount"]
    tried = shutil.which("unshare") and subprocess.run([*words, "mount", "--bind", "/usr", "/usr"], capture_output=True)
    if not tried or tried.returncode or not shutil.which("ip"):
        pytest.skip("namespaces are not to be had here")
    return words


def test_the_app_answers_where_nothing_but_tmp_can_be_written_and_there_is_no_network(
    namespaces: list[str], tmp_path: Path
) -> None:
    home, script = tmp_path / "home", tmp_path / "script.py"
    home.mkdir()
    script.write_text(SCRIPT)
    closed = CLOSED.format(root=ROOT, home=home, python=sys.executable, script=script)
    # to compile what could not be kept would take most of the time
    environment = os.environ | {"HOME": str(home), "PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1"}
    ran = subprocess.run([*namespaces, "bash", "-c", closed], env=environment, capture_output=True, text=True)
    assert ran.stdout.splitlines() == ["ok", "same"], ran.stderr

"""Commands that are killed at random moments and gone on with: all must end as the undisturbed command did."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reid_core.model import load_checkpoint, weights_digest
from reid_core.runs import read_bias, read_run
from tests.killing import digests

PEOPLE = 10
TRAIN = ("--dataset", "synthetic", "--recipe", "small", "--epochs", "2", "--calibration-share", "0.4")
PREPARE = (
    "from pathlib import Path; from reid_core.data import InputConfig, load, prepare; import sys\n"
    "prepare(load('synthetic', Path(sys.argv[1])), InputConfig(), Path(sys.argv[2]))"
)


@dataclass(frozen=True)
class Command:
    """A command, and what it leaves. words: of its command line, with the folder to write. left: what is compared."""

    words: Callable[[Path], Sequence[str]]
    left: Callable[[Path], object]


def reid(*words: object) -> list[str]:
    """The words of a command of the package."""
    return ["-m", "reid_core", *map(str, words)]


def commands(root: Path) -> dict[str, Command]:
    """All that are killed, on data and a run that lie in a folder."""
    people, trained, clip = root / "people", root / "trained", Path("assets/examples/walker-camera1.mp4").resolve()
    data = ("--data", people, "--dataset", "synthetic")
    return {
        "synthesize": Command(lambda out: reid("synthesize", "--out", out, *_lengths(PEOPLE)), digests),
        "train": Command(lambda out: reid("train", "--data", people, *TRAIN, "--resume", "--out", out), _run),
        "evaluate": Command(lambda out: reid("evaluate", trained, *data, "--out", out), _run),
        "flow": Command(lambda out: ["-c", PREPARE, str(people), str(out)], _cache),
        "index": Command(lambda out: reid("index", clip, "--out", out), _index),
        "explain": Command(lambda out: reid("explain", clip, "--crop", "full", "--out", out), digests),
        "bias": Command(lambda out: reid("bias", _copied(trained, out), *data), _bias),
        "report": Command(lambda out: reid("report", trained, "--out", out), _report),
    }


def run(folder: Path, moments: int, seed: int) -> int:
    """Kill each so many times, print what came of it. Returns: how many ended otherwise than undisturbed."""
    _do(reid("synthesize", "--out", folder / "people", *_lengths(PEOPLE)))
    _do(reid("train", "--data", folder / "people", *TRAIN, "--out", folder / "trained"))
    rng, wrong = np.random.default_rng(seed), 0
    for name, command in commands(folder).items():
        started = time.monotonic()
        whole = folder / f"{name}-whole"
        _do(command.words(whole))
        expected, whole_s = command.left(whole), time.monotonic() - started
        equal, kills = 0, 0
        for number, moment_s in enumerate(rng.uniform(0, whole_s, moments)):
            out = folder / f"{name}-{number}"
            kills += _killed(command.words(out), moment_s)
            finding = _gone_on_with(command, out, expected)
            equal += not finding
            print(f"{name} killed after {moment_s:.2f} s: {finding}", flush=True) if finding else None
        wrong += moments - equal
        told = f"{name:10} {whole_s:5.1f} s undisturbed; killed {kills} of {moments} times, equal after it {equal}"
        print(told, flush=True)
    print(f"kills: {wrong} ended otherwise than undisturbed")
    return wrong


def _gone_on_with(command: Command, out: Path, expected: object) -> str:
    """Give the command once more, unless it had ended: some refuse to write a second time. Returns: what is wrong."""
    if not _complete(command, out, expected):
        try:
            _do(command.words(out))
        except RuntimeError as error:
            return str(error)
    return "" if _complete(command, out, expected) else "what is left is not what the undisturbed command left"


def _complete(command: Command, out: Path, expected: object) -> bool:
    try:
        return out.exists() and command.left(out) == expected
    except (OSError, ValueError):
        return False


def _killed(words: Sequence[str], moment_s: float) -> bool:
    process = _begun(words)
    try:
        process.communicate(timeout=moment_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    return False


def _do(words: Sequence[str]) -> None:
    process = _begun(words)
    _, told = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}: {told.decode()[-400:]}")


def _begun(words: Sequence[str]) -> subprocess.Popen[bytes]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # another number sums in another order
    return subprocess.Popen(
        [sys.executable, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def _lengths(persons: int) -> tuple[str, ...]:
    return ("--persons", str(persons), "--seed", "1", "--min-length", "4", "--max-length", "6")


def _copied(trained: Path, out: Path) -> Path:
    """A run of its own for a command that writes into one."""
    if not out.exists():
        out.mkdir()
        for path in trained.iterdir():
            (out / path.name).write_bytes(path.read_bytes())
    return out


def _run(folder: Path) -> object:
    """Weights and results, without times and paths."""
    run = read_run(folder)
    weights = [weights_digest(load_checkpoint(path).network) for path in sorted(folder.glob("*.safetensors"))]
    tables = (run.summary, run.cmc, run.roc, run.histograms, run.nearest, run.history.drop(columns="seconds"))
    return weights, [table.to_csv() for table in tables], digests(folder, "identities.csv")


def _bias(folder: Path) -> object:
    bias = read_bias(folder)
    return None if bias is None else (bias.to_csv(), read_run(folder).importance().to_csv())


def _cache(folder: Path) -> object:
    return {name: digest for name, digest in digests(folder).items() if ".lock" not in name}


def _report(folder: Path) -> object:
    """All but the names that Plotly draws for its figures."""
    page = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", (folder / "index.html").read_text(encoding="utf-8"))
    return page, {name: digest for name, digest in digests(folder).items() if name != "index.html"}


def _index(place: Path) -> object:
    from reid_core.search import open_index

    index = open_index(place)
    rows = index.some(index.table().tracklet.tolist())
    told = [(one.tracklet, one.segment, one.times_s.tolist(), one.embedding.tolist()) for one in rows]
    return json.dumps(told), [video.finished for video in index.videos()]

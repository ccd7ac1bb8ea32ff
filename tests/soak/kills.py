"""Commands that are killed at random moments and gone on with: all must end as the undisturbed command did."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

import numpy as np

from reid_core.model import load_checkpoint, weights_digest
from reid_core.runs import read_bias, read_run
from reid_core.video import decode, mp4
from reid_core.video.sightings import SEGMENT_S
from tests.killing import digests

EXAMPLES = Path("assets/examples").resolve()
PEOPLE = 10
SEGMENTS, RATE = 3, 2  # of the street that is indexed, and its frames a second
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
    people, trained, clip = root / "people", root / "trained", EXAMPLES / "walker-camera1.mp4"
    data = ("--data", people, "--dataset", "synthetic")
    return {
        "synthesize": Command(lambda out: reid("synthesize", "--out", out, *_lengths(PEOPLE)), digests),
        "train": Command(lambda out: reid("train", "--data", people, *TRAIN, "--resume", "--out", out), _run),
        "evaluate": Command(lambda out: reid("evaluate", trained, *data, "--out", out), _run),
        "flow": Command(lambda out: ["-c", PREPARE, str(people), str(out)], _cache),
        "index": Command(lambda out: reid("index", clip, root / "street.mp4", "--rate", RATE, "--out", out), _index),
        "explain": Command(lambda out: reid("explain", clip, "--crop", "full", "--out", out), digests),
        "bias": Command(lambda out: reid("bias", _copied(trained, out), *data), _bias),
        "report": Command(lambda out: reid("report", trained, "--out", out), _report),
    }


def run(folder: Path, moments: int, seed: int, names: Sequence[str] = ()) -> int:
    """Kill each so many times, print what came of it. Returns: how many ended otherwise than undisturbed.

    Args: names: of the commands, none for all.
    """
    if unknown := set(names) - commands(folder).keys():
        sys.exit(f"error: of must name some of {', '.join(commands(folder))}, got {', '.join(unknown)}")
    (folder / "street.mp4").write_bytes(_street())
    _do(reid("synthesize", "--out", folder / "people", *_lengths(PEOPLE)))
    _do(reid("train", "--data", folder / "people", *TRAIN, "--out", folder / "trained"))
    rng, wrong = np.random.default_rng(seed), 0
    for name, command in commands(folder).items():
        if not names or name in names:
            wrong += _killed_and_gone_on_with(name, command, folder, moments, rng)
    print(f"kills: {wrong} ended otherwise than undisturbed")
    return wrong


def _killed_and_gone_on_with(name: str, command: Command, folder: Path, moments: int, rng: np.random.Generator) -> int:
    """One command, killed between the first that it writes and its end: before, nothing is lost that is worth a test.

    A moment at which it had ended already is drawn again. Returns: how many ended otherwise.
    """
    whole = folder / f"{name}-whole"
    words, begun_s = command.words(whole), time.time()
    whole_s = _do(words)
    first_s = _first_written(whole, begun_s) - begun_s
    expected, outs = command.left(whole), (folder / f"{name}-{number}" for number in count())
    kills, written, equal = 0, 0, 0
    while kills < moments:
        out, moment_s = next(outs), rng.uniform(first_s, whole_s)
        words, begun_s = command.words(out), time.time()
        if not _killed(words, moment_s):
            whole_s, first_s = moment_s, first_s * moment_s / whole_s  # the machine is faster than it was
            continue
        kills += 1
        written += any(path.stat().st_mtime > begun_s for path in folder.glob(f"*{out.name}*"))
        finding = _gone_on_with(command, out, expected)
        equal += not finding
        print(f"{name} killed after {moment_s:.2f} s: {finding}", flush=True) if finding else None
    told = f"killed {kills} times, {written} of them with something written, equal after it {equal}"
    print(f"{name:10} {whole_s:5.1f} s undisturbed; {told}", flush=True)
    return kills - equal


def _first_written(left: Path, begun_s: float) -> float:
    """When the oldest file that a command left was written, not what lay there before it. All in s since 1970."""
    times = (path.stat().st_mtime for path in [left, *left.rglob("*")] if path.is_file())
    return min(time_s for time_s in times if time_s >= begun_s)


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
    """Whether it was, since it had not ended by itself."""
    try:
        _do(words, moment_s)
    except subprocess.TimeoutExpired:
        return True
    return False


def _do(words: Sequence[str], most_s: float | None = None) -> float:
    """Give a command, and kill it after so long. Returns: how long it took, s.

    Raises: RuntimeError: it ended with an error. TimeoutExpired: it was killed.
    """
    environment, started = os.environ | {"OMP_NUM_THREADS": "1"}, time.monotonic()  # other numbers sum in another order
    ended = subprocess.run([sys.executable, *words], env=environment, capture_output=True, timeout=most_s, check=False)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {ended.returncode}: {ended.stderr.decode()[-400:]}")
    return time.monotonic() - started


def _street() -> bytes:
    """A film of people who come and go, and then of nobody for so long that a segment ends, again and again."""
    seen = decode(EXAMPLES / "street-camera1.mp4").frames[:: 10 // RATE]
    nobody = np.full_like(seen[:1], 90).repeat(round(RATE * SEGMENT_S), axis=0)
    return mp4(chain.from_iterable([seen, nobody] * SEGMENTS), RATE)


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
    told = [
        (one.tracklet, one.segment, one.times_s.tolist(), one.jumps_s.tolist(), one.embedding.tolist()) for one in rows
    ]
    return json.dumps(told), [video.finished for video in index.videos()]

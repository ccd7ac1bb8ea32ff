"""Trainings by the book: every head on all ten splits of SynthWalk, what it is worth, and what its parts are good for.

    reid synthesize --benchmark synthwalk --out data/synthwalk
    python -m benchmarks.ablations search --init ENCODER --data data/walks --out runs
    python -m benchmarks.ablations shipped --init ENCODER --out runs
    python -m benchmarks.ablations heads --init ENCODER --out runs
    python -m benchmarks.ablations parts --init ENCODER --out runs
    python -m benchmarks.ablations inputs --data data/clean --test data/synthwalk --out runs
    python -m benchmarks.ablations table runs/splits-* runs/closing-*

All heads keep one encoder, that of the checkpoint ENCODER, which has seen none of these people; a process computes
its features once. ``search`` tries every head with each preset on other people, on whom nothing is reported: what came
out best there is what the others train with. ``shipped`` trains the heads that ship on all of them, and tests them
on the halves of SynthWalk. What the encoder sees is told by encoders of their own, trained briefly.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from reid_core.__main__ import main as reid_core
from reid_core.__main__ import parsed
from reid_core.data import Dataset, load, prepare, splits_of
from reid_core.evaluation import probes_and_gallery
from reid_core.explain import Measurement, position_bias, run_bias
from reid_core.explain.network_bias import bias_rows, covered_by_others, encode, importance_profiles
from reid_core.model import KnownFeatures, load_checkpoint
from reid_core.runs import (
    BIAS_COLUMNS,
    PROFILE_COLUMNS,
    Run,
    bias_curve,
    input_of,
    pids_tested,
    read_bias,
    read_run,
    write_bias,
)

LONG = ["--preset", "long"]
FREE = ["--head", "utrcnn", "--variant", "closing"]
CLOSING = [*FREE, "--fixed", "W_v", "W_h"]  # memories are what the encoder sees, in any order; only looking is learnt
SAB = ["--head", "utrcnn", "--variant", "sab"]
HEADS = {
    "utrcnn": CLOSING,
    "sab": SAB,
    "bptt": ["--head", "bptt"],
    "rcnn": ["--head", "rcnn"],
    "mean": ["--head", "mean"],
    "median": ["--head", "median"],
    "attention-pooling": ["--head", "attention-pooling"],
}
SHIPPED = ("utrcnn", "sab", "bptt", "rcnn", "mean")
LONG_HEADS = ("utrcnn", "attention-pooling")  # by ``search``; the others lose by more steps or do not learn
SEARCHED = ("fast", "long")
LIMIT = 4 * 2**30  # bytes of features that are kept


def rule(score: str, normalise: str, combine: str, memory: str = "frame", closing: int = 3) -> list[str]:
    """Arguments for a cell of no named variant."""
    names = {"score": score, "normalise": normalise, "combine": combine, "memory": memory, "closing": str(closing)}
    return ["--head", "utrcnn", "--variant", "custom", *(word for name in names for word in (f"--{name}", names[name]))]


PARTS = {
    "fast": [*CLOSING, "--preset", "fast"],
    "end-to-end": [*CLOSING, "--preset", "whole"],
    "readings-0": [*rule("dot", "softmax", "add", closing=0), *LONG],
    "readings-1": [*CLOSING, "--closing", "1", *LONG],
    "readings-2": [*CLOSING, "--closing", "2", *LONG],
    "readings-4": [*CLOSING, "--closing", "4", *LONG],
    "score-mlp": [*rule("mlp", "softmax", "none"), *LONG],
    "score-linear": [*rule("linear", "softmax", "none"), *LONG],
    "frames-attend": [*rule("dot", "softmax", "add"), *LONG],
    "frames-attend-to-states": [*rule("dot", "softmax", "add", memory="state"), *LONG],
    "k-top-5": [*rule("dot", "topk", "none"), "--k-top", "5", *LONG],
    "k-top-20": [*rule("dot", "topk", "none"), "--k-top", "20", *LONG],
    "fixed-beta": [*FREE, "--fixed", "W_v", "W_h", "beta", *LONG],
    "fixed-scores": [*FREE, "--fixed", "W_1", "W_2", "w", "beta", *LONG],
    "free": [*FREE, *LONG],
    "free-W_h": [*FREE, "--fixed", "W_v", *LONG],
    "free-W_v": [*FREE, "--fixed", "W_h", *LONG],
    "orthogonal": [*FREE, "--start", "orthogonal", *LONG],
}

INPUTS = {
    "ablation-input-yuv-colour": ["yuv", "colour"],
    "ablation-input-yuv": ["yuv"],
    "ablation-input-yuv-colour-flow": ["yuv", "colour", "flow"],
}
ENCODER_EPOCHS = "6"


def status(step: Callable[[], None]) -> int:
    """Take a step; what cannot be done is one sentence. Returns: the exit status of the command."""
    try:
        step()
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def run_new(folder: Path, command: str, words: list[str], known: KnownFeatures) -> None:
    """The command that writes a run folder, which is as if it had been typed; a folder that is there is kept."""
    sys.argv[1:] = [command, *words]
    if not folder.exists():
        parsed(command, words).run(known)


def ship(name: str, given: Namespace, known: KnownFeatures) -> None:
    """A head trained on all of the walks, tested on SynthWalk."""
    out, tested = given.out / name, given.out / f"shipped-{name}"
    options = [*LONG] if name in LONG_HEADS else ["--epochs", "10"]  # of 720 persons 30 steps
    begin = ["--init", str(given.init), "--keep-encoder", "--out", str(out), "--resume"]
    words = ["--data", str(given.walks), "--dataset", "synthetic", *HEADS[name], *options, "--everyone", *begin]
    where = ["--data", str(given.data), "--dataset", "synthetic", "--test-halves", "--out", str(tested)]
    run_new(out, "train", words, known)
    run_new(tested, "cross", [str(out), *where], known)
    if read_bias(tested) is None:
        weights = str(out / "split_0.safetensors")
        dataset = load("synthetic", given.data)
        write_bias(tested, *run_bias(read_run(tested), dataset, Measurement(known=known), weights))


def train(name: str, options: list[str], splits: range, given: Namespace, known: KnownFeatures) -> None:
    """One run with its position bias; what is there is kept."""
    out, keep = given.out / name, [] if "whole" in options else ["--keep-encoder"]
    words = ["--data", str(given.data), "--dataset", "synthetic", *options, "--split", *map(str, splits)]
    run_new(out, "train", [*words, "--init", str(given.init), *keep, "--out", str(out), "--resume"], known)
    if read_bias(out) is None:
        write_bias(out, *covered(read_run(out), load("synthetic", given.data), known))


def covered(run: Run, dataset: Dataset, known: KnownFeatures) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of ``run_bias`` for every split, without its controls, and profiles only where that is quick."""
    rows, profiles = [], [pd.DataFrame(columns=list(PROFILE_COLUMNS.split()))]
    prepared = prepare(dataset, input_of(run))
    for number, pids in pids_tested(run, splits_of(dataset.only(prepared.tracklets))).items():
        network = load_checkpoint(run.checkpoint(number)).network
        network.freeze_encoder(known)
        clips = encode(network, *probes_and_gallery(prepared.tracklets, set(pids)), {})
        rows += [(number, "trained", *row) for row in bias_rows(network.head, clips, 0)]
        if run.info.variant == "closing":
            persons = covered_by_others(clips.probes, clips.labels)
            profiles.append(importance_profiles(network.head, clips.probes, persons).assign(checkpoint=f"{number}"))
    return pd.DataFrame(rows, columns=list(BIAS_COLUMNS)), pd.concat(profiles, ignore_index=True)


def train_encoder(name: str, channels: list[str], data: Path, test: Path, out: Path) -> int:
    """An encoder under the mean, tested on the halves of SynthWalk. Returns: the exit status of what failed, or 0."""
    trained = out / name.replace("ablation", "encoder")
    if not trained.exists():
        sys.argv[1:] = [
            *("train", "--data", str(data), "--dataset", "synthetic", "--head", "mean", "--everyone"),
            *("--channels", *channels, "--epochs", ENCODER_EPOCHS, "--calibration-share", "0"),
            *("--out", str(trained), "--resume"),
        ]
        if status := reid_core():
            return status
    if (out / name).exists():
        return 0
    where = ("--data", str(test), "--dataset", "synthetic", "--test-halves", "--out", str(out / name))
    sys.argv[1:] = ["cross", str(trained), *where]
    return reid_core()


def table(folders: list[Path]) -> pd.DataFrame:
    """Rank 1, its spread over the splits and its difference to ``splits-utrcnn`` on the same ones; and covered.

    Returns: a row a run; covered is the mean over nine positions of another person's frames over 40 % of the probes.
    """
    runs = {folder.name: read_run(folder) for folder in folders}
    rates = {name: 100 * run.summary.set_index("split")["rank_1"] for name, run in runs.items()}
    whole = rates.get("splits-utrcnn", pd.Series(dtype=float))
    rows = []
    for name, run in runs.items():
        bias = read_bias(run.folder)
        curve = None if bias is None else 100 * bias_curve(bias, "person")["rank_1"].to_numpy()
        rows.append(
            {
                "run": name,
                "splits": len(rates[name]),
                "rank 1, %": rates[name].mean(),
                "s.d.": rates[name].std(ddof=0),
                "less utrcnn": (rates[name] - whole).mean(),
                "covered": None if curve is None else curve.mean(),
                "position bias": None if curve is None else position_bias(curve),
            }
        )
    return pd.DataFrame(rows).round(1)


def plans(what: str) -> dict[str, tuple[list[str], range]]:
    """The trainings of one part: by name, their arguments and splits."""
    if what == "parts":
        return {f"closing-{name}": (options, range(3)) for name, options in PARTS.items()}
    if what == "search":
        both = [(name, preset) for name in HEADS for preset in SEARCHED]
        return {f"search-{name}-{preset}": ([*HEADS[name], "--preset", preset], range(2)) for name, preset in both}
    longer = {name: [*options, *LONG] if name in LONG_HEADS else options for name, options in HEADS.items()}
    return {f"splits-{name}": (options, range(10)) for name, options in longer.items()}


def main() -> int:
    """Run what was asked for."""
    parser = ArgumentParser(prog="python -m benchmarks.ablations", description=__doc__)
    parser.add_argument("what", choices=("search", "shipped", "heads", "parts", "inputs", "table"))
    parser.add_argument("runs", nargs="*", type=Path, help="run folders, for the table")
    parser.add_argument("--data", type=Path, default=Path("data/synthwalk"))
    parser.add_argument("--walks", type=Path, default=Path("data/walks"))
    parser.add_argument("--test", type=Path, default=Path("data/synthwalk"))
    parser.add_argument("--init", type=Path, help="checkpoint whose encoder is kept")
    parser.add_argument("--out", type=Path, default=Path("runs"))
    given = parser.parse_args()
    if given.what == "table":
        print(table(given.runs).to_string(index=False))
        return 0
    known = KnownFeatures(LIMIT)
    if given.what == "shipped":
        return max(status(partial(ship, name, given, known)) for name in SHIPPED)
    if given.what == "inputs":
        trained = (train_encoder(name, some, given.data, given.test, given.out) for name, some in INPUTS.items())
        return max(trained)
    return max(status(partial(train, name, *plan, given, known)) for name, plan in plans(given.what).items())


if __name__ == "__main__":
    sys.exit(main())

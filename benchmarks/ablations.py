"""Trainings by the book on SynthWalk: the shipped heads on all ten splits, and what their parts are good for on three.

    reid synthesize --benchmark synthwalk --out data/synthwalk
    python -m benchmarks.ablations heads --init ENCODER --out runs
    python -m benchmarks.ablations parts --init ENCODER --out runs
    python -m benchmarks.ablations inputs --data data/clean --test data/synthwalk --out runs
    python -m benchmarks.ablations table runs/splits-* runs/ablation-*

All heads keep one encoder, that of the checkpoint ENCODER, which has seen none of these people; a process computes
its features once. What the encoder sees is told by encoders of their own, trained briefly on other people.
"""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import pandas as pd

from reid_core.__main__ import main as reid_core
from reid_core.__main__ import parsed
from reid_core.explain import position_bias
from reid_core.model import KnownFeatures
from reid_core.runs import bias_curve, read_bias, read_run

HEADS = {f"splits-{head}": ["--head", head] for head in ("bptt", "rcnn", "mean")}
HEADS["splits-sab"] = ["--head", "utrcnn", "--variant", "sab"]


def rule(score: str, normalise: str, combine: str) -> list[str]:
    """Arguments for a cell of no named variant."""
    return ["--variant", "custom", "--score", score, "--normalise", normalise, "--combine", combine]


PARTS = {
    "ablation-variant-paper": ["--variant", "paper"],
    "ablation-variant-paper-raw": ["--variant", "paper-raw"],
    "ablation-score-linear": rule("linear", "topk", "add"),
    "ablation-normalise-softmax": rule("mlp", "softmax", "add"),
    "ablation-combine-inside": rule("mlp", "topk", "inside"),
    "ablation-start-orthogonal": ["--start", "orthogonal"],
    "ablation-k-top-1": ["--k-top", "1"],
    "ablation-k-top-10": ["--k-top", "10"],
    "ablation-k-top-20": ["--k-top", "20"],
    "ablation-k-trunc-5": ["--k-trunc", "5"],
    "ablation-clip-16": ["--clip-length", "16"],
    "ablation-clip-96": ["--clip-length", "96"],
}

INPUTS = {
    "ablation-input-yuv-colour": ["yuv", "colour"],
    "ablation-input-yuv": ["yuv"],
    "ablation-input-yuv-colour-flow": ["yuv", "colour", "flow"],
}
ENCODER_EPOCHS = "6"


def train(name: str, options: list[str], splits: range, given: Namespace, known: KnownFeatures) -> int:
    """One run; a finished one is kept. Returns: the exit status of the command."""
    if (given.out / name).exists():
        return 0
    words = ["--data", str(given.data), "--dataset", "synthetic", *options, "--split", *map(str, splits)]
    words += ["--init", str(given.init), "--keep-encoder", "--out", str(given.out / name), "--resume"]
    sys.argv[1:] = ["train", *words]
    try:
        parsed("train", words).run(known)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


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
    """Rank 1, its spread over the splits and its difference to ``splits-sab`` on the same ones; position bias."""
    runs = {folder.name: read_run(folder) for folder in folders}
    rates = {name: 100 * run.summary.set_index("split")["rank_1"] for name, run in runs.items()}
    whole = rates.get("splits-sab", pd.Series(dtype=float))
    rows = []
    for name, run in runs.items():
        bias = read_bias(run.folder)
        curve = None if bias is None else bias_curve(bias, "person")["rank_1"]
        rows.append(
            {
                "run": name,
                "splits": len(rates[name]),
                "rank 1, %": rates[name].mean(),
                "s.d.": rates[name].std(ddof=0),
                "less sab": (rates[name] - whole).mean(),
                "position bias, %": None if curve is None else 100 * position_bias(curve.to_numpy()),
            }
        )
    return pd.DataFrame(rows).round(1)


def main() -> int:
    """Run what was asked for."""
    parser = ArgumentParser(prog="python -m benchmarks.ablations", description=__doc__)
    parser.add_argument("what", choices=("heads", "parts", "inputs", "table"))
    parser.add_argument("runs", nargs="*", type=Path, help="run folders, for the table")
    parser.add_argument("--data", type=Path, default=Path("data/synthwalk"))
    parser.add_argument("--test", type=Path, default=Path("data/synthwalk"))
    parser.add_argument("--init", type=Path, help="checkpoint whose encoder is kept")
    parser.add_argument("--out", type=Path, default=Path("runs"))
    given = parser.parse_args()
    if given.what == "table":
        print(table(given.runs).to_string(index=False))
        return 0
    if given.what == "inputs":
        trained = (train_encoder(name, some, given.data, given.test, given.out) for name, some in INPUTS.items())
        return max(trained)
    todo, splits = (HEADS, range(10)) if given.what == "heads" else (PARTS, range(3))
    known = KnownFeatures()
    return max(train(name, options, splits, given, known) for name, options in todo.items())


if __name__ == "__main__":
    sys.exit(main())

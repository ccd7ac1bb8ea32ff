"""What commands that write runs have in common: the data on the way in, the results on the way out."""

import shlex
import sys

from reid_core.commands.progress import Bars
from reid_core.data import Dataset, InputConfig, Prepared, prepare
from reid_core.evaluation import RANKS
from reid_core.runs import Run


def prepared_for(dataset: Dataset, config: InputConfig, tell: bool = True) -> Prepared:
    """The frames of a data set as a network takes them, with a bar and its problems on stderr where ``tell``."""
    with Bars() as bars:
        prepared = prepare(dataset, config, progress=bars if tell else None)
    if tell:
        for problem in prepared.problems:
            print(f"warning: {problem}", file=sys.stderr)
    return prepared


def as_typed() -> str:
    """The command, for the record."""
    return shlex.join(["reid", *sys.argv[1:]])


def told(run: Run) -> str:
    """The results of a run in words."""
    info = run.info
    head = f"{info.head} {info.variant}".strip()
    lines = [
        f"{info.name}: {head}, recipe {info.recipe}, preset {info.preset}, trained on {info.trained_on}, "
        f"tested on {info.dataset} (protocol {info.protocol}, {len(run.summary)} splits, "
        f"{info.test_variants} test variants)"
    ]
    if run.summary.empty:
        return f"{lines[0]}: tested on nothing"
    if info.origin:
        lines.append(f"  splits: {info.origin}")
    names = {f"rank_{k}": f"rank {k}" for k in RANKS} | {
        "mean_reciprocal_rank": "mean reciprocal rank",
        "mean_average_precision": "mean average precision",
        "auc": "AUC",
        "equal_error_rate": "equal error rate",
        "far": "FAR at the threshold",
        "frr": "FRR at the threshold",
    }
    if run.summary["mean_average_precision"].equals(run.summary["mean_reciprocal_rank"]):
        del names["mean_average_precision"]  # one right tracklet for each probe: the same number, said once
    for column, words in names.items():
        values = run.summary[column].dropna()
        if len(values):
            spread = f" +- {values.std(ddof=0):.4f}" if len(values) > 1 else ""
            lines.append(f"  {words}: {values.mean():.4f}{spread}")
    return "\n".join(lines)

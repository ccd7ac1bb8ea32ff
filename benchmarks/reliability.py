"""Whether probabilities are true, on several sets of people: ``python -m benchmarks.reliability NAME=FOLDER ...``.

Each FOLDER is one that ``benchmarks.real_people`` reads: cam1/PERSON/*, cam2/PERSON/*. Of all pairs of a probe and one
of the gallery, held against each cohort, those with about one probability of "same" are taken together: how often are
they one person, if half of all pairs are? Writes OUT.csv and OUT.svg and prints the expected calibration errors.

For example:
  python -m benchmarks.reliability "PKU-Reid=pku_reid" "SynthWalk=data/synthwalk/i-LIDS-VID/sequences" --cohort none 10
"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.real_people import cohort_named, fitting, held_by_cohort, read_clips
from reid_core.data import load
from reid_core.evaluation import reliability
from reid_core.model import Checkpoint, load_checkpoint

OUT = Path("docs/pictures/reliability")
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
COLUMNS = ["people", "cohort", "probability", "share", "weight"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write table and figure, print an error a line."""
    parser = ArgumentParser("reliability", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("people", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument("--checkpoint", default="utrcnn")
    parser.add_argument("--cohort", nargs="+", type=cohort_named, default=["none", "shipped", "10"])
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    named = (one.partition("=")[::2] for one in options.people)
    try:
        checkpoint = load_checkpoint(options.checkpoint)
        rows = [row for name, folder in named for row in bins_of(checkpoint, name, Path(folder), options.cohort)]
    except ValueError as error:
        sys.exit(f"error: {error}")
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.round(4).to_csv(options.out.with_suffix(".csv"), index=False)
    with mpl.rc_context({"svg.hashsalt": "reliability", "svg.fonttype": "none", "font.size": 9}):
        drawn(table, checkpoint.name).savefig(options.out.with_suffix(".svg"), metadata={"Date": None})
    for (name, cohort), error in errors(table).items():
        print(f"{name:20} {cohort:12} {error:.3f}")


def bins_of(
    checkpoint: Checkpoint, name: str, folder: Path, cohorts: Sequence[str]
) -> Iterator[tuple[str, str, float, float, float]]:
    """A row of the table for each bin that has pairs; of cohorts for which there are too few people none.

    Raises: ValueError: as ``read_clips`` does.
    """
    dataset = load("folder", folder)
    enough = fitting(cohorts, len(dataset.pids))
    for cohort, distances, calibration in held_by_cohort(checkpoint, read_clips(dataset), dataset, enough):
        found = calibration.probabilities_same(distances.values)
        told = reliability(found[distances.right], found[~distances.right])
        for weight, probability, share in zip(told.weight, told.probability, told.share, strict=True):
            if weight:
                yield name, cohort, probability, share, weight


def errors(table: pd.DataFrame) -> "pd.Series[float]":
    """Expected calibration errors by people and cohort."""
    apart = (table.probability - table.share).abs() * table.weight
    return apart.groupby([table.people, table.cohort], sort=False).sum()


def drawn(table: pd.DataFrame, checkpoint: str) -> Figure:
    """A panel for each set of people, a line for each cohort; the larger a dot, the more pairs."""
    found, names = errors(table), list(table.people.unique())
    figure = Figure(figsize=(3.1 * len(names), 3.4), layout="constrained")
    panels = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    colours = dict(zip(table.cohort.unique(), COLOURS, strict=False))
    for panel, name in zip(panels, names, strict=True):
        panel.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        for cohort, some in table[table.people == name].groupby("cohort", sort=False):
            label = f"{cohort}: error {found[name, cohort]:.3f}"
            panel.plot(some.probability, some.share, color=colours[cohort], linewidth=1.2, label=label)
            panel.scatter(some.probability, some.share, 4 + 120 * some.weight, color=colours[cohort])
        panel.set(title=name, xlabel=f"probability that {checkpoint} tells", aspect="equal", xlim=(0, 1), ylim=(0, 1))
        panel.legend(loc="upper left", frameon=False, fontsize=7)
    panels[0].set_ylabel("share that are one person")
    return figure


if __name__ == "__main__":
    main()

"""The paper's two tables in form, on SynthWalk: every system by one protocol, ten splits; what others print by itself.

    reid synthesize --benchmark synthwalk --out data/synthwalk
    python -m benchmarks.tables run --data data/synthwalk --out runs
    python -m benchmarks.tables write

``run`` may be stopped anywhere and called again: runs that are there are kept, also those that ship, and what is
unfinished goes on. ``--only brcnn tapr`` takes some, ``--splits 3`` the first splits. ``write`` puts what is there into
the tables of ``docs/tables.md``.
"""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.ablations import LIMIT, status
from reid_core.__main__ import parsed
from reid_core.model import KnownFeatures
from reid_core.runs import RunError, rank_table, read_run
from reid_core.runs.published import PUBLISHED, published_for

PAGE = Path(__file__).parents[1] / "docs" / "tables.md"
SHIPPED = [Path(__file__).parents[1] / "assets" / kind for kind in ("runs", "ablations")]
SPLITS = 10
KEPT, OWN, NONE = "kept", "its own, trained with it", "none"
RATES = ("rank_1", "rank_5", "rank_10", "rank_20")


@dataclass(frozen=True)
class System:
    """A row: what is trained, on which encoder, with which words of ``reid train``."""

    name: str
    encoder: str
    words: tuple[str, ...] = ()

    def command(self, init: str, epochs: int | None) -> list[str]:
        """Of the command line, but for data, splits and place."""
        if self.encoder == NONE:
            return ["tapr"]
        begin = ["--init", init, "--keep-encoder"] if self.encoder == KEPT else ["--recipe", "small"]
        few = [] if epochs is None else ["--epochs", str(epochs)]
        return ["train", *self.words, *begin, *few, "--resume"]


def utrcnn(variant: str, *more: str) -> tuple[str, ...]:
    """A variant of the paper's head."""
    return ("--head", "utrcnn", "--variant", variant, *more)


SYSTEMS = {
    "utrcnn": System("UTRCNN, closing", KEPT, utrcnn("closing", "--fixed", "W_v", "W_h", "--preset", "long")),
    "sab": System("UTRCNN, sab", KEPT, utrcnn("sab")),
    "paper": System("UTRCNN, paper (eq. 2 to the letter)", KEPT, utrcnn("paper")),
    "paper-raw": System("UTRCNN, paper-raw (weights as printed)", KEPT, utrcnn("paper-raw")),
    "bptt": System("RNN, the last state", KEPT, ("--head", "bptt")),
    "rcnn": System("RCNN", KEPT, ("--head", "rcnn")),
    "brcnn": System("BRCNN", KEPT, ("--head", "brcnn")),
    "rcnn-own": System("RCNN", OWN, ("--head", "rcnn")),
    "astpn": System("ASTPN", OWN, ("--head", "astpn")),
    "tsc": System("TSC", OWN, ("--head", "tsc", "--channels", "yuv", "colour", "flow")),
    "tapr": System("TAPR", NONE),
}


def folder_of(key: str, out: Path) -> Path:
    """Where a system's run is: among those made here, else where one ships, else where it is to be made."""
    places = [place / f"splits-{key}" for place in (out, *SHIPPED)]
    return next((place for place in places if place.exists()), places[0])


def run(
    keys: Sequence[str], data: Path, out: Path, splits: int, init: str = "utrcnn", epochs: int | None = None
) -> None:
    """Train and test what is not there yet; a line for each."""
    known = KnownFeatures(LIMIT)
    for key in keys:
        folder, started = folder_of(key, out), time.monotonic()
        if not folder.exists():
            name, *words = SYSTEMS[key].command(init, epochs)
            where = ["--data", str(data), "--dataset", "synthetic", "--split", *map(str, range(splits))]
            sys.argv[1:] = [name, *where, *words, "--out", str(folder)]  # as if typed, for the record
            command = parsed(name, sys.argv[2:])
            command.run() if name == "tapr" else command.run(known)
        print(f"{key}: {folder}, {(time.monotonic() - started) / 60:.1f} min", flush=True)


def measured(out: Path) -> str:
    """The rows of what there is, best first, and a sentence on what there is not."""
    rows, missing = [], []
    for key, system in SYSTEMS.items():
        try:
            table = rank_table([read_run(folder_of(key, out))]).iloc[0]
        except RunError:
            missing.append(f"{system.name}, encoder {system.encoder}")
            continue
        rates = [_percent(table[rate], table[f"{rate}_sd"]) for rate in RATES]
        rows.append((table["rank_1"], [system.name, system.encoder, *rates, str(table["splits"])]))
    head = ["system", "encoder", "rank 1", "rank 5", "rank 10", "rank 20", "splits"]
    lines = _lines(head, [cells for _, cells in sorted(rows, key=lambda row: -row[0])])
    return "\n".join([*lines, *(["", f"Not measured yet: {'; '.join(missing)}."] if missing else [])])


def published() -> str:
    """What others print, a table for each data set and protocol."""
    parts = []
    for task in PUBLISHED:
        table = published_for(task).assign(run=lambda of: of["run"].str.removesuffix(" (published)"))
        rows = [
            [
                str(row["run"]),
                "" if pd.isna(row["year"]) else f"{row['year']:.0f}",
                _percent(row["rank_1"], row["rank_1_sd"]),
                *(_percent(row[rate]) for rate in (*RATES[1:], "mean_average_precision")),
                str(row["source"]),
            ]
            for row in table.to_dict("records")
        ]
        head = ["method", "year", "rank 1", "rank 5", "rank 10", "rank 20", "mAP", "printed in"]
        parts += [f"{task}:", "", *_lines(head, rows), ""]
    return "\n".join(parts).rstrip()


def _percent(share: float, spread: float = float("nan")) -> str:
    return "" if pd.isna(share) else f"{100 * share:.1f}" + ("" if pd.isna(spread) else f" ± {100 * spread:.1f}")


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def write(out: Path, page: Path = PAGE) -> None:
    """Put both tables between their marks, and leave the rest of the page as it is."""
    text = page.read_text()
    for mark, table in (("measured", measured(out)), ("published", published())):
        before, rest = text.split(f"<!-- {mark} -->\n")
        after = rest.split(f"<!-- end of {mark} -->")[1]
        text = f"{before}<!-- {mark} -->\n\n{table}\n\n<!-- end of {mark} -->{after}"
    page.write_text(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for."""
    parser = ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("what", choices=("run", "write"))
    parser.add_argument("--only", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), help="some of the systems")
    parser.add_argument("--data", type=Path, default=Path("data/synthwalk"))
    parser.add_argument("--out", type=Path, default=Path("runs"))
    parser.add_argument("--splits", type=int, default=SPLITS)
    parser.add_argument("--init", default="utrcnn", help="checkpoint whose encoder is kept")
    parser.add_argument("--epochs", type=int, help="of each stage, to try it")
    given = parser.parse_args(arguments)
    if given.what == "write":
        return status(lambda: write(given.out))
    return status(lambda: run(given.only, given.data, given.out, given.splits, given.init, given.epochs))


if __name__ == "__main__":
    sys.exit(main())

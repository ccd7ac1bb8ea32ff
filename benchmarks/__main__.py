"""Run the benchmarks and write their figures: ``python -m benchmarks [NAME ...]``, or ``make bench`` for all.

Each module of this folder with a ``measure`` function gives named figures, ratios where a claim is made, taken in one
run and a process of its own: the memory and threads of one benchmark would slow down the next. ``results.json`` keeps
them flat; naming some benchmarks replaces their figures only.
"""

import importlib
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"
BENCHMARKS = (
    "start",
    "first_page",
    "encoder",
    "cell",
    "training",
    "packing",
    "ranking",
    "scale",
    "verdict",
    "explain",
    "drag",
    "pages",
    "server_memory",
    "runs_page",
    "search",
    "footage",
    "half_hour",
)


def main(names: list[str]) -> int:
    """Print a table of the figures, and write them. Returns: the exit status."""
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"error: benchmarks must be of {', '.join(BENCHMARKS)}, got {', '.join(unknown)}", file=sys.stderr)
        return 2
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in names or BENCHMARKS:
        measure = importlib.import_module(f"benchmarks.{name}").measure
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            figures: dict[str, float] = process.submit(measure).result()
        for figure, value in figures.items():
            print(f"{name:10}  {figure:36} {value:12.4g}", flush=True)
        results |= {figure: float(f"{value:.4g}") for figure, value in figures.items()}
        RESULTS.write_text(json.dumps(dict(sorted(results.items())), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The command on reports."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tyro.conf import Positional

from reid_core.runs import check_new, read_run


@dataclass(frozen=True)
class Report:
    """Write runs as a folder that opens without the app and without a network: figures, tables, provenance.

    For example:
      reid report runs/utrcnn runs/bptt --out reports/both
    """

    runs: Positional[tuple[Path, ...]]
    """Run folders; of several the curves lie in one chart."""
    out: Path
    """Folder to write: index.html, report.json, and a folder of CSV for each run."""

    def run(self) -> None:
        """Write the folder."""
        check_new(self.out)
        runs = [read_run(folder) for folder in self.runs]
        if not runs:
            raise ValueError("runs must name one run folder or more, got none")
        try:
            charts = import_module("ui.runs.report")  # by its name: the package draws nothing, the app does
        except ModuleNotFoundError as error:
            raise ValueError(f"report needs the app beside the package, its charts draw: {error}") from error
        charts.write_report(runs, self.out)
        print(f"{len(runs)} runs in {self.out / 'index.html'}")
